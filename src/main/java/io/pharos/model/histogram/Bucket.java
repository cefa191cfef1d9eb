package io.pharos.model.histogram;

import io.pharos.model.GoFloat;

/// A bucket with its bounds, as in queries and the HTTP API.
public record Bucket(
    double lower, double upper, boolean lowerInclusive, boolean upperInclusive, double count) {
  /// Whether zero is in the bucket or is one of its bounds. In exponential schemas this is so only
  /// for the zero bucket.
  boolean touchesZero() {
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
