package io.pharos.trouble;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// Something that is wrong with this process or its machine.
///
/// @param text what people are told, in English
/// @param since when it was noticed
public record Trouble(Kind kind, String text, Instant since) {
  /// What it keeps Pharos from.
  public enum Kind {
    /// What it should keep is not stored, or only in memory.
    STORAGE,
    /// Targets or probes of which nothing is known.
    SIGHT,
    /// Work that should run again and again and does not.
    LOOP,
    /// Means that are nearly used up.
    MEANS,
    /// Credentials that people have to put in order; the rest works.
    CREDENTIALS,
    /// Data that was found damaged; the rest works.
    DAMAGE,
    /// Another Pharos that should tell what comes to it and does not; the rest works.
    PEER;

    /// Whether somebody must be woken: alerts may be missed by it.
    public boolean isCritical() {
      return switch (this) {
        case STORAGE, SIGHT, LOOP, MEANS -> true;
        case CREDENTIALS, DAMAGE, PEER -> false;
      };
    }

    /// The value of a label: the name in lower case.
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public Trouble {
    requireNonNull(kind, "kind is null");
    requireNonNull(text, "text is null");
    requireNonNull(since, "since is null");
  }
}
