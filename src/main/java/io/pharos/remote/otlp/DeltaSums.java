package io.pharos.remote.otlp;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.HistogramSum;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Keeps the running sums of delta points in memory. After a restart the sums start again from
/// zero, which looks like a counter reset. The points of a request are staged until they are
/// stored, because a sender repeats a request that was not stored. Callers hold one lock for all
/// methods except [#size].
final class DeltaSums {
  /// A sum is removed after this time without a point.
  static final Duration FORGET_AFTER = Duration.ofMinutes(15);

  private final int max;
  private final Map<Labels, Sum> sums = new ConcurrentHashMap<>();
  private final Map<Labels, Sum> staged = new HashMap<>();
  private long cleanedAt = Long.MIN_VALUE;

  /// Creates an empty collection.
  ///
  /// @param max maximum number of sums
  DeltaSums(int max) {
    this.max = max;
  }

  /// The sum of a series up to a time.
  ///
  /// @param until time of the last added point, in nanoseconds since 1970
  /// @param seen when the last point was added, in milliseconds by this process' clock
  private record Sum(long until, long seen, Total total) {}

  private sealed interface Total {
    record Number(double value) implements Total {}

    record Explicit(double count, OptionalDouble sum, double[] bounds, double[] counts)
        implements Total {}

    record Native(Histogram histogram) implements Total {}
  }

  /// Thrown when a point can't be added.
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String reason) {
      super(reason);
    }
  }

  /// Adds a number to the sum of a series and returns the new sum.
  double add(Labels series, OtlpPoint.Number point, long now) throws Refused {
    double previous =
        previousTotal(series, point, now) instanceof Total.Number(double value) ? value : 0;
    var total = new Total.Number(previous + point.value());
    staged.put(series, new Sum(point.time(), now, total));
    return total.value();
  }

  /// Adds a histogram with explicit bounds and returns the new sum. If the bounds changed, the
  /// histogram starts a new sum.
  OtlpPoint.Explicit add(Labels series, OtlpPoint.Explicit point, long now) throws Refused {
    double count = point.count();
    OptionalDouble sum = point.sum();
    double[] counts = point.counts().clone();
    if (previousTotal(series, point, now) instanceof Total.Explicit previous
        && Arrays.equals(previous.bounds(), point.bounds())
        && previous.counts().length == counts.length) {
      count += previous.count();
      sum =
          sum.isPresent() && previous.sum().isPresent()
              ? OptionalDouble.of(sum.getAsDouble() + previous.sum().getAsDouble())
              : OptionalDouble.empty();
      for (int i = 0; i < counts.length; i++) {
        counts[i] += previous.counts()[i];
      }
    }
    staged.put(
        series, new Sum(point.time(), now, new Total.Explicit(count, sum, point.bounds(), counts)));
    return new OtlpPoint.Explicit(point.common(), count, sum, point.bounds(), counts);
  }

  /// Adds a native histogram and returns the new sum. The sum has the coarser of the two schemas.
  Histogram add(Labels series, OtlpPoint.Exponential point, Histogram delta, long now)
      throws Refused {
    Histogram total = delta;
    if (previousTotal(series, point, now) instanceof Total.Native(Histogram previous)) {
      var both = new HistogramSum(previous);
      both.add(delta);
      total = both.value();
    }
    staged.put(series, new Sum(point.time(), now, new Total.Native(total)));
    return total;
  }

  private @Nullable Total previousTotal(Labels series, OtlpPoint point, long now) throws Refused {
    Sum previous = Optional.ofNullable(staged.get(series)).orElse(sums.get(series));
    if (previous == null) {
      clean(now);
      if (sums.size() + staged.size() >= max) {
        throw new Refused("the limit of " + max + " series with delta temporality is reached");
      }
      return null;
    }
    if (point.time() <= previous.until()) {
      throw new Refused("a delta point with the same or a later time was already added");
    }
    return previous.total();
  }

  private void clean(long now) {
    if (cleanedAt == Long.MIN_VALUE || now - cleanedAt >= 60_000 || now < cleanedAt) {
      cleanedAt = now;
      sums.values().removeIf(sum -> now - sum.seen() > FORGET_AFTER.toMillis());
    }
  }

  /// Applies the staged points after they were stored.
  void commit() {
    sums.putAll(staged);
    staged.clear();
  }

  /// Discards the staged points after they could not be stored.
  void rollback() {
    staged.clear();
  }

  int size() {
    return sums.size();
  }
}
