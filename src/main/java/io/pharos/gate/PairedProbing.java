package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Fires pairs of probes at a bounded rate. Safe for many threads.
///
/// One pair of a key is under way at a time, so that a side that does not answer is asked once for
/// each of its timeouts. Which side comes first is drawn. What the candidate does before its first
/// success is its start, and does not count.
public final class PairedProbing implements PairedProbes {
  /// How many pairs of probes may be going on; each is two requests at a time at most.
  private static final int MOST = 16;

  private final Target target;
  private final Executor executor;
  private final RandomGenerator random;
  private final Map<String, Series> going = new ConcurrentHashMap<>();

  /// @param target runs a probe
  /// @param executor runs pairs, each in a thread that may wait
  public PairedProbing(Target target, Executor executor, RandomGenerator random) {
    this.target = requireNonNull(target, "target is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.random = requireNonNull(random, "random is null");
  }

  /// Asks once what a probe asks.
  @FunctionalInterface
  public interface Target {
    Answer ask(String probe);
  }

  /// What a probe said.
  public sealed interface Answer {
    /// The side answered, as it should or not.
    record Known(boolean ok) implements Answer {}

    /// There is no such probe, or the prober is in trouble.
    record Unknown(String reason) implements Answer {
      public Unknown {
        requireNonNull(reason, "reason is null");
      }
    }
  }

  @Override
  public Taken take(Pair pair, Instant now, Duration goOn) {
    Series series = going.get(pair.key());
    if (series == null || !series.pair.equals(pair)) {
      if (series == null && going.size() >= MOST) {
        return new Taken(
            0, 0, 0, 0, MOST + " pairs of probes are going on already, no more are asked", 0);
      }
      series = new Series(pair, now);
      going.put(pair.key(), series);
    }
    return series.take(now.plus(goOn));
  }

  /// Fires what is due. Call it five times a second.
  public void fire(Instant now) {
    going.values().removeIf(series -> series.isOver(now));
    going.values().forEach(series -> series.fire(now));
  }

  /// The counts of one key.
  private final class Series {
    private final Pair pair;
    private Instant last;
    private double allowance;
    private boolean underWay;
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
      this.last = now;
      this.until = now;
    }

    synchronized boolean isOver(Instant now) {
      return now.isAfter(until);
    }

    synchronized Taken take(Instant newUntil) {
      until = newUntil;
      var taken = new Taken(pairs, candidateFailed, baselineFailed, unknown, reason, newestMillis);
      pairs = 0;
      candidateFailed = 0;
      baselineFailed = 0;
      unknown = 0;
      reason = null;
      return taken;
    }

    void fire(Instant now) {
      synchronized (this) {
        double seconds = Duration.between(last, now).toMillis() / 1000.0;
        allowance = Math.clamp(allowance + seconds * pair.rate(), 0, 2);
        last = now;
        if (underWay || allowance < 1) {
          return;
        }
        allowance -= 1;
        underWay = true;
      }
      try {
        executor.execute(() -> ask(now));
      } catch (RejectedExecutionException e) {
        broke(e, now);
      }
    }

    private void ask(Instant now) {
      try {
        if (random.nextBoolean()) {
          Answer candidate = target.ask(pair.candidate());
          count(candidate, target.ask(pair.baseline()), now);
        } else {
          Answer baseline = target.ask(pair.baseline());
          count(target.ask(pair.candidate()), baseline, now);
        }
      } catch (RuntimeException e) {
        broke(e, now);
      } catch (Error e) { // as when memory is short: the thread ends by it, the pairs go on
        broke(e, now);
        throw e;
      }
    }

    /* Ours, and it must not stop the pairs that follow. */
    private void broke(Throwable e, Instant now) {
      count(new Answer.Unknown("the prober broke: " + e), new Answer.Known(true), now);
    }

    private synchronized void count(Answer candidate, Answer baseline, Instant now) {
      underWay = false;
      if (candidate instanceof Answer.Unknown(String why)) {
        unknown++;
        reason = why;
        return;
      }
      if (baseline instanceof Answer.Unknown(String why)) {
        unknown++;
        reason = why;
        return;
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
