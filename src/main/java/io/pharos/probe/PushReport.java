package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What a thing says of itself that is watched by a push probe.
///
/// @param exitCode of the command that ran; null where it is not told
/// @param message for people: one line, at most [#MOST_CHARS] characters
/// @param took how long the run took, by who reports; null where that is not told
public record PushReport(
    Kind kind, @Nullable Integer exitCode, String message, @Nullable Duration took) {
  /// How long a message is at most.
  public static final int MOST_CHARS = 500;

  /// A report of who does not tell how long it took.
  public PushReport(Kind kind, @Nullable Integer exitCode, String message) {
    this(kind, exitCode, message, null);
  }

  /// What happened.
  public enum Kind {
    /// A run begins.
    START,
    SUCCESS,
    FAILURE
  }

  public PushReport {
    requireNonNull(kind, "kind is null");
    message = oneLine(requireNonNull(message, "message is null"));
  }

  /* What went wrong stands at the end of what a command prints. */
  private static String oneLine(String text) {
    String tail = text.substring(Math.max(0, text.length() - 4 * MOST_CHARS));
    var line = new StringBuilder();
    tail.codePoints()
        .map(c -> c == 0xFFFD || Character.isISOControl(c) || isHalf(c) ? ' ' : c)
        .filter(c -> c != ' ' || (!line.isEmpty() && line.charAt(line.length() - 1) != ' '))
        .forEach(line::appendCodePoint);
    String plain = line.toString().strip();
    int length = plain.length();
    int from = length - MOST_CHARS + 1;
    if (length <= MOST_CHARS) {
      return plain;
    }
    return "…" + plain.substring(Character.isLowSurrogate(plain.charAt(from)) ? from + 1 : from);
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
