package io.pharos.logs;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import com.github.loki4j.logback.Loki4jAppender;
import com.github.loki4j.logback.PipelineConfigAppenderBase.BatchCfg;
import com.github.loki4j.logback.PipelineConfigAppenderBase.HttpCfg;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// Pushes lines to Loki with the labels `app`, `job` (equal to `app`), `env` and `level`. Logger,
/// thread and trace id are structured metadata. Appending a line never blocks: if the queue is
/// full, the line is dropped and counted.
final class LokiAppender {
  private static final int UNLIMITED_RETRIES = 1_000_000;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

  /// Number of appenders so far, which makes their names unique. So the counters of an appender are
  /// distinct from the counters of the previous appender, which may still be stopping.
  private static final AtomicInteger APPENDERS = new AtomicInteger();

  private final Loki4jAppender appender = new Loki4jAppender();
  private final RetryingSender sender = new RetryingSender();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  LokiAppender(LoggerContext context, LogSettings settings, LogSettings.Loki loki) {
    // The library registers the counter of drops only in Micrometer's global registry.
    meters.config().meterFilter(MeterFilter.denyUnless(id -> id.getName().startsWith("loki4j.")));
    Metrics.addRegistry(meters);
    appender.setContext(context);
    appender.setName("loki-" + APPENDERS.incrementAndGet());
    appender.setLabels(
        "app = %s\njob = %s\nenv = %s\nlevel = %%level"
            .formatted(settings.app(), settings.app(), settings.env()));
    appender.setStructuredMetadata("logger = %logger\nthread = %thread\ntrace_id = %mdc{trace_id}");
    appender.setMessage(JsonLines.forLoki(context));
    appender.setMetricsEnabled(true);
    appender.setHttp(http(loki));
    appender.setBatch(batch(loki));
    appender.start();
  }

  private HttpCfg http(LogSettings.Loki loki) {
    var http = new HttpCfg();
    http.setUrl(loki.url().toString());
    http.setSender(sender);
    http.setConnectionTimeoutMs(loki.requestTimeout().toMillis());
    http.setRequestTimeoutMs(loki.requestTimeout().toMillis());
    http.setMaxRetries(UNLIMITED_RETRIES);
    http.setMinRetryBackoffMs(500);
    http.setMaxRetryBackoffMs(5000);
    return http;
  }

  private static BatchCfg batch(LogSettings.Loki loki) {
    var batch = new BatchCfg();
    batch.setTimeoutMs(1000);
    // If the queue had less room than five batches, the library would enlarge it.
    batch.setMaxBytes((int) (loki.queueBytes() / 5));
    batch.setSendQueueMaxBytes(loki.queueBytes());
    return batch;
  }

  void append(ILoggingEvent event) {
    appender.doAppend(event);
  }

  /// Returns the number of lines that were dropped because the queue was full.
  long droppedLines() {
    double sum = 0;
    for (Counter counter :
        meters.find("loki4j.drop.events").tag("appender", appender.getName()).counters()) {
      sum += counter.count();
    }
    return (long) sum;
  }

  /// Returns the number of failed pushes, including retries.
  long sendErrors() {
    return sender.errors();
  }

  /// Returns the number of batches that Loki rejected.
  long lostBatches() {
    return sender.losses();
  }

  /// Sends the lines in the queue for at most 3 s, and then stops. Without that limit, the appender
  /// would retry forever while Loki is down.
  void stop() {
    Thread stopper = Thread.ofPlatform().daemon().name("loki-stop").start(appender::stop);
    try {
      stopper.join(STOP_TIMEOUT.toMillis());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    Metrics.removeRegistry(meters);
  }
}
