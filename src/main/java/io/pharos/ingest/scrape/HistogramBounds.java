package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.HistogramConfig;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// How fine a native histogram may be; finer ones lose resolution, one schema at a time.
///
/// @param maxSchema the largest exponential schema
/// @param buckets how many buckets there may be, positive and negative together; 0 is no bound
record HistogramBounds(int maxSchema, int buckets) {
  /// The bounds of a configuration: its least factor from bucket to bucket is the largest schema
  /// whose factor, 2^(2^-schema), is not below it.
  static HistogramBounds of(HistogramConfig config) {
    int schema = Histogram.MAX_SCHEMA;
    while (schema > Histogram.MIN_SCHEMA
        && Math.pow(2, Math.pow(2, -schema)) < config.minBucketFactor()) {
      schema--;
    }
    return new HistogramBounds(schema, config.bucketLimit());
  }

  /// The histogram within the bounds, or null where that can't be: custom buckets have no lower
  /// resolution, exponential ones have a lowest.
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
