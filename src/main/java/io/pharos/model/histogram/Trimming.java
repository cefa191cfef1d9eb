package io.pharos.model.histogram;

/// Trims a histogram at a value. Buckets on the kept side stay, the bucket that contains the value
/// is divided as in [Estimates], and the sum is computed from the middles of the kept parts. The
/// distribution in a bucket with an infinite bound is unknown, so the bucket is kept whole or
/// dropped, but with a finite positive upper bound it is divided as if it began at zero.
final class Trimming {
  private final Histogram.Trim side;
  private final double value;
  private double keptCount;
  private double keptSum;
  private boolean changed;

  Trimming(Histogram.Trim side, double value) {
    this.side = side;
    this.value = value;
  }

  /// The kept part of a bucket.
  ///
  /// @param count number of observations
  /// @param middle value that the sum assumes for each observation
  private record Part(double count, double middle) {}

  Histogram apply(Histogram histogram) {
    boolean linear = histogram.hasCustomBuckets();
    double[] positive = histogram.positive().counts();
    int[] indexes = histogram.positive().indexes();
    boolean anyPositive = false;
    for (int i = 0; i < positive.length; i++) {
      anyPositive |= positive[i] != 0;
      positive[i] = keep(histogram.positiveBucket(indexes[i], positive[i]), true, linear);
    }
    double[] negative = histogram.negative().counts();
    indexes = histogram.negative().indexes();
    boolean anyNegative = false;
    for (int i = 0; i < negative.length; i++) {
      anyNegative |= negative[i] != 0;
      negative[i] = keep(histogram.negativeBucket(indexes[i], negative[i]), false, linear);
    }
    double zeroCount = histogram.zeroCount();
    if (zeroCount > 0) {
      zeroCount = keep(zeroCount, zeroPart(histogram.zeroBucket(), anyPositive, anyNegative));
    }
    if (!changed) {
      return histogram;
    }
    return new Histogram(
            histogram.hint(),
            histogram.schema(),
            histogram.zeroThreshold(),
            zeroCount,
            keptCount,
            keptSum,
            new Histogram.Buckets(histogram.positive().spans(), positive),
            new Histogram.Buckets(histogram.negative().spans(), negative),
            histogram.rawCustomValues())
        .compacted();
  }

  /// Adds the kept part of a bucket to the result and returns its count.
  private double keep(Bucket bucket, boolean positive, boolean linear) {
    return bucket.count() == 0 ? 0 : keep(bucket.count(), part(bucket, positive, linear));
  }

  private double keep(double count, Part part) {
    keptCount += part.count;
    keptSum += part.middle * part.count;
    changed |= part.count != count;
    return part.count;
  }

  private Part part(Bucket bucket, boolean positive, boolean linear) {
    boolean whole = keepsBelow() ? bucket.upper() <= value : bucket.lower() >= value;
    boolean cut = keepsBelow() ? bucket.lower() < value : bucket.upper() > value;
    if (whole) {
      return new Part(bucket.count(), middle(bucket.lower(), bucket.upper(), positive, linear));
    }
    if (!cut) {
      return new Part(0, 0);
    }
    if (Double.isInfinite(bucket.lower()) || Double.isInfinite(bucket.upper())) {
      return unboundedPart(bucket);
    }
    double below = bucket.count() * shareBelow(bucket, linear);
    return keepsBelow()
        ? new Part(below, middle(bucket.lower(), value, positive, linear))
        : new Part(bucket.count() - below, middle(value, bucket.upper(), positive, linear));
  }

  private boolean keepsBelow() {
    return side == Histogram.Trim.KEEP_BELOW;
  }

  private double shareBelow(Bucket bucket, boolean linear) {
    return linear
        ? (value - bucket.lower()) / (bucket.upper() - bucket.lower())
        : Estimates.logarithmicShare(value, bucket.lower(), bucket.upper());
  }

  /// Returns the kept part of a bucket that has an infinite bound and contains the value.
  private Part unboundedPart(Bucket bucket) {
    double upper = bucket.upper();
    if (bucket.lower() == Double.NEGATIVE_INFINITY) {
      // If the upper bound is positive, the observations are assumed to be positive.
      boolean fromZero = upper > 0 && Double.isFinite(upper);
      if (keepsBelow()) {
        if (value > 0 && fromZero) {
          return new Part(bucket.count() * value / upper, value / 2);
        }
        return upper <= 0 ? new Part(bucket.count(), value) : new Part(0, 0);
      }
      return value >= 0 && fromZero
          ? new Part(bucket.count() * (1 - value / upper), (value + upper) / 2)
          : new Part(0, 0);
    }
    return keepsBelow() ? new Part(0, 0) : new Part(bucket.count(), value);
  }

  private Part zeroPart(Bucket zero, boolean anyPositive, boolean anyNegative) {
    double lower = anyPositive && !anyNegative ? 0 : zero.lower();
    double upper = anyNegative && !anyPositive ? 0 : zero.upper();
    // If the threshold is zero, all observations are zero: below every positive value, but not
    // below zero.
    if (value <= lower) {
      return keepsBelow() ? new Part(0, 0) : new Part(zero.count(), (lower + upper) / 2);
    }
    if (value >= upper) {
      return keepsBelow() ? new Part(zero.count(), (lower + upper) / 2) : new Part(0, 0);
    }
    return keepsBelow()
        ? new Part(zero.count() * ((value - lower) / (upper - lower)), (lower + value) / 2)
        : new Part(zero.count() * ((upper - value) / (upper - lower)), (value + upper) / 2);
  }

  /// Returns a value that represents an interval: the arithmetic mean of its ends for linear
  /// buckets, otherwise the geometric mean.
  private static double middle(double lower, double upper, boolean positive, boolean linear) {
    if (Double.isInfinite(lower)) {
      if (Double.isInfinite(upper)) {
        return 0;
      }
      return upper > 0 ? upper / 2 : upper;
    }
    if (Double.isInfinite(upper)) {
      return lower;
    }
    if (linear) {
      return (lower + upper) / 2;
    }
    double mean = Math.sqrt(Math.abs(lower * upper));
    return positive ? mean : -mean;
  }
}
