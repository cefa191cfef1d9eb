package io.pharos.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import org.jboss.logmanager.ExtFormatter;
import org.jboss.logmanager.ExtLogRecord;

/// A record of the log manager as an event of logback. Its message is already formatted, so braces
/// in it are not replaced.
final class BridgeEvent extends LoggingEvent {
  /// Maximum length of a message in characters. Loki rejects a whole batch if a line exceeds 256
  /// KiB.
  private static final int MAX_MESSAGE = 32_768;

  private static final ExtFormatter TEXT =
      new ExtFormatter() {
        @Override
        public String format(ExtLogRecord record) {
          return formatMessage(record);
        }
      };

  private final String formatted;

  private BridgeEvent(String formatted) {
    this.formatted = formatted;
  }

  static BridgeEvent of(ExtLogRecord record) {
    String message = TEXT.formatMessage(record);
    var event = new BridgeEvent(truncate(message == null ? "" : message));
    event.setMessage(event.formatted);
    event.setLoggerName(record.getLoggerName() == null ? "" : record.getLoggerName());
    event.setLevel(level(record.getLevel().intValue()));
    event.setInstant(record.getInstant());
    String thread = record.getThreadName();
    event.setThreadName(thread == null ? "thread-" + record.getLongThreadID() : thread);
    event.setMDCPropertyMap(record.getMdcCopy());
    if (record.getParameters() != null) {
      event.setArgumentArray(record.getParameters());
    }
    if (record.getThrown() != null) {
      event.setThrowableProxy(new ThrowableProxy(record.getThrown()));
    }
    return event;
  }

  @Override
  public String getFormattedMessage() {
    return formatted;
  }

  private static String truncate(String message) {
    return message.length() <= MAX_MESSAGE
        ? message
        : message.substring(0, MAX_MESSAGE)
            + "… (%d more characters)".formatted(message.length() - MAX_MESSAGE);
  }

  private static Level level(int value) {
    if (value >= org.jboss.logmanager.Level.ERROR.intValue()) {
      return Level.ERROR;
    }
    if (value >= org.jboss.logmanager.Level.WARN.intValue()) {
      return Level.WARN;
    }
    if (value >= org.jboss.logmanager.Level.INFO.intValue()) {
      return Level.INFO;
    }
    return value >= org.jboss.logmanager.Level.DEBUG.intValue() ? Level.DEBUG : Level.TRACE;
  }
}
