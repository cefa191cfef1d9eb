package io.pharos.model.histogram;

/// A run of buckets without a gap.
///
/// @param offset for the first span the index of its first bucket, which may be negative; for the
///   others the gap after the span before, zero or more
/// @param length how many buckets follow each other, zero or more
public record BucketSpan(int offset, int length) {
  public BucketSpan {
    if (length < 0) {
      throw new IllegalArgumentException("span of length " + length + ", expected zero or more");
    }
  }
}
