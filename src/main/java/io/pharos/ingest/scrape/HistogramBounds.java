package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.HistogramConfig;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Bounds on the resolution of native histograms; finer ones are reduced one schema at a time.
///
/// @param maxSchema the finest exponential schema
/// @param buckets maximum number of positive and negative buckets together; 0 for no bound
record HistogramBounds(int maxSchema, int buckets) {
  /// The bounds of a configuration. Its smallest factor between buckets becomes the largest schema
  /// whose factor, 2^(2^-schema), is not smaller.
  static HistogramBounds of(HistogramConfig config) {
    int schema = Histogram.MAX_SCHEMA;
    while (schema > Histogram.MIN_SCHEMA
        && Math.pow(2, Math.pow(2, -schema)) < config.minBucketFactor()) {
      schema--;
    }
    return new HistogramBounds(schema, config.bucketLimit());
  }

  /// Returns the histogram within the bounds; null if that is impossible, because custom buckets
  /// have no lower resolution and exponential ones a lowest.
  @Nullable Histogram apply(Histogram histogram) {
    Histogram bounded = histogram;
    if (!bounded.hasCustomBuckets() && bounded.schema() > maxSchema) {
      bounded = bounded.atSchema(maxSchema);
    }
    while (buckets > 0 && size(bounded) > buckets) {
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
