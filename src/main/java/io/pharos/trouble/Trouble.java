package io.pharos.trouble;

import java.time.Instant;
import java.util.Locale;

/// A fault of this process or its machine.
///
/// @param text message for people, in English
/// @param since when it was noticed
public record Trouble(Kind kind, String text, Instant since) {
  /// What the fault affects.
  public enum Kind {
    /// Data is not stored, or only in memory.
    STORAGE("storage"),
    /// Targets or probes are not observed.
    SIGHT("observation"),
    /// A periodic job does not run.
    LOOP("periodic job"),
    /// Resources are nearly used up.
    MEANS("resources"),
    /// Credentials need attention; everything else works.
    CREDENTIALS("credentials"),
    /// Stored data was found damaged; everything else works.
    DAMAGE("damage"),
    /// Another Pharos does not notify as it should; everything else works.
    PEER("other Pharos");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// Returns a short description in English.
    public String text() {
      return text;
    }

    /// Returns whether the fault must page somebody, because alerts may be missed.
    public boolean isCritical() {
      return switch (this) {
        case STORAGE, SIGHT, LOOP, MEANS -> true;
        case CREDENTIALS, DAMAGE, PEER -> false;
      };
    }

    /// Returns the label value: the name in lower case.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
