package io.pharos.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.pharos.tap.AccessEntry;
import io.pharos.tap.AccessLog;
import io.pharos.tap.TraceContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/// The access log of a tap: JSON lines to a stream and to Loki, by a thread of its own, so that
/// neither holds up an exchange. What the bounded queue can't take is dropped.
public final class AccessLines implements AccessLog, AutoCloseable {
  private static final int MOST_WAITING = 16_384;
  private static final int MOST_AT_ONCE = 512;
  private static final int LONGEST_TEXT = 2048;
  private static final Duration LONGEST_STOP = Duration.ofSeconds(3);

  /// Which exchanges get a line.
  public enum Extent {
    /// Every one.
    ALL,
    /// Those that failed: a status from 400 on, a code that is not 0, a fault.
    ERRORS,
    /// None.
    OFF
  }

  private final BlockingQueue<AccessEntry> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final LoggerContext context = new LoggerContext();
  private final Extent which;
  private final RedactingEncoder encoder;
  private final @Nullable LokiAppender loki;
  private final OutputStream output;
  private final Thread writer;
  private volatile boolean ending;

  /// @param output where the lines go besides Loki; it stays open
  public AccessLines(LogSettings settings, Extent which, OutputStream output) {
    this.which = which;
    this.output = output;
    context.setName(settings.app());
    encoder = JsonLines.forStandardOutput(context, settings);
    LogSettings.Loki target = settings.loki();
    loki = target == null ? null : new LokiAppender(context, settings, target);
    context.start();
    writer = Thread.ofPlatform().daemon().name("access-log").start(this::write);
  }

  @Override
  public boolean offer(AccessEntry entry) {
    boolean wanted =
        switch (which) {
          case ALL -> true;
          case ERRORS -> level(entry) != Level.INFO;
          case OFF -> false;
        };
    return !wanted || waiting.offer(entry);
  }

  private void write() {
    var batch = new ArrayList<AccessEntry>(MOST_AT_ONCE);
    while (true) {
      try {
        batch.add(waiting.take());
      } catch (InterruptedException _) {
        if (ending) {
          waiting.drainTo(batch);
          write(batch);
          return;
        }
      }
      waiting.drainTo(batch, MOST_AT_ONCE - 1);
      write(batch);
      batch.clear();
    }
  }

  private void write(List<AccessEntry> batch) {
    var bytes = new ByteArrayOutputStream(batch.size() * 512);
    for (AccessEntry entry : batch) {
      ILoggingEvent event = event(entry);
      bytes.writeBytes(encoder.encode(event));
      if (loki != null) {
        loki.append(event);
      }
    }
    try {
      bytes.writeTo(output);
      output.flush();
    } catch (IOException _) {
      // Whoever read the output has gone; there is nobody to tell.
    }
  }

  private ILoggingEvent event(AccessEntry entry) {
    var event = new LoggingEvent();
    event.setLoggerContext(context);
    event.setLoggerName("pharos.tap.access");
    event.setLevel(level(entry));
    event.setThreadName("tap");
    event.setInstant(entry.time());
    event.setMessage(entry.method() + " " + cut(entry.path()));
    TraceContext trace = entry.trace();
    event.setMDCPropertyMap(
        trace == null ? Map.of() : Map.of("trace_id", trace.traceId(), "span_id", trace.spanId()));
    var pairs = new ArrayList<KeyValuePair>(16);
    pairs.add(new KeyValuePair("request_id", entry.requestId()));
    pairs.add(new KeyValuePair("method", entry.method()));
    pairs.add(new KeyValuePair("route", entry.route()));
    pairs.add(new KeyValuePair("path", cut(entry.path())));
    if (!entry.query().isEmpty()) {
      pairs.add(new KeyValuePair("query", entry.query()));
    }
    pairs.add(new KeyValuePair("status", entry.status()));
    entry.code().ifPresent(code -> pairs.add(new KeyValuePair("code", code)));
    entry.fault().ifPresent(fault -> pairs.add(new KeyValuePair("fault", fault.reason())));
    if (!entry.faultDetail().isEmpty()) {
      pairs.add(new KeyValuePair("fault_detail", cut(entry.faultDetail())));
    }
    if (entry.upgrade()) {
      pairs.add(new KeyValuePair("upgrade", true));
    }
    pairs.add(new KeyValuePair("seconds", Math.round(entry.seconds() * 1e6) / 1e6));
    pairs.add(new KeyValuePair("request_bytes", entry.requestBytes()));
    pairs.add(new KeyValuePair("response_bytes", entry.responseBytes()));
    pairs.add(new KeyValuePair("client", entry.client()));
    if (!entry.userAgent().isEmpty()) {
      pairs.add(new KeyValuePair("user_agent", cut(entry.userAgent())));
    }
    event.setKeyValuePairs(pairs);
    return event;
  }

  private static Level level(AccessEntry entry) {
    if (entry.fault().isPresent() || entry.status() >= 500 || entry.code().orElse(0) >= 500) {
      return Level.ERROR;
    }
    return entry.status() >= 400 || entry.code().orElse(0) != 0 ? Level.WARN : Level.INFO;
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
  }

  /// Writes what waits, for some seconds at most.
  @Override
  public void close() {
    ending = true;
    writer.interrupt();
    try {
      var _ = writer.join(LONGEST_STOP);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (loki != null) {
      loki.stop();
    }
    context.stop();
  }
}
