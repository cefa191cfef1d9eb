package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.HistogramConfig;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Limits on the resolution of native histograms; finer histograms are reduced one schema at a
/// time.
///
/// @param maxSchema the finest allowed exponential schema
/// @param maxBuckets maximum number of positive and negative buckets together; 0 for no limit
record HistogramBounds(int maxSchema, int maxBuckets) {
  /// Returns the limits of a configuration. The finest allowed schema is the largest one whose
  /// factor between buckets, 2^(2^-schema), is not smaller than the configured factor.
  static HistogramBounds of(HistogramConfig config) {
    int schema = Histogram.MAX_SCHEMA;
    while (schema > Histogram.MIN_SCHEMA
        && Math.pow(2, Math.pow(2, -schema)) < config.minBucketFactor()) {
      schema--;
    }
    return new HistogramBounds(schema, config.bucketLimit());
  }

  /// Returns the histogram, reduced to the limits. Returns null if that is impossible: custom
  /// buckets cannot be reduced, and exponential buckets only down to the coarsest schema.
  @Nullable Histogram apply(Histogram histogram) {
    Histogram bounded = histogram;
    if (!bounded.hasCustomBuckets() && bounded.schema() > maxSchema) {
      bounded = bounded.atSchema(maxSchema);
    }
    while (maxBuckets > 0 && size(bounded) > maxBuckets) {
      if (bounded.hasCustomBuckets() || bounded.schema() <= Histogram.MIN_SCHEMA) {
        return null;
      }
      bounded = bounded.atSchema(bounded.schema() - 1);
    }
    return bounded;
  }

  static int size(Histogram histogram) {
    return histogram.positive().size() + histogram.negative().size();
  }
}
