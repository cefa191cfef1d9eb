package io.pharos.model.histogram;

import io.pharos.model.GoFloat;

/// A bucket with its bounds, as questions about a histogram and the HTTP API see it.
public record Bucket(
    double lower, double upper, boolean lowerInclusive, boolean upperInclusive, double count) {
  /// Whether the bucket reaches over zero or touches it: the zero bucket, or one of custom buckets.
  boolean holdsZero() {
    return lower <= 0 && upper >= 0;
  }

  Bucket within(double newLower, double newUpper) {
    return new Bucket(newLower, newUpper, lowerInclusive, upperInclusive, count);
  }

  /// Go's spelling: `(1,2]:3`.
  @Override
  public String toString() {
    return (lowerInclusive ? "[" : "(")
        + GoFloat.general(lower)
        + ","
        + GoFloat.general(upper)
        + (upperInclusive ? "]" : ")")
        + ":"
        + GoFloat.general(count);
  }
}
