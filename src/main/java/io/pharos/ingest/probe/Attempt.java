package io.pharos.ingest.probe;

import io.pharos.trouble.Fault;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One attempt of a probe while it is under way: its deadline, and what it has seen. When the
/// deadline passes, whatever it has open is closed, which ends any read or write.
final class Attempt implements AutoCloseable {
  private final Duration timeout;
  private final long start = System.nanoTime();
  private final @Nullable Future<?> alarm;
  private final Map<Phase, Duration> phases = new EnumMap<>(Phase.class);
  private @Nullable Closeable open;
  private boolean expired;
  private Phase phase = Phase.RESOLVE;
  private long phaseStart = start;
  private boolean inPhase;
  private int status;
  private boolean tls;
  private @Nullable Instant earliestExpiry;
  private boolean assertionFailed;

  Attempt(Duration timeout, ScheduledExecutorService alarms) throws ProbeException {
    this.timeout = timeout;
    try {
      alarm = alarms.schedule(this::expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException _) {
      throw ProbeException.unknown(Fault.Kind.UNFORESEEN, "the prober is closed");
    }
  }

  private synchronized void expire() {
    expired = true;
    closeQuietly();
  }

  private void closeQuietly() {
    if (open != null) {
      try {
        open.close();
      } catch (IOException _) {
        // It was to be closed, and there is nobody to tell.
      }
      open = null;
    }
  }

  /// Whether the deadline has passed.
  synchronized boolean isExpired() {
    return expired;
  }

  /// What to close at the deadline, or at the end; what was open before is closed now.
  synchronized void opened(Closeable resource) throws IOException {
    closeQuietly();
    open = resource;
    if (expired) {
      closeQuietly();
      throw new IOException("timed out");
    }
  }

  Duration remaining() {
    return timeout.minusNanos(System.nanoTime() - start);
  }

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /// Ends the phase that goes on and begins another.
  void enter(Phase next) {
    leave();
    phase = next;
    phaseStart = System.nanoTime();
    inPhase = true;
  }

  void leave() {
    if (inPhase) {
      phases.merge(phase, Duration.ofNanos(System.nanoTime() - phaseStart), Duration::plus);
      inPhase = false;
    }
  }

  Phase phase() {
    return phase;
  }

  Duration timeout() {
    return timeout;
  }

  void sawStatus(int newStatus) {
    status = newStatus;
  }

  void sawConnection(boolean secure) {
    tls = secure;
  }

  void sawExpiry(Instant expiry) {
    if (earliestExpiry == null || expiry.isBefore(earliestExpiry)) {
      earliestExpiry = expiry;
    }
  }

  void sawAssertionFail() {
    assertionFailed = true;
  }

  Observations seen() {
    leave();
    return new Observations(status, phases, earliestExpiry, tls, assertionFailed);
  }

  @Override
  public synchronized void close() {
    if (alarm != null) {
      alarm.cancel(false);
    }
    closeQuietly();
  }
}
