package io.pharos.model.histogram;

import io.pharos.model.GoFloat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Formats histograms.
final class HistogramText {
  private HistogramText() {}

  /// Formats a histogram in Go's notation (prometheus `FloatHistogram.String`).
  static String of(Histogram histogram) {
    var text = new StringBuilder("{count:").append(GoFloat.general(histogram.count()));
    text.append(", sum:").append(GoFloat.general(histogram.sum()));
    int[] below = histogram.negative().indexes();
    for (int i = below.length - 1; i >= 0; i--) {
      append(text, histogram.negativeBucket(below[i], histogram.negative().count(i)));
    }
    append(text, histogram.zeroBucket());
    int[] above = histogram.positive().indexes();
    for (int i = 0; i < above.length; i++) {
      append(text, histogram.positiveBucket(above[i], histogram.positive().count(i)));
    }
    return text.append('}').toString();
  }

  private static void append(StringBuilder text, Bucket bucket) {
    if (bucket.count() != 0) {
      text.append(", ").append(bucket);
    }
  }

  /// Formats a histogram in the notation of rule unit tests. Each side has one list of buckets,
  /// with zeros for gaps.
  static String notation(Histogram histogram) {
    var parts = new ArrayList<String>();
    if (histogram.schema() != 0) {
      parts.add("schema:" + histogram.schema());
    }
    addNumber(parts, "count", histogram.count());
    addNumber(parts, "sum", histogram.sum());
    addNumber(parts, "z_bucket", histogram.zeroCount());
    addNumber(parts, "z_bucket_w", histogram.zeroThreshold());
    if (histogram.hasCustomBuckets()) {
      parts.add("custom_values:" + list(histogram.rawCustomValues()));
    }
    if (histogram.hint() != ResetHint.UNKNOWN) {
      parts.add("counter_reset_hint:" + histogram.hint().name().toLowerCase(Locale.ROOT));
    }
    addBuckets(parts, "offset", "buckets", histogram.positive());
    addBuckets(parts, "n_offset", "n_buckets", histogram.negative());
    return "{{" + String.join(" ", parts) + "}}";
  }

  private static void addNumber(List<String> parts, String key, double value) {
    if (value != 0) {
      parts.add(key + ":" + GoFloat.general(value));
    }
  }

  private static void addBuckets(
      List<String> parts, String offsetKey, String key, Histogram.Buckets buckets) {
    Histogram.Buckets populated = buckets.compacted();
    if (populated.size() == 0) {
      return;
    }
    int[] indexes = populated.indexes();
    int offset = indexes[0];
    if (offset != 0) {
      parts.add(offsetKey + ":" + offset);
    }
    double[] counts = new double[indexes[indexes.length - 1] - offset + 1];
    for (int i = 0; i < indexes.length; i++) {
      counts[indexes[i] - offset] = populated.count(i);
    }
    parts.add(key + ":" + list(counts));
  }

  private static String list(double[] values) {
    return Arrays.stream(values)
        .mapToObj(GoFloat::general)
        .collect(Collectors.joining(" ", "[", "]"));
  }
}
