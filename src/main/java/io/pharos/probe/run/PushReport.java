package io.pharos.probe.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A report of a monitored job about itself.
///
/// @param exitCode exit code of the job's command; null if the report has none
/// @param message one line for people, at most [#MAX_CHARS] characters
/// @param took duration that the job reported; null if the report has none
public record PushReport(
    Kind kind, @Nullable Integer exitCode, String message, @Nullable Duration took) {
  /// Maximum length of a message in characters.
  public static final int MAX_CHARS = 500;

  /// Creates a report without a duration.
  public PushReport(Kind kind, @Nullable Integer exitCode, String message) {
    this(kind, exitCode, message, null);
  }

  /// The event that is reported.
  public enum Kind {
    /// A run starts.
    START,
    SUCCESS,
    FAILURE
  }

  public PushReport {
    message = oneLine(message);
  }

  /* Returns one line, truncated at the beginning: errors are usually at the end of a command's
   * output. */
  private static String oneLine(String text) {
    String tail = text.substring(Math.max(0, text.length() - 4 * MAX_CHARS));
    var line = new StringBuilder();
    tail.codePoints()
        .map(c -> c == 0xFFFD || Character.isISOControl(c) || isSurrogate(c) ? ' ' : c)
        .filter(c -> c != ' ' || (!line.isEmpty() && line.charAt(line.length() - 1) != ' '))
        .forEach(line::appendCodePoint);
    String stripped = line.toString().strip();
    int length = stripped.length();
    int from = length - MAX_CHARS + 1;
    if (length <= MAX_CHARS) {
      return stripped;
    }
    return "…"
        + stripped.substring(Character.isLowSurrogate(stripped.charAt(from)) ? from + 1 : from);
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
