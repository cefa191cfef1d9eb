package io.pharos.ingest.discovery;

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

/// Queries one discovery source and stores its last targets. If a query fails, the last targets
/// remain, and the problem is reported with them. Thread-safe.
public final class DiscoveredTargets {
  private static final Logger LOG = LoggerFactory.getLogger(DiscoveredTargets.class);

  /// @param problem why the groups are outdated, or empty if they are not
  private record Answer(List<StaticConfig> groups, String problem) {}

  private final PolledSdConfig config;
  private final Source source;
  private final InstantSource clock;
  private final Executor executor;
  private final TargetDiscovery.Metrics metrics;
  private final Runnable onChange;

  private volatile Answer answer = new Answer(List.of(), "");

  /* The fields below are guarded by `this`. */
  private boolean queried;
  private long queriedAt;
  private boolean querying;
  private boolean stopped;

  /// @param source discovery source; its `toString` is its name in error messages
  /// @param executor runs the queries; a query may take as long as the interval
  /// @param onChange run when the targets or the problem have changed
  DiscoveredTargets(
      PolledSdConfig config,
      Source source,
      InstantSource clock,
      Executor executor,
      TargetDiscovery.Metrics metrics,
      Runnable onChange) {
    this.config = config;
    this.source = source;
    this.clock = clock;
    this.executor = executor;
    this.metrics = metrics;
    this.onChange = onChange;
  }

  /// Returns the target groups of the last successful query.
  public List<StaticConfig> groups() {
    return answer.groups();
  }

  /// Returns why the targets are outdated, or an empty text.
  public String problem() {
    return answer.problem();
  }

  /// Starts a query if one is due and none is running.
  public void queryIfDue() {
    synchronized (this) {
      long now = clock.millis();
      Duration since = Duration.ofMillis(now - queriedAt);
      boolean due =
          !queried || since.isNegative() || since.compareTo(config.refreshInterval()) >= 0;
      if (stopped || querying || !due) {
        return;
      }
      queried = true;
      queriedAt = now;
      querying = true;
    }
    executor.execute(this::query);
  }

  /// Starts no further queries, and ignores the result of a query in progress.
  public synchronized void stop() {
    stopped = true;
  }

  private void query() {
    Answer previous = answer;
    Answer next = previous;
    try {
      next = new Answer(source.query(), "");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException | ConfigException e) {
      next = failed(previous, e.getMessage() == null ? e.toString() : e.getMessage());
    } catch (RuntimeException | Error e) {
      // All errors are caught, because the next query may succeed.
      metrics.unexpected.increment();
      LOG.error(
          "querying {} for targets failed unexpectedly; its last targets are kept", source, e);
      next = failed(previous, e.toString());
    } finally {
      synchronized (this) {
        querying = false;
        if (!stopped) {
          answer = next;
        }
      }
    }
    if (!next.equals(previous) && answer.equals(next)) {
      onChange.run();
    }
  }

  private Answer failed(Answer previous, String reason) {
    metrics.failed(config);
    String problem = source + ": " + reason;
    if (!problem.equals(previous.problem())) {
      LOG.warn("target discovery failed, the last targets are kept: {}", problem);
    }
    return new Answer(previous.groups(), problem);
  }

  /// A server or resolver that lists targets.
  @FunctionalInterface
  interface Source {
    /// Queries the current target groups. Takes no longer than the refresh interval.
    ///
    /// @throws IOException if there is no answer; the message contains the reason
    /// @throws io.pharos.config.yaml.ConfigException if the answer is invalid
    List<StaticConfig> query() throws IOException, InterruptedException;
  }
}
