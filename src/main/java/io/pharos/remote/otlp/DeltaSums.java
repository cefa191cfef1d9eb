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

/// The sums of what is sent as differences, in memory. A restart begins them anew, as the counter
/// resets that every query expects. What one request adds counts when it was stored, not before: a
/// sender repeats what was not. To be used under one lock but for [#size].
final class DeltaSums {
  /// After so long without a point a sum is forgotten.
  static final Duration FORGET_AFTER = Duration.ofMinutes(15);

  private final int most;
  private final Map<Labels, Sum> sums = new ConcurrentHashMap<>();
  private final Map<Labels, Sum> staged = new HashMap<>();
  private long cleanedAt = Long.MIN_VALUE;

  /// @param most so many sums at most
  DeltaSums(int most) {
    this.most = most;
  }

  /// What was summed up to a time, in nanoseconds since 1970.
  ///
  /// @param seen when it was last added to, in milliseconds by the clock here
  private record Sum(long until, long seen, Total total) {}

  private sealed interface Total {
    record Number(double value) implements Total {}

    record Explicit(double count, OptionalDouble sum, double[] bounds, double[] counts)
        implements Total {}

    record Native(Histogram histogram) implements Total {}
  }

  /// Why a point can't be added.
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String reason) {
      super(reason);
    }
  }

  /// The sum with a number.
  double add(Labels of, OtlpPoint.Number point, long now) throws Refused {
    double before = before(of, point, now) instanceof Total.Number(double value) ? value : 0;
    var total = new Total.Number(before + point.value());
    staged.put(of, new Sum(point.time(), now, total));
    return total.value();
  }

  /// The sum with a histogram of explicit bounds; other bounds begin anew.
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
    return new OtlpPoint.Explicit(
        point.attributes(),
        point.time(),
        point.isGap(),
        count,
        sum,
        point.bounds(),
        counts,
        point.start(),
        point.exemplars());
  }

  /// The sum with a native histogram, at the coarser schema of the two.
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
      if (sums.size() + staged.size() >= most) {
        throw new Refused("more than " + most + " series are sent as differences");
      }
      return null;
    }
    if (point.time() <= known.until()) {
      throw new Refused("a difference up to this time or a later one was counted already");
    }
    return known.total();
  }

  private void clean(long now) {
    if (cleanedAt == Long.MIN_VALUE || now - cleanedAt >= 60_000 || now < cleanedAt) {
      cleanedAt = now;
      sums.values().removeIf(sum -> now - sum.seen() > FORGET_AFTER.toMillis());
    }
  }

  /// What was added was stored.
  void keep() {
    sums.putAll(staged);
    staged.clear();
  }

  /// What was added was not stored.
  void drop() {
    staged.clear();
  }

  int size() {
    return sums.size();
  }
}
