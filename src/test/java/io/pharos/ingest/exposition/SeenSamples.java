package io.pharos.ingest.exposition;

import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A sink that records everything it receives.
final class SeenSamples implements SampleSink {
  final List<String> samples = new ArrayList<>();
  final List<String> metadata = new ArrayList<>();

  @Override
  public void sample(RawText series, double value, long millis) throws ExpositionException {
    samples.add(name(series) + " " + GoFloat.plain(value) + at(millis));
  }

  @Override
  public void histogram(RawText series, Histogram histogram, long millis)
      throws ExpositionException {
    samples.add(name(series) + " " + text(histogram) + at(millis));
  }

  @Override
  public void exemplar(Labels labels, double value, long millis) {
    samples.add("# " + labels + " " + GoFloat.plain(value) + at(millis));
  }

  private static String name(RawText series) throws ExpositionException {
    Labels labels = series.labels();
    return labels.metricName() + labels.withoutMetricName();
  }

  private static String at(long millis) {
    return millis == NO_TIMESTAMP ? "" : " @" + millis;
  }

  @Override
  public boolean wants(RawText line) {
    return true;
  }

  @Override
  public void metadata(SampleSink.MetadataKind kind, String metric, String text) {
    metadata.add(kind + " " + metric + " " + text);
  }

  private static String text(Histogram histogram) {
    var text = new StringBuilder("{schema:" + histogram.schema());
    text.append(" count:").append(GoFloat.plain(histogram.count()));
    text.append(" sum:").append(GoFloat.plain(histogram.sum()));
    if (histogram.zeroThreshold() != 0 || histogram.zeroCount() != 0) {
      text.append(" zero:").append(GoFloat.plain(histogram.zeroCount()));
      text.append("/").append(GoFloat.plain(histogram.zeroThreshold()));
    }
    side(text, " +", histogram.positive());
    side(text, " -", histogram.negative());
    if (histogram.hasCustomBuckets()) {
      text.append(" bounds:").append(Arrays.toString(histogram.customValues()));
    }
    if (histogram.hint() != ResetHint.UNKNOWN) {
      text.append(" ").append(histogram.hint());
    }
    return text.append("}").toString();
  }

  private static void side(StringBuilder text, String sign, Buckets buckets) {
    int at = 0;
    for (var span : buckets.spans()) {
      text.append(sign).append(span.offset()).append(":");
      for (int i = 0; i < span.length(); i++) {
        text.append(i == 0 ? "" : ",").append(GoFloat.plain(buckets.count(at++)));
      }
    }
  }
}
