package io.pharos.model.histogram;

/// A number computed from a histogram's buckets, and the effect of observed NaNs on it. NaNs are
/// counted but are in no bucket.
public record Estimate(double value, NanEffect nans) {
  /// Effect of observed NaNs.
  public enum NanEffect {
    NONE,
    /// The result lies among the NaNs, so it is NaN.
    RESULT_IS_NAN,
    /// NaNs count as larger than any number, so the result is higher than without them.
    SKEWED_HIGHER,
    /// NaNs belong to no fraction.
    EXCLUDED
  }

  static Estimate of(double value) {
    return new Estimate(value, NanEffect.NONE);
  }
}
