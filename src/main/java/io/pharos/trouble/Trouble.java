package io.pharos.trouble;

import java.time.Instant;
import java.util.Locale;

/// A fault of this process or its machine.
///
/// @param text message for people, in English
/// @param since when it was noticed
public record Trouble(Kind kind, String text, Instant since) {
  /// What the fault impairs.
  public enum Kind {
    /// Data is not stored, or only in memory.
    STORAGE,
    /// Targets or probes are not observed.
    SIGHT,
    /// Recurring work does not run.
    LOOP,
    /// Resources are nearly used up.
    MEANS,
    /// Credentials need attention; the rest works.
    CREDENTIALS,
    /// Data was found damaged; the rest works.
    DAMAGE,
    /// Another Pharos does not notify as it should; the rest works.
    PEER;

    /// Whether it must page somebody, because alerts may be missed.
    public boolean isCritical() {
      return switch (this) {
        case STORAGE, SIGHT, LOOP, MEANS -> true;
        case CREDENTIALS, DAMAGE, PEER -> false;
      };
    }

    /// The label value: the name in lower case.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
