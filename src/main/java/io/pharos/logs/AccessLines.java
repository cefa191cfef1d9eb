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

/// Writes the access log of a tap as JSON lines to a stream and to Loki. A separate thread writes
/// the lines, so that neither the stream nor Loki delays an exchange. If the queue of that thread
/// is full, lines are dropped.
public final class AccessLines implements AccessLog, AutoCloseable {
  private static final int QUEUE_CAPACITY = 16_384;
  private static final int BATCH_SIZE = 512;
  private static final int MAX_TEXT = 2048;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

  /// Which exchanges are logged.
  public enum Extent {
    /// All exchanges.
    ALL,
    /// Failed exchanges: with a status of 400 or above, a non-zero envelope code, or a fault.
    ERRORS,
    /// No exchange.
    OFF
  }

  private final BlockingQueue<AccessEntry> waiting = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
  private final LoggerContext context = new LoggerContext();
  private final Extent extent;
  private final RedactingEncoder encoder;
  private final @Nullable LokiAppender loki;
  private final OutputStream output;
  private final Thread writer;
  private volatile boolean ending;

  /// @param output receives the lines, which are also sent to Loki; is not closed
  public AccessLines(LogSettings settings, Extent extent, OutputStream output) {
    this.extent = extent;
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
    boolean logged =
        switch (extent) {
          case ALL -> true;
          case ERRORS -> level(entry) != Level.INFO;
          case OFF -> false;
        };
    return !logged || waiting.offer(entry);
  }

  private void write() {
    var batch = new ArrayList<AccessEntry>(BATCH_SIZE);
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
      waiting.drainTo(batch, BATCH_SIZE - 1);
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
      // Nobody reads the output any more, so the error can't be reported there.
    }
  }

  private ILoggingEvent event(AccessEntry entry) {
    var event = new LoggingEvent();
    event.setLoggerContext(context);
    event.setLoggerName("pharos.tap.access");
    event.setLevel(level(entry));
    event.setThreadName("tap");
    event.setInstant(entry.time());
    event.setMessage(entry.method() + " " + truncate(entry.path()));
    TraceContext trace = entry.trace();
    event.setMDCPropertyMap(
        trace == null ? Map.of() : Map.of("trace_id", trace.traceId(), "span_id", trace.spanId()));
    var pairs = new ArrayList<KeyValuePair>(16);
    pairs.add(new KeyValuePair("request_id", entry.requestId()));
    pairs.add(new KeyValuePair("method", entry.method()));
    pairs.add(new KeyValuePair("route", entry.route()));
    pairs.add(new KeyValuePair("path", truncate(entry.path())));
    if (!entry.query().isEmpty()) {
      pairs.add(new KeyValuePair("query", entry.query()));
    }
    pairs.add(new KeyValuePair("status", entry.status()));
    entry.code().ifPresent(code -> pairs.add(new KeyValuePair("code", code)));
    entry.fault().ifPresent(fault -> pairs.add(new KeyValuePair("fault", fault.reason())));
    if (!entry.faultDetail().isEmpty()) {
      pairs.add(new KeyValuePair("fault_detail", truncate(entry.faultDetail())));
    }
    if (entry.upgrade()) {
      pairs.add(new KeyValuePair("upgrade", true));
    }
    pairs.add(new KeyValuePair("seconds", Math.round(entry.seconds() * 1e6) / 1e6));
    pairs.add(new KeyValuePair("request_bytes", entry.requestBytes()));
    pairs.add(new KeyValuePair("response_bytes", entry.responseBytes()));
    pairs.add(new KeyValuePair("client", entry.client()));
    if (!entry.userAgent().isEmpty()) {
      pairs.add(new KeyValuePair("user_agent", truncate(entry.userAgent())));
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

  private static String truncate(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  /// Writes the lines in the queue for at most 3 s, and then stops.
  @Override
  public void close() {
    ending = true;
    writer.interrupt();
    try {
      var _ = writer.join(STOP_TIMEOUT);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (loki != null) {
      loki.stop();
    }
    context.stop();
  }
}
