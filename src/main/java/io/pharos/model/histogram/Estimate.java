package io.pharos.model.histogram;

/// A number computed from a histogram's buckets, and the effect of observed NaNs on it. The count
/// of the histogram includes NaNs, but no bucket does.
public record Estimate(double value, NanEffect nans) {
  /// The effect of observed NaNs.
  public enum NanEffect {
    NONE,
    /// The result is one of the NaNs, so it is NaN.
    RESULT_IS_NAN,
    /// NaNs are treated as larger than any number, so the result is higher than it is without NaNs.
    SKEWED_HIGHER,
    /// NaNs are not between any bounds, so the fraction counts them only in the total.
    EXCLUDED
  }

  static Estimate of(double value) {
    return new Estimate(value, NanEffect.NONE);
  }
}
