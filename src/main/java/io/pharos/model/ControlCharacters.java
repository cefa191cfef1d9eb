package io.pharos.model;

import java.util.Map;
import java.util.TreeMap;

/// Replaces the characters of a text that are not shown but change what is shown. In a label they
/// could make a message show something else than it says.
public final class ControlCharacters {
  private static final char SHOWN = '\uFFFD';

  private ControlCharacters() {}

  /// Returns whether a character changes the order in which a text is displayed (embeddings,
  /// overrides and isolates; the letters of right-to-left scripts do not), or is a control
  /// character other than a tab or the end of a line.
  public static boolean contains(char character) {
    return character < ' '
        ? character != '\t' && character != '\n' && character != '\r'
        : (character >= '\u007f' && character <= '\u009f')
            || (character >= '\u202a' && character <= '\u202e')
            || (character >= '\u2066' && character <= '\u2069');
  }

  /// Returns a text with each of these characters replaced by `\uFFFD`.
  public static String shown(String text) {
    char[] shown = null;
    for (int i = 0; i < text.length(); i++) {
      if (contains(text.charAt(i))) {
        shown = shown == null ? text.toCharArray() : shown;
        shown[i] = SHOWN;
      }
    }
    return shown == null ? text : new String(shown);
  }

  /// Returns names and values with each of these characters replaced by `\uFFFD`.
  public static Map<String, String> shown(Map<String, String> texts) {
    var shown = new TreeMap<String, String>();
    texts.forEach((name, value) -> shown.put(shown(name), shown(value)));
    return shown;
  }
}
