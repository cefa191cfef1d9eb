package io.pharos.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Writes short log lines for a person at a terminal: time, level if it is not INFO, and message.
/// Long messages and label sets are cut, and of an exception only the message is shown; JSON lines
/// have all of it.
final class TextLines extends EncoderBase<ILoggingEvent> {
  /// Maximum length of a message: about three lines of a terminal for trouble, one for the rest.
  private static final int MAX_MESSAGE = 240;

  private static final int MAX_INFO = 110;

  /// Maximum length of a set of labels within a message.
  private static final int MAX_LABELS = 60;

  private static final byte[] NOTHING = {};

  private final DateTimeFormatter time;
  private final boolean isColoured;

  TextLines(ZoneId zone, boolean isColoured) {
    time = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(zone);
    this.isColoured = isColoured;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    Level level = event.getLevel();
    if (level.equals(Level.INFO) && event.getLoggerName().equals("io.quarkus")) {
      return NOTHING; // its version and the names of its parts tell a person nothing
    }
    var line = new StringBuilder(paint("2", time.format(event.getInstant()))).append(' ');
    if (!level.equals(Level.INFO)) {
      line.append(paint(colour(level), level.toString())).append(' ');
    }
    int most = level.isGreaterOrEqual(Level.WARN) ? MAX_MESSAGE : MAX_INFO;
    line.append(cut(Redaction.redact(event.getFormattedMessage()), most));
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      String message = thrown.getMessage() == null ? thrown.getClassName() : thrown.getMessage();
      line.append(": " + cut(Redaction.redact(message), most) + " (--log.format=json shows more)");
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String colour(Level level) {
    return level.equals(Level.ERROR) ? "1;31" : level.equals(Level.WARN) ? "33" : "2";
  }

  private String paint(String colour, String text) {
    return isColoured ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text;
  }

  /* Control characters of other programs must not reach the terminal. */
  private static String cut(String message, int most) {
    var text = new StringBuilder();
    int labels = -1;
    boolean isLong = false;
    for (int i = 0; i < message.length() && text.length() <= most; i++) {
      char c = message.charAt(i);
      if (c == '{') {
        labels = text.length();
      } else if (c == '}') {
        text.append(isLong ? "…" : "");
        labels = -1;
      }
      isLong = labels >= 0 && text.length() - labels >= MAX_LABELS;
      if (isLong) {
        continue;
      }
      text.append(Character.isISOControl(c) && c != '\n' ? ' ' : c);
    }
    if (text.length() > most) {
      text.setLength(most);
      text.append('…');
    }
    return text.toString();
  }
}
