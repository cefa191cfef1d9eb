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

/// The running sums of delta points, in memory. After a restart they start again, which looks like
/// a counter reset. The points of a request are first staged: senders repeat a request that was not
/// stored. Guarded by one lock except for [#size].
final class DeltaSums {
  /// A sum is removed after this time without a point.
  static final Duration FORGET_AFTER = Duration.ofMinutes(15);

  private final int max;
  private final Map<Labels, Sum> sums = new ConcurrentHashMap<>();
  private final Map<Labels, Sum> staged = new HashMap<>();
  private long cleanedAt = Long.MIN_VALUE;

  /// @param max maximum number of sums
  DeltaSums(int max) {
    this.max = max;
  }

  /// A sum up to a time.
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

  /// Adds a number and returns the sum.
  double add(Labels of, OtlpPoint.Number point, long now) throws Refused {
    double before = before(of, point, now) instanceof Total.Number(double value) ? value : 0;
    var total = new Total.Number(before + point.value());
    staged.put(of, new Sum(point.time(), now, total));
    return total.value();
  }

  /// Adds a histogram with explicit bounds and returns the sum. If the bounds changed, a new sum
  /// begins.
  OtlpPoint.Explicit add(Labels of, OtlpPoint.Explicit point, long now) throws Refused {
    double count = point.count();
    OptionalDouble sum = point.sum();
    double[] counts = point.counts().clone();
    if (before(of, point, now) instanceof Total.Explicit known
        && Arrays.equals(known.bounds(), point.bounds())
        && known.counts().length == counts.length) {
      count += known.count();
      sum =
          sum.isPresent() && known.sum().isPresent()
              ? OptionalDouble.of(sum.getAsDouble() + known.sum().getAsDouble())
              : OptionalDouble.empty();
      for (int i = 0; i < counts.length; i++) {
        counts[i] += known.counts()[i];
      }
    }
    staged.put(
        of, new Sum(point.time(), now, new Total.Explicit(count, sum, point.bounds(), counts)));
    return new OtlpPoint.Explicit(point.common(), count, sum, point.bounds(), counts);
  }

  /// Adds a native histogram and returns the sum, with the coarser schema of the two.
  Histogram add(Labels of, OtlpPoint.Exponential point, Histogram delta, long now) throws Refused {
    Histogram total = delta;
    if (before(of, point, now) instanceof Total.Native(Histogram known)) {
      var both = new HistogramSum(known);
      both.add(delta);
      total = both.value();
    }
    staged.put(of, new Sum(point.time(), now, new Total.Native(total)));
    return total;
  }

  private @Nullable Total before(Labels of, OtlpPoint point, long now) throws Refused {
    Sum known = Optional.ofNullable(staged.get(of)).orElse(sums.get(of));
    if (known == null) {
      clean(now);
      if (sums.size() + staged.size() >= max) {
        throw new Refused("the limit of " + max + " series with delta temporality is reached");
      }
      return null;
    }
    if (point.time() <= known.until()) {
      throw new Refused("a delta point of this time or a later one was already added");
    }
    return known.total();
  }

  private void clean(long now) {
    if (cleanedAt == Long.MIN_VALUE || now - cleanedAt >= 60_000 || now < cleanedAt) {
      cleanedAt = now;
      sums.values().removeIf(sum -> now - sum.seen() > FORGET_AFTER.toMillis());
    }
  }

  /// Applies the staged points after they were stored.
  void keep() {
    sums.putAll(staged);
    staged.clear();
  }

  /// Discards the staged points after they could not be stored.
  void drop() {
    staged.clear();
  }

  int size() {
    return sums.size();
  }
}
