package io.pharos.remote.write;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.http.BoundedBody;
import io.pharos.http.OutgoingClient;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A store that also sends its samples to another server by Remote Write 1.0. Rules write to it if
/// a remote engine evaluates their expressions.
///
/// Samples accepted by the local store are sent in the order of commits, one request at a time. A
/// commit waits until the server has accepted its samples, so that the next rule of a group can
/// select them. While the server fails, commits do not wait: samples are queued and sent again with
/// back-off. The queue is limited and drops the oldest samples first. Samples that the server
/// rejects permanently (4xx except 429) are dropped and counted.
public final class RemoteWriter implements Appendable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteWriter.class);
  private static final int MAX_QUEUED_SAMPLES = 500_000;
  private static final int MAX_SHOWN_ANSWER_BYTES = 1024;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final Appendable local;
  private final OutgoingClient client;
  private final URI url;
  private final Duration timeout;
  private final Counter sent;
  private final Counter failed;
  private final Counter dropped;
  private volatile String refusal = "";

  private final Object lock = new Object();
  private final ArrayDeque<WriteBatch> queue = new ArrayDeque<>();
  private int queuedSamples;
  private boolean failing;
  private boolean closed;
  private final Thread loop;

  /// Creates a writer and starts its thread.
  ///
  /// @param local the store that decides which samples are accepted
  /// @param url the complete address, such as `http://host:9090/api/v1/write`
  /// @param timeout maximum time of one request, and maximum time that a commit waits
  public RemoteWriter(
      Appendable local, OutgoingClient client, URI url, Duration timeout, MeterRegistry registry) {
    this.local = local;
    this.client = client;
    this.url = url;
    this.timeout = timeout;
    sent = registry.counter("prometheus_remote_storage_samples", "url", url.toString());
    failed = registry.counter("prometheus_remote_storage_samples_failed", "url", url.toString());
    dropped = registry.counter("prometheus_remote_storage_samples_dropped", "url", url.toString());
    registry.gauge("prometheus_remote_storage_samples_pending", this, RemoteWriter::pending);
    loop = Thread.ofVirtual().name("remote-write").start(this::run);
  }

  @Override
  public Appender appender() {
    return new Batch(local.appender());
  }

  /// Returns the number of samples that wait to be sent.
  public int pending() {
    synchronized (lock) {
      return queuedSamples;
    }
  }

  /// Returns the server's answer when it last rejected samples permanently; empty if a later
  /// request succeeded.
  public String refusal() {
    return refusal;
  }

  private void enqueue(WriteBatch batch) {
    boolean wait;
    synchronized (lock) {
      queue.add(batch);
      queuedSamples += batch.size();
      while (queuedSamples > MAX_QUEUED_SAMPLES && queue.size() > 1) {
        dropped.increment(remove().size());
      }
      wait = !failing && !closed;
      lock.notifyAll();
    }
    if (wait) {
      await(batch);
    }
  }

  private void await(WriteBatch batch) {
    try {
      batch.settled.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException
        | ExecutionException _) { // the batch stays queued, and run() logs the reason
      return;
    } catch (InterruptedException _) { // the batch stays queued
      Thread.currentThread().interrupt();
    }
  }

  private WriteBatch remove() {
    WriteBatch batch = queue.remove();
    queuedSamples -= batch.size();
    batch.settled.complete(null);
    return batch;
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    try {
      while (true) {
        WriteBatch batch = next();
        if (batch == null) {
          return;
        }
        Duration backOff = post(batch, pause);
        if (backOff.isZero()) {
          pause = FIRST_PAUSE;
          settle(batch);
        } else {
          pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
          waitForRetry(backOff);
        }
      }
    } catch (InterruptedException _) { // the writer was closed
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable WriteBatch next() throws InterruptedException {
    synchronized (lock) {
      while (queue.isEmpty() && !closed) {
        lock.wait();
      }
      return queue.peek();
    }
  }

  /* Removes a finished batch from the queue, unless the queue has dropped it meanwhile. */
  private void settle(WriteBatch batch) {
    synchronized (lock) {
      failing = false;
      if (queue.peek() == batch) {
        remove();
      }
    }
  }

  private void waitForRetry(Duration pause) throws InterruptedException {
    synchronized (lock) {
      failing = true;
      queue.forEach(waiting -> waiting.settled.complete(null));
      long end = System.nanoTime() + pause.toNanos();
      for (long remaining = pause.toMillis(); remaining > 0 && !closed; ) {
        lock.wait(remaining);
        remaining = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      }
    }
  }

  /* Sends a batch. Returns the back-off before it is sent again; zero if it was accepted or
   * dropped. */
  private Duration post(WriteBatch batch, Duration pause) throws InterruptedException {
    var request =
        HttpRequest.newBuilder(url)
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Snappy.encode(batch.message())));
    try {
      HttpResponse<byte[]> response =
          client.send(request.build(), BoundedBody.of(MAX_SHOWN_ANSWER_BYTES), timeout);
      int status = response.statusCode();
      if (status / 100 == 2) {
        sent.increment(batch.size());
        refusal = "";
        return Duration.ZERO;
      }
      if (status == 429 || status / 100 == 5) {
        logFailure(batch, "answered " + status);
        return response
            .headers()
            .firstValue("Retry-After")
            .flatMap(RemoteWriter::seconds)
            .orElse(pause);
      }
      failed.increment(batch.size());
      refusal = status + ": " + new String(response.body(), StandardCharsets.UTF_8).strip();
      LOG.warn("{} rejected {} samples, which are dropped: {}", url, batch.size(), refusal);
      return Duration.ZERO;
    } catch (IOException e) {
      logFailure(batch, e.toString());
      return pause;
    }
  }

  private void logFailure(WriteBatch batch, String reason) {
    synchronized (lock) {
      if (!failing) {
        LOG.warn("sending {} samples to {} failed, retrying: {}", batch.size(), url, reason);
      }
    }
  }

  private static Optional<Duration> seconds(String text) {
    return text.matches("[0-9]{1,5}") && !text.equals("0")
        ? Optional.of(shorter(Duration.ofSeconds(Long.parseLong(text)), LONGEST_PAUSE))
        : Optional.empty();
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /// Sends the queued samples as long as the server accepts them, within the timeout, and drops the
  /// others.
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
      if (failing) {
        loop.interrupt();
      }
    }
    try {
      if (!loop.join(timeout)) {
        loop.interrupt();
      }
    } catch (InterruptedException _) { // shutting down
      loop.interrupt();
      Thread.currentThread().interrupt();
    }
    synchronized (lock) {
      if (queuedSamples > 0) {
        LOG.warn(
            "{} samples were dropped at shutdown, because {} did not accept them",
            queuedSamples,
            url);
      }
    }
  }

  private final class Batch implements Appender {
    private final Appender appender;
    private WriteBatch outgoing = new WriteBatch();

    Batch(Appender appender) {
      this.appender = appender;
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      AppendOutcome outcome = appender.append(labels, timestampMillis, value, startMillis);
      if (outcome == AppendOutcome.APPENDED) {
        outgoing.add(labels, timestampMillis, value);
      }
      return outcome;
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
      AppendOutcome outcome = appender.append(labels, timestampMillis, histogram, startMillis);
      if (outcome == AppendOutcome.APPENDED) {
        outgoing.add(labels, timestampMillis, histogram);
      }
      return outcome;
    }

    @Override
    public void commit() {
      appender.commit();
      WriteBatch batch = outgoing;
      outgoing = new WriteBatch();
      if (batch.size() > 0) {
        enqueue(batch);
      }
    }

    @Override
    public void rollback() {
      appender.rollback();
      outgoing = new WriteBatch();
    }

    @Override
    public void close() {
      appender.close();
    }
  }

  /// The samples of one request, in the order in which they were appended.
  static final class WriteBatch {
    private record Sample(
        Labels labels, long timestampMillis, double value, @Nullable Histogram histogram) {}

    private final List<Sample> samples = new ArrayList<>();

    /// Completed when the server accepted or rejected the batch, or when no commit should wait for
    /// it any longer.
    final CompletableFuture<Void> settled = new CompletableFuture<>();

    void add(Labels labels, long timestampMillis, double value) {
      samples.add(new Sample(labels, timestampMillis, value, null));
    }

    void add(Labels labels, long timestampMillis, Histogram histogram) {
      samples.add(new Sample(labels, timestampMillis, Double.NaN, histogram));
    }

    int size() {
      return samples.size();
    }

    /// Returns the message `WriteRequest` of Remote Write 1.0 (prometheus `prompb/remote.proto`),
    /// with one series per sample.
    byte[] message() {
      var request = new ProtoWriter();
      for (Sample sample : samples) {
        request.message(
            1,
            series -> {
              for (var label : sample.labels.toMap().entrySet()) {
                series.message(
                    1, pair -> pair.string(1, label.getKey()).string(2, label.getValue()));
              }
              Histogram histogram = sample.histogram;
              if (histogram == null) {
                series.message(
                    2, point -> point.float64(1, sample.value).int64(2, sample.timestampMillis));
              } else {
                series.message(
                    4,
                    message -> HistogramMessage.write(message, sample.timestampMillis, histogram));
              }
            });
      }
      return request.toByteArray();
    }
  }
}
