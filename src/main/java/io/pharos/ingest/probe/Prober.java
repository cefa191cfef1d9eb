package io.pharos.ingest.probe;

import io.pharos.trouble.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs single probes, of the files or made up for the occasion, in the calling thread (a virtual
/// one will do). Safe for use by many threads.
public final class Prober implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
  private static final int MOST_AT_ONCE = 256;
  private static final int MOST_RESOLVING = 32;
  private static final String USER_AGENT = "Pharos-probe/0.1";

  private final InstantSource clock;
  private final ScheduledExecutorService alarms;
  private final ExecutorService resolving;
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);
  private final HttpProbe http;
  private final TcpProbe tcp;

  public Prober(InstantSource clock) {
    this(clock, InetAddress::getAllByName);
  }

  Prober(InstantSource clock, Resolver resolver) {
    this.clock = clock;
    var timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("probe-deadline").factory());
    timer.setRemoveOnCancelPolicy(true);
    alarms = Executors.unconfigurableScheduledExecutorService(timer);
    resolving =
        new ThreadPoolExecutor(
            0,
            MOST_RESOLVING,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("probe-resolver-", 0).factory());
    Connector connector = new Connector(resolving, resolver);
    http = new HttpProbe(connector, USER_AGENT);
    tcp = new TcpProbe(connector);
  }

  /// Runs a probe now: one attempt, and as many more as it takes to confirm a failure. Takes the
  /// timeout for each at most.
  public ProbeResult probe(ProbeConfig config) {
    Instant began = clock.instant();
    if (!places.tryAcquire()) {
      return new ProbeResult(
          config.name(),
          began,
          Duration.ZERO,
          new Outcome.Unknown(
              Fault.Kind.THREADS, "the prober is busy: " + MOST_AT_ONCE + " probes are under way"),
          0,
          Observations.NONE);
    }
    try {
      ProbeResult result = attempt(config, began, 1);
      while (result.outcome() instanceof Outcome.Failure && result.attempts() <= config.confirm()) {
        result = attempt(config, began, result.attempts() + 1);
      }
      return result;
    } finally {
      places.release();
    }
  }

  private ProbeResult attempt(ProbeConfig config, Instant began, int number) {
    try (Attempt attempt = new Attempt(config.timeout(), alarms)) {
      Outcome outcome = run(config.check(), attempt);
      return new ProbeResult(config.name(), began, attempt.took(), outcome, number, attempt.seen());
    } catch (ProbeException e) {
      return new ProbeResult(
          config.name(), began, Duration.ZERO, e.outcome(), number, Observations.NONE);
    }
  }

  private Outcome run(ProbeCheck check, Attempt attempt) {
    try {
      switch (check) {
        case ProbeCheck.HttpCheck httpCheck -> http.run(httpCheck, attempt);
        case ProbeCheck.TcpCheck tcpCheck -> tcp.run(tcpCheck, attempt);
      }
      return new Outcome.Success();
    } catch (ProbeException e) {
      if (e.isAssertion()) {
        attempt.sawAssertionFail();
      }
      return e.outcome();
    } catch (IOException e) {
      if (attempt.isExpired()) {
        return new Outcome.Failure(Connector.timedOut(attempt));
      }
      return switch (Fault.of(e)) {
        case Fault.Own own ->
            new Outcome.Unknown(own.kind(), "the prober is in trouble: " + own.reason());
        case Fault.Theirs _ -> new Outcome.Failure(attempt.phase().label() + ": " + e.getMessage());
      };
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Outcome.Unknown(Fault.Kind.UNFORESEEN, "the prober was interrupted");
    } catch (RuntimeException | Error e) {
      // No memory, or an error of ours: it says nothing of the target.
      Fault.Kind kind = Fault.of(e) instanceof Fault.Own own ? own.kind() : Fault.Kind.UNFORESEEN;
      LOG.error("a probe failed unexpectedly", e);
      return new Outcome.Unknown(kind, "the prober is in trouble: " + e);
    }
  }

  /// Ends attempts under way with an unknown outcome at the latest when they are due.
  @Override
  public void close() {
    alarms.shutdown();
    resolving.shutdownNow();
  }
}
