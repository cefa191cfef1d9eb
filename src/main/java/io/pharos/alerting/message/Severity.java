package io.pharos.alerting.message;

import java.util.Locale;

/// Severity of an alert, from its label `severity`.
///
/// @param name in capitals for display; empty if the label is missing
/// @param rank smaller is worse
public record Severity(String name, int rank) {
  private static final int UNKNOWN_RANK = 2;

  /// Parses a label's value: page, critical, emergency and the like are worst, then error and
  /// warning, then information; unknown values rank between warning and information.
  public static Severity of(String label) {
    String name = label.strip().toUpperCase(Locale.ROOT);
    int rank =
        switch (name) {
          case "CRITICAL", "PAGE", "EMERGENCY", "FATAL", "DISASTER", "P1", "SEV1" -> 0;
          case "ERROR", "HIGH", "MAJOR", "WARNING", "WARN", "P2", "SEV2" -> 1;
          case "INFO", "INFORMATION", "INFORMATIONAL", "LOW", "NOTICE", "NONE", "P4", "P5" -> 3;
          default -> UNKNOWN_RANK;
        };
    return new Severity(name, rank);
  }

  /// The name in a language; unknown names stay unchanged.
  public String in(Language language) {
    return switch (name) {
      case "CRITICAL" -> Phrase.SEVERITY_CRITICAL.in(language);
      case "ERROR" -> Phrase.SEVERITY_ERROR.in(language);
      case "WARNING" -> Phrase.SEVERITY_WARNING.in(language);
      case "INFO" -> Phrase.SEVERITY_INFO.in(language);
      default -> name;
    };
  }

  /// Emoji of a firing message.
  public String emoji() {
    return switch (rank) {
      case 0 -> "🔴";
      case 1 -> "🟠";
      case UNKNOWN_RANK -> "🟡";
      default -> "🔵";
    };
  }

  /// Background colour as #rrggbb on which white text is readable.
  public String color() {
    return switch (rank) {
      case 0 -> "#c62828";
      case 1 -> "#b45309";
      case UNKNOWN_RANK -> "#8d6e00";
      default -> "#1565c0";
    };
  }
}
