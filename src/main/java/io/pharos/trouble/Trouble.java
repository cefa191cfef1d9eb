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
    STORAGE("storage"),
    /// Targets or probes are not observed.
    SIGHT("observation"),
    /// Recurring work does not run.
    LOOP("periodic job"),
    /// Resources are nearly used up.
    MEANS("resources"),
    /// Credentials need attention; the rest works.
    CREDENTIALS("credentials"),
    /// Data was found damaged; the rest works.
    DAMAGE("damage"),
    /// Another Pharos does not notify as it should; the rest works.
    PEER("other Pharos");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// A short description in English.
    public String text() {
      return text;
    }

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
