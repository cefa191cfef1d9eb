package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The targets that one source gave last. While it gives none its last ones stay, and so does the
/// problem, until it answers again. Thread-safe.
final class DiscoveredTargets {
  private static final Logger LOG = LoggerFactory.getLogger(DiscoveredTargets.class);

  /// @param problem why there is nothing newer, or empty
  private record Answer(List<StaticConfig> groups, String problem) {}

  private final PolledSdConfig config;
  private final TargetSource source;
  private final InstantSource clock;
  private final Executor threads;
  private final ScrapeMetrics metrics;
  private final Runnable onChange;

  private volatile Answer answer = new Answer(List.of(), "");

  /* Guarded by this. */
  private boolean asked;
  private long askedAt;
  private boolean asking;
  private boolean stopped;

  /// @param source its `toString` names it in problems
  /// @param threads runs what may wait as long as an interval
  /// @param onChange runs when the targets or the problem are others than before
  DiscoveredTargets(
      PolledSdConfig config,
      TargetSource source,
      InstantSource clock,
      Executor threads,
      ScrapeMetrics metrics,
      Runnable onChange) {
    this.config = config;
    this.source = source;
    this.clock = clock;
    this.threads = threads;
    this.metrics = metrics;
    this.onChange = onChange;
  }

  List<StaticConfig> groups() {
    return answer.groups();
  }

  /// Why the targets are not the newest, or empty.
  String problem() {
    return answer.problem();
  }

  /// Begins to ask, if it is time and nobody is asked already.
  void askIfDue() {
    synchronized (this) {
      long now = clock.millis();
      Duration since = Duration.ofMillis(now - askedAt);
      boolean due = !asked || since.isNegative() || since.compareTo(config.refreshInterval()) >= 0;
      if (stopped || asking || !due) {
        return;
      }
      asked = true;
      askedAt = now;
      asking = true;
    }
    threads.execute(this::ask);
  }

  /// Asks no more; an answer that is on its way is not heard.
  synchronized void stop() {
    stopped = true;
  }

  private void ask() {
    Answer before = answer;
    Answer next = before;
    try {
      next = new Answer(source.ask(), "");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException | ConfigException e) {
      next = failed(before, e.getMessage() == null ? e.toString() : e.getMessage());
    } catch (RuntimeException | Error e) {
      // Whatever it was, it is asked again.
      metrics.failed();
      LOG.error("asking {} for targets failed unexpectedly", source, e);
      next = failed(before, e.toString());
    } finally {
      synchronized (this) {
        asking = false;
        if (!stopped) {
          answer = next;
        }
      }
    }
    if (!next.equals(before) && answer.equals(next)) {
      onChange.run();
    }
  }

  private Answer failed(Answer before, String reason) {
    metrics.discoveryFailed(config);
    String problem = source + ": " + reason;
    if (!problem.equals(before.problem())) {
      LOG.warn("the last good targets stay: {}", problem);
    }
    return new Answer(before.groups(), problem);
  }
}
