package io.pharos.alerting.upstream;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.http.OutgoingClient;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends alerts to one Alertmanager over HTTP, as Prometheus does. A bounded queue drops its oldest
/// alerts when it is full. Alerts are sent in batches of 256. A failed batch is not retried,
/// because rules send every firing alert again. On shutdown, queued alerts are still sent
/// (prometheus `notifier/sendloop.go`).
public final class AlertmanagerClient implements AlertSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertmanagerClient.class);
  private static final int MAX_QUEUE = 10_000;
  private static final int MAX_BATCH = 256;

  /* RFC 3339 with milliseconds, as Go's client of Alertmanager writes times. */
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final OutgoingClient client;
  private final URI url;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Alert> queue = new ArrayDeque<>();
  private boolean closed;
  private final Counter sent;
  private final Counter errors;
  private final Counter dropped;
  private final Thread loop;

  /// Starts the sending thread.
  ///
  /// @param client client that only this instance uses and that is closed with it
  public AlertmanagerClient(
      OutgoingClient client, URI url, Duration timeout, MeterRegistry registry) {
    this.client = client;
    this.url = url;
    this.timeout = timeout;
    sent = registry.counter("prometheus_notifications_sent", "alertmanager", url.toString());
    errors = registry.counter("prometheus_notifications_errors", "alertmanager", url.toString());
    dropped = registry.counter("prometheus_notifications_dropped", "alertmanager", url.toString());
    loop = Thread.ofVirtual().name("alertmanager-" + url.getAuthority()).start(this::run);
  }

  @Override
  public void send(List<Alert> alerts) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      queue.addAll(alerts);
      for (int excess = queue.size() - MAX_QUEUE; excess > 0; excess--) {
        queue.removeFirst();
        dropped.increment();
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      for (List<Alert> batch = next(); !batch.isEmpty(); batch = next()) {
        if (!post(batch)) {
          dropped.increment(batch.size());
        }
      }
    } catch (InterruptedException _) { // closed, and the time for sending is over
      Thread.currentThread().interrupt();
    } finally {
      client.shutdown();
    }
  }

  /// Waits for alerts and returns the next batch. Returns an empty batch once the client is closed
  /// and has sent everything.
  private List<Alert> next() throws InterruptedException {
    lock.lock();
    try {
      while (queue.isEmpty() && !closed) {
        changed.await();
      }
      var batch = new ArrayList<Alert>();
      while (batch.size() < MAX_BATCH && !queue.isEmpty()) {
        batch.add(queue.removeFirst());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private boolean post(List<Alert> batch) throws InterruptedException {
    try {
      var request =
          HttpRequest.newBuilder(url)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body(batch)));
      int status = client.send(request.build(), BodyHandlers.discarding(), timeout).statusCode();
      if (status / 100 == 2) {
        sent.increment(batch.size());
        return true;
      }
      LOG.warn("{} rejected {} alerts with status {}", url, batch.size(), status);
    } catch (IOException | RuntimeException | Error e) {
      LOG.warn(
          "{} alerts could not be sent to {} and are lost until the next repetition: {}",
          batch.size(),
          url,
          PlainReason.of(e));
    }
    errors.increment(batch.size());
    return false;
  }

  private String body(List<Alert> batch) throws JsonProcessingException {
    var array = new ArrayList<Map<String, Object>>();
    for (Alert alert : batch) {
      var item = new LinkedHashMap<String, Object>();
      item.put("labels", alert.labels().toMap());
      item.put("annotations", alert.annotations().toMap());
      putTime(item, "startsAt", alert.startsAt());
      putTime(item, "endsAt", alert.endsAt());
      item.put("generatorURL", alert.generatorUrl());
      array.add(item);
    }
    return JSON.writeValueAsString(array);
  }

  private static void putTime(Map<String, Object> item, String key, @Nullable Instant time) {
    if (time != null) {
      item.put(key, MILLISECONDS.format(time));
    }
  }

  /// Stops accepting alerts; queued alerts are still sent in the background.
  public void retire() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Stops accepting alerts and waits until queued alerts are sent, at most for the timeout of one
  /// request.
  @Override
  public void close() {
    retire();
    try {
      if (loop.join(timeout)) {
        return;
      }
    } catch (InterruptedException _) { // the caller stops waiting
      Thread.currentThread().interrupt();
    }
    loop.interrupt();
    lock.lock();
    try {
      if (!queue.isEmpty()) {
        LOG.warn(
            "{} alerts for {} are lost, because they could not be sent before the timeout",
            queue.size(),
            url);
        dropped.increment(queue.size());
        queue.clear();
      }
    } finally {
      lock.unlock();
    }
  }
}
