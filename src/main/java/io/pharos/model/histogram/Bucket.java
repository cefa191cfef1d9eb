package io.pharos.model.histogram;

import io.pharos.model.GoFloat;

/// A bucket with its bounds, as in queries and the HTTP API.
public record Bucket(
    double lower, double upper, boolean lowerInclusive, boolean upperInclusive, double count) {
  /// Whether the bucket contains or touches zero: it is the zero bucket, or a custom bucket.
  boolean holdsZero() {
    return lower <= 0 && upper >= 0;
  }

  Bucket within(double newLower, double newUpper) {
    return new Bucket(newLower, newUpper, lowerInclusive, upperInclusive, count);
  }

  /// Returns Go's notation: `(1,2]:3`.
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
