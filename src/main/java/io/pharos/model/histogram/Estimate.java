package io.pharos.model.histogram;

/// A number read off a histogram's buckets, and what observations of NaN did to it. They are
/// counted but are in no bucket.
public record Estimate(double value, NanEffect nans) {
  public enum NanEffect {
    NONE,
    /// The answer lies among them, so it is NaN.
    RESULT_IS_NAN,
    /// They count as larger than any number, so the answer is higher than without them.
    SKEWED_HIGHER,
    /// They are in no fraction.
    EXCLUDED
  }

  static Estimate of(double value) {
    return new Estimate(value, NanEffect.NONE);
  }
}
