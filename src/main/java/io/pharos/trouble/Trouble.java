package io.pharos.trouble;

import java.time.Instant;
import java.util.Locale;

/// A fault of this process or its machine.
///
/// @param text message for people, in English
/// @param since when the fault was noticed
public record Trouble(Kind kind, String text, Instant since) {
  /// The part of Pharos that the fault affects.
  public enum Kind {
    /// Data is not stored, or stored only in memory.
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
    /// Another Pharos server does not answer; everything else works.
    PEER("other Pharos"),
    /// Clicks in a chat are not received; everything else works.
    CHAT("chat");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// Returns a short description in English.
    public String text() {
      return text;
    }

    /// Whether somebody must be called at once, because alerts may be lost.
    public boolean isCritical() {
      return switch (this) {
        case STORAGE, SIGHT, LOOP, MEANS -> true;
        case CREDENTIALS, DAMAGE, PEER, CHAT -> false;
      };
    }

    /// Returns the label value: the name in lower case.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
