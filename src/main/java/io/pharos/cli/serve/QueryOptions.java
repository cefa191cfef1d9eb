package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.limits.work.WorkPool;
import io.pharos.promql.engine.query.Feature;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// The limits of queries.
///
/// @param lookback maximum age of a sample that is still the current value of its series
public record QueryOptions(
    Duration lookback,
    Duration timeout,
    int maxSamples,
    Set<Feature> features,
    WorkPool.Size pool) {
  /// The flag that enables experimental parts of PromQL.
  public static final Flag FEATURES =
      new Flag("enable-feature", "", "experimental PromQL: Prometheus' names, separated by commas");

  static final Flag THREADS =
      new Flag(
          "query.max-concurrency",
          "",
          "how many queries may run at once, not counting rules; empty: two for each"
              + " processor, at least 4, and 20 with a remote engine");

  static final Flag WAITING =
      new Flag(
          "query.max-waiting",
          "128",
          "how many further queries may wait, within --query.timeout; others get 503");

  static final List<Flag> FLAGS =
      List.of(
          new Flag("query.lookback-delta", "5m", "maximum age of a sample that is still current"),
          new Flag("query.timeout", "2m", "how long one query may take"),
          new Flag("query.max-samples", "50000000", "how many samples a query may have in memory"),
          FEATURES,
          THREADS,
          WAITING);

  public QueryOptions {
    features = Set.copyOf(features);
  }

  static QueryOptions of(Flags flags, boolean remote) {
    // With a remote engine, queries only wait for its answer and need no processor.
    int threads =
        flags.get(THREADS.name()).isEmpty()
            ? remote ? 20 : defaultThreads()
            : flags.integer(THREADS.name(), 1);
    return new QueryOptions(
        flags.duration("query.lookback-delta"),
        flags.duration("query.timeout"),
        flags.integer("query.max-samples"),
        features(flags),
        new WorkPool.Size(threads, flags.integer(WAITING.name(), 1)));
  }

  /// Returns how many queries may run at once by default: more than there are processors, so that a
  /// short query progresses while long ones run.
  public static int defaultThreads() {
    return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  }

  /// Returns the experimental features of PromQL that the flag enables.
  public static Set<Feature> features(Flags flags) {
    try {
      return Feature.parse(flags.get(FEATURES.name()));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + FEATURES.name() + ": " + e.getMessage());
    }
  }
}
