package io.pharos.alerting.message;

import java.util.Locale;

/// Severity of an alert, from its label `severity`.
///
/// @param name in capitals for display; empty if the label is missing
/// @param rank a smaller number is a worse severity
public record Severity(String name, int rank) {
  private static final int UNKNOWN_RANK = 2;

  /// Parses a label's value. From the worst rank to the least: critical, page, emergency and
  /// similar; error, warning and similar; unknown values; information.
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

  /// Returns the name in a language; unknown names stay unchanged.
  public String in(Language language) {
    return switch (name) {
      case "CRITICAL" -> Phrase.SEVERITY_CRITICAL.in(language);
      case "ERROR" -> Phrase.SEVERITY_ERROR.in(language);
      case "WARNING" -> Phrase.SEVERITY_WARNING.in(language);
      case "INFO" -> Phrase.SEVERITY_INFO.in(language);
      case "DRILL" -> Phrase.SEVERITY_DRILL.in(language);
      default -> name;
    };
  }

  /// Returns the emoji of a firing message.
  public String emoji() {
    return switch (rank) {
      case 0 -> "🔴";
      case 1 -> "🟠";
      case UNKNOWN_RANK -> "🟡";
      default -> "🔵";
    };
  }

  /// Returns the background colour as #rrggbb; white text is readable on it.
  public String color() {
    return switch (rank) {
      case 0 -> "#c62828";
      case 1 -> "#b45309";
      case UNKNOWN_RANK -> "#8d6e00";
      default -> "#1565c0";
    };
  }
}
