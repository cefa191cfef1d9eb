package io.pharos.model.histogram;

import io.pharos.model.histogram.Estimate.NanEffect;
import java.util.List;

/// Computes quantiles, fractions and variances from a histogram's buckets.
///
/// Observations are assumed to be evenly distributed within a bucket: on a logarithmic scale in
/// exponential buckets, on a linear one in the zero bucket and in custom buckets.
public final class Estimates {
  private static final double LN_2 = Math.log(2);

  private Estimates() {}

  /// Returns the value that a fraction `q` of the observations do not exceed; infinite if `q` is
  /// not between 0 and 1.
  public static Estimate quantile(double q, Histogram histogram) {
    if (q < 0) {
      return Estimate.of(Double.NEGATIVE_INFINITY);
    }
    if (q > 1) {
      return Estimate.of(Double.POSITIVE_INFINITY);
    }
    double observations = histogram.count();
    if (observations == 0 || Double.isNaN(q)) {
      return Estimate.of(Double.NaN);
    }
    // NaNs are treated as larger than all buckets. So if there may be NaNs, observations are
    // counted from the lowest bucket, otherwise from the nearer end.
    boolean maybeNans = Double.isNaN(histogram.sum());
    boolean forward = maybeNans || q < 0.5;
    List<Bucket> buckets = histogram.buckets();
    double rank = forward ? q * observations : (1 - q) * observations;
    double counted = 0;
    Bucket bucket = new Bucket(0, 0, false, false, 0);
    int next = 0;
    while (next < buckets.size()) {
      bucket = buckets.get(forward ? next : buckets.size() - 1 - next);
      next++;
      counted += bucket.count();
      if (bucket.count() != 0 && counted >= rank) {
        break;
      }
    }
    if (histogram.hasCustomBuckets()) {
      if (bucket.lower() == Double.NEGATIVE_INFINITY) {
        if (bucket.upper() <= 0) {
          return Estimate.of(bucket.upper());
        }
        bucket = bucket.within(0, bucket.upper());
      } else if (bucket.upper() == Double.POSITIVE_INFINITY) {
        return Estimate.of(bucket.lower());
      }
    } else {
      bucket = cutAtZero(bucket, histogram);
    }
    counted = Math.min(counted, observations);
    if (counted < rank) {
      return maybeNans
          ? new Estimate(Double.NaN, NanEffect.RESULT_IS_NAN)
          : Estimate.of(bucket.upper());
    }
    rank = forward ? rank - (counted - bucket.count()) : counted - rank;
    NanEffect nans = NanEffect.NONE;
    if (maybeNans) {
      for (; next < buckets.size(); next++) {
        counted += buckets.get(next).count();
      }
      nans = counted < observations ? NanEffect.SKEWED_HIGHER : NanEffect.NONE;
    }
    return new Estimate(within(bucket, rank / bucket.count(), histogram), nans);
  }

  /// Cuts a bucket that contains zero at zero if all observations are on one side of zero.
  private static Bucket cutAtZero(Bucket bucket, Histogram histogram) {
    boolean positive = histogram.positive().size() > 0;
    boolean negative = histogram.negative().size() > 0;
    if (!bucket.touchesZero() || positive == negative) {
      return bucket;
    }
    return positive ? bucket.within(0, bucket.upper()) : bucket.within(bucket.lower(), 0);
  }

  /// Returns the value below which a share of the bucket's observations lies.
  private static double within(Bucket bucket, double share, Histogram histogram) {
    double lower = bucket.lower();
    double upper = bucket.upper();
    if (histogram.hasCustomBuckets() || bucket.touchesZero()) {
      return lower + (upper - lower) * share;
    }
    double logLower = log2(Math.abs(lower));
    double logUpper = log2(Math.abs(upper));
    return lower > 0
        ? Math.pow(2, logLower + (logUpper - logLower) * share)
        : -Math.pow(2, logUpper + (logLower - logUpper) * (1 - share));
  }

