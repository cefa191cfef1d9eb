package io.pharos.alerting.message;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Replaces the characters that change the order in which a text is displayed. In a label they
/// could make a message show something else than it says.
public final class BidiControls {
  /// Embeddings, overrides and isolates; the letters of right-to-left scripts stay.
  private static final Pattern CONTROLS = Pattern.compile("[\\u202a-\\u202e\\u2066-\\u2069]");

  private static final String SHOWN = "\uFFFD";

  private BidiControls() {}

  /// Returns a text with each control replaced by `\uFFFD`.
  public static String shown(String text) {
    return CONTROLS.matcher(text).replaceAll(SHOWN);
  }

  /// Returns names and values with each control replaced by `\uFFFD`.
  static Map<String, String> shown(Map<String, String> texts) {
    var shown = new TreeMap<String, String>();
    texts.forEach((name, value) -> shown.put(shown(name), shown(value)));
    return shown;
  }
}
