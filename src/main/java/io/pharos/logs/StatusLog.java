package io.pharos.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusListener;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/// Writes problems of the appenders to the standard output. Writes at most one problem per minute,
/// because an outage of Loki causes hundreds of problems.
final class StatusLog implements StatusListener {
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final Appender<ILoggingEvent> standardOutput;
  private final InstantSource clock;
  private Instant next = Instant.MIN;
  private int suppressed;

  StatusLog(Appender<ILoggingEvent> standardOutput, InstantSource clock) {
    this.standardOutput = standardOutput;
    this.clock = clock;
  }

  @Override
  public synchronized void addStatusEvent(Status status) {
    if (status.getEffectiveLevel() < Status.WARN) {
      return;
    }
    Instant now = clock.instant();
    if (now.isBefore(next)) {
      suppressed++;
      return;
    }
    next = now.plus(QUIET);
    Throwable cause = status.getThrowable();
    var event = new LoggingEvent();
    event.setLevel(Level.WARN);
    event.setLoggerName(StatusLog.class.getName());
    event.setThreadName(Thread.currentThread().getName());
    event.setInstant(now);
    event.setMDCPropertyMap(Map.of());
    event.setMessage(
        status.getMessage()
            + (cause == null ? "" : ": " + cause)
            + (suppressed == 0
                ? ""
                : " (%d earlier messages were suppressed)".formatted(suppressed)));
    suppressed = 0;
    standardOutput.doAppend(event);
  }
}