  /// Returns the fraction of the observations that are between two bounds.
  public static Estimate fraction(double lower, double upper, Histogram histogram) {
    double observations = histogram.count();
    if (observations == 0 || Double.isNaN(lower) || Double.isNaN(upper)) {
      return Estimate.of(Double.NaN);
    }
    if (lower >= upper) {
      return Estimate.of(0);
    }
    List<Bucket> buckets = histogram.buckets();
    double countable = observations;
    NanEffect nans = NanEffect.NONE;
    if (Double.isNaN(histogram.sum())) {
      countable = 0;
      for (Bucket bucket : buckets) {
        countable += bucket.count();
      }
      nans = countable < observations ? NanEffect.EXCLUDED : NanEffect.NONE;
    }
    double below = Math.min(rank(lower, buckets, histogram), countable);
    double upTo = Math.min(rank(upper, buckets, histogram), countable);
    return new Estimate((upTo - below) / observations, nans);
  }

  /// Returns the number of observations below a value; infinite if all buckets are below it.
  private static double rank(double value, List<Bucket> buckets, Histogram histogram) {
    double rank = 0;
    for (Bucket each : buckets) {
      Bucket bucket = cutAtZero(each, histogram);
      if (bucket.lower() >= value) {
        return rank;
      }
      if (bucket.upper() > value) {
        return rank + countBelow(value, bucket, histogram);
      }
      rank += bucket.count();
    }
    return Double.POSITIVE_INFINITY;
  }

  private static double countBelow(double value, Bucket bucket, Histogram histogram) {
    double lower = bucket.lower();
    double upper = bucket.upper();
    if (histogram.hasCustomBuckets() || bucket.touchesZero()) {
      // Without a lower bound the distribution in the bucket is unknown: all its observations are
      // treated as below the value.
      return lower == Double.NEGATIVE_INFINITY
          ? bucket.count()
          : bucket.count() * (value - lower) / (upper - lower);
    }
    return bucket.count() * logarithmicShare(value, lower, upper);
  }

  /// Returns the fraction of an exponential bucket that is below a value.
  static double logarithmicShare(double value, double lower, double upper) {
    double logLower = log2(Math.abs(lower));
    double logUpper = log2(Math.abs(upper));
    double logValue = log2(Math.abs(value));
    return lower >= 0
        ? (logValue - logLower) / (logUpper - logLower)
        : 1 - (logValue - logUpper) / (logLower - logUpper);
  }

  /// Returns the variance of the observations, on the assumption that each is in the middle of its
  /// bucket.
  public static double variance(Histogram histogram) {
    double mean = histogram.sum() / histogram.count();
    double[] sum = new double[1];
    double[] error = new double[1];
    for (Bucket bucket : histogram.buckets()) {
      if (bucket.count() == 0) {
        continue;
      }
      double distance = middle(bucket, histogram) - mean;
      BucketSums.add(sum, error, 0, bucket.count() * distance * distance);
    }
    return (sum[0] + error[0]) / histogram.count();
  }

  private static double middle(Bucket bucket, Histogram histogram) {
    if (histogram.hasCustomBuckets()) {
      return (bucket.upper() + bucket.lower()) / 2;
    }
    if (bucket.touchesZero()) {
      return 0;
    }
    double middle = Math.sqrt(bucket.upper() * bucket.lower());
    return bucket.upper() < 0 ? -middle : middle;
  }

  /// Returns the logarithm to base 2. It is exact for powers of two, so that bounds of buckets
  /// become integers.
  private static double log2(double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      return Math.log(value);
    }
    int exponent = Math.getExponent(value);
    if (exponent < Double.MIN_EXPONENT) {
      return Math.log(value) / LN_2;
    }
    double fraction = Math.scalb(value, -exponent);
    return fraction == 1 ? exponent : exponent + Math.log(fraction) / LN_2;
  }
}
