package io.pharos.model;

/// Rules for names of labels and metrics.
///
/// Since Prometheus 3 every non-empty UTF-8 string is a valid name; the legacy rules decide which
/// names need no quotes.
public final class LabelName {
  private LabelName() {}

  /// Whether a label name needs no quotes: `[a-zA-Z_][a-zA-Z0-9_]*`.
  public static boolean isLegacy(String name) {
    return matches(name, false);
  }

  /// Whether a metric name needs no quotes: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  public static boolean isLegacyMetric(String name) {
    return matches(name, true);
  }

  private static boolean matches(String name, boolean colon) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean digit = i > 0 && c >= '0' && c <= '9';
      if (!letter && !digit && !(colon && c == ':')) {
        return false;
      }
    }
    return !name.isEmpty();
  }
}
