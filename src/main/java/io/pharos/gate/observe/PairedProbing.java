package io.pharos.gate.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Sends pairs of probes at a limited rate. Safe for many threads. Its timer runs only while pairs
/// are probed.
///
/// A key has at most one pair in flight, so a side that does not respond is probed once per
/// timeout. The order of the two sides is random. Pairs before the candidate's first success do not
/// count.
public final class PairedProbing implements PairedProbes, AutoCloseable {
  /// Maximum number of keys that are probed at the same time; each has at most two requests in
  /// flight.
  private static final int MAX_KEYS = 16;

  private final Target target;
  private final Timer timer;
  private final Executor executor;
  private final RandomGenerator random;
  private final Map<String, Series> running = new HashMap<>();

  /* Stops the timer; null while it does not run. */
  private @Nullable Runnable stop;

  /// Creates a sender that probes no pair yet.
  ///
  /// @param target runs a probe
  /// @param timer calls [#fire] while pairs are probed
  /// @param executor runs pairs in threads that may block
  public PairedProbing(Target target, Timer timer, Executor executor, RandomGenerator random) {
    this.target = target;
    this.timer = timer;
    this.executor = executor;
    this.random = random;
  }

  /// Runs a probe once.
  @FunctionalInterface
  public interface Target {
    /// Runs the probe with this name.
    Answer run(String probe);
  }

  /// Repeats a task.
  @FunctionalInterface
  public interface Timer {
    /// Starts to call a task five times per second.
    ///
    /// @return ends the calls
    Runnable start(Consumer<Instant> task);
  }

  /// The result of a probe.
  public sealed interface Answer {
    /// The side answered, successfully or not.
    record Known(boolean ok) implements Answer {}

    /// The probe does not exist, or the prober failed.
    record Unknown(String reason) implements Answer {}
  }

  @Override
  public synchronized Counts takeCounts(Pair pair, Instant now, Duration probeFor) {
    Series series = running.get(pair.key());
    if (series == null || !series.pair.equals(pair)) {
      if (series == null && running.size() >= MAX_KEYS) {
        return new Counts(
            0, 0, 0, 0, MAX_KEYS + " pairs of probes are running, which is the maximum", 0);
      }
      series = new Series(pair, now);
      running.put(pair.key(), series);
    }
    if (stop == null) {
      stop = timer.start(this::fire);
    }
    return series.takeCounts(now.plus(probeFor));
  }

  /// Sends the pairs that are due. The timer calls it five times per second.
  public synchronized void fire(Instant now) {
    running.values().removeIf(series -> series.isOver(now));
    running.values().forEach(series -> series.fire(now));
    if (running.isEmpty()) {
      close();
    }
  }

  /// Stops the timer; a request for counts starts it again.
  @Override
  public synchronized void close() {
    if (stop != null) {
      stop.run();
      stop = null;
    }
  }

  /// The counts of one key.
  private final class Series {
    private final Pair pair;
    private Instant lastFired;
    private double allowance;
    private boolean inFlight;
    private boolean candidateAnswered;
    private Instant until;
    private long pairs;
    private long candidateFailed;
    private long baselineFailed;
    private long unknown;
    private @Nullable String reason;
    private long newestMillis;

    Series(Pair pair, Instant now) {
      this.pair = pair;
      this.lastFired = now;
      this.until = now;
    }

    synchronized boolean isOver(Instant now) {
      return now.isAfter(until);
    }

    synchronized Counts takeCounts(Instant newUntil) {
      until = newUntil;
      var taken = new Counts(pairs, candidateFailed, baselineFailed, unknown, reason, newestMillis);
      pairs = 0;
      candidateFailed = 0;
      baselineFailed = 0;
      unknown = 0;
      reason = null;
      return taken;
    }

    void fire(Instant now) {
      synchronized (this) {
        double seconds = Duration.between(lastFired, now).toMillis() / 1000.0;
        allowance = Math.clamp(allowance + seconds * pair.rate(), 0, 2);
        lastFired = now;
        if (inFlight || allowance < 1) {
          return;
        }
        allowance -= 1;
        inFlight = true;
      }
      try {
        executor.execute(() -> probe(now));
      } catch (RejectedExecutionException e) {
        fail(e, now);
      }
    }

    private void probe(Instant now) {
      try {
        if (random.nextBoolean()) {
          Answer candidate = target.run(pair.candidate());
          count(candidate, target.run(pair.baseline()), now);
        } else {
          Answer baseline = target.run(pair.baseline());
          count(target.run(pair.candidate()), baseline, now);
        }
      } catch (RuntimeException e) {
        fail(e, now);
      } catch (Error e) { // such as a lack of memory: this thread ends, but probing continues
        fail(e, now);
        throw e;
      }
    }

    /* Own trouble during one pair must not stop the next pairs. */
    private void fail(Throwable e, Instant now) {
      count(new Answer.Unknown("the prober failed: " + e), new Answer.Known(true), now);
    }

    private synchronized void count(Answer candidate, Answer baseline, Instant now) {
      inFlight = false;
      for (Answer answer : List.of(candidate, baseline)) {
        if (answer instanceof Answer.Unknown(String why)) {
          unknown++;
          reason = why;
          return;
        }
      }
      boolean candidateOk = candidate instanceof Answer.Known(boolean ok) && ok;
      boolean baselineOk = baseline instanceof Answer.Known(boolean ok) && ok;
      candidateAnswered |= candidateOk;
      if (!candidateAnswered) {
        return;
      }
      newestMillis = now.toEpochMilli();
      pairs++;
      candidateFailed += candidateOk ? 0 : 1;
      baselineFailed += baselineOk ? 0 : 1;
    }
  }
}
