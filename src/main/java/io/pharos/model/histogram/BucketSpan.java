package io.pharos.model.histogram;

/// A run of consecutive buckets.
///
/// @param offset for the first span the index of its first bucket, which may be negative; for
///   others the number of buckets between the previous span and this one, zero or more
/// @param length number of buckets, zero or more
public record BucketSpan(int offset, int length) {
  public BucketSpan {
    if (length < 0) {
      throw new IllegalArgumentException("span of length " + length + ", expected zero or more");
    }
  }
}
