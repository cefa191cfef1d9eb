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

/// Says on the standard output what goes wrong inside the appenders, once a minute at most: an
/// outage of Loki would print hundreds of stack traces otherwise.
final class StatusLog implements StatusListener {
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final Appender<ILoggingEvent> standardOutput;
  private final InstantSource clock;
  private Instant next = Instant.MIN;
  private int unsaid;

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
      unsaid++;
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
            + (unsaid == 0 ? "" : " (and %d such messages before)".formatted(unsaid)));
    unsaid = 0;
    standardOutput.doAppend(event);
  }
}
