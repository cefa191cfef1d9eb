package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.model.GoFloat;
import io.pharos.model.histogram.Bucket;
import io.pharos.model.histogram.Histogram;
import java.io.IOException;

/// Writes native histograms for the query API: count, sum, and each populated bucket as
/// `[boundaries, lower, upper, count]`.
final class HistogramJson {
  private HistogramJson() {}

  static void write(JsonGenerator json, Histogram histogram) throws IOException {
    json.writeStartObject();
    json.writeStringField("count", GoFloat.json(histogram.count()));
    json.writeStringField("sum", GoFloat.json(histogram.sum()));
    boolean any = false;
    for (Bucket bucket : histogram.buckets()) {
      if (bucket.count() == 0) {
        continue;
      }
      if (!any) {
        json.writeArrayFieldStart("buckets");
        any = true;
      }
      json.writeStartArray();
      json.writeNumber(boundaries(bucket));
      json.writeString(GoFloat.json(bucket.lower()));
      json.writeString(GoFloat.json(bucket.upper()));
      json.writeString(GoFloat.json(bucket.count()));
      json.writeEndArray();
    }
    if (any) {
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  /// Which bounds are inclusive: 0 the upper, 1 the lower, 2 neither, 3 both.
  private static int boundaries(Bucket bucket) {
    if (bucket.lowerInclusive()) {
      return bucket.upperInclusive() ? 3 : 1;
    }
    return bucket.upperInclusive() ? 0 : 2;
  }
}
