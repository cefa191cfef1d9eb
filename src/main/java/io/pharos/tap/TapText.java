package io.pharos.tap;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;

/// Writes the metrics of a tap in Prometheus' text format 0.0.4 or in OpenMetrics 1.0. Both formats
/// write the same text for a bucket bound, because the bound is part of the series' identity.
final class TapText {
  private static final String TOTAL = "_total";

  private final TapMeters meters;
  private final boolean openMetrics;
  private final StringBuilder out = new StringBuilder(16 << 10);

  TapText(TapMeters meters, boolean openMetrics) {
    this.meters = meters;
    this.openMetrics = openMetrics;
  }

  String page() {
    List<TapFamily.Duration> durations = TapFamily.durations(meters);
    head(TapFamily.DURATION, "histogram", TapFamily.DURATION_HELP);
    for (TapFamily.Duration duration : durations) {
      LatencyHistogram.Snapshot histogram = duration.histogram();
      long total = 0;
      for (int i = 0; i < histogram.classic().length; i++) {
        total += histogram.classic()[i];
        String bound =
            i < LatencyHistogram.BOUNDS.length ? number(LatencyHistogram.BOUNDS[i]) : "+Inf";
        sample(TapFamily.DURATION + "_bucket", duration.labels(), bound, (double) total);
        LatencyHistogram.Trace trace = histogram.traces()[i];
        if (openMetrics && trace != null) {
          exemplar(trace);
        }
        out.append('\n');
      }
      line(TapFamily.DURATION + "_sum", duration.labels(), histogram.sum());
      line(TapFamily.DURATION + "_count", duration.labels(), (double) histogram.count());
    }
    for (TapFamily family : TapFamily.of(meters, durations)) {
      head(family.name(), family.type().name().toLowerCase(Locale.ROOT), family.help());
      family.samples().forEach(sample -> line(family.name(), sample.labels(), sample.value()));
    }
    if (openMetrics) {
      out.append("# EOF\n");
    }
    return out.toString();
  }

  private void head(String name, String type, String help) {
    // OpenMetrics names a counter family without the suffix of its samples.
    String family =
        openMetrics && name.endsWith(TOTAL)
            ? name.substring(0, name.length() - TOTAL.length())
            : name;
    out.append("# HELP ").append(family).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(family).append(' ').append(type).append('\n');
  }

  private void exemplar(LatencyHistogram.Trace trace) {
    out.append(" # {").append(LatencyHistogram.TRACE_ID).append("=\"");
    escaped(trace.id());
    out.append("\"} ").append(number(trace.seconds())).append(' ');
    out.append(BigDecimal.valueOf(trace.endedMillis(), 3).toPlainString());
  }

  private void line(String name, List<String> labels, double value) {
    sample(name, labels, "", value);
    out.append('\n');
  }

  private void sample(String name, List<String> labels, String bound, double value) {
    out.append(name);
    char opening = '{';
    for (int i = 0; i < labels.size(); i += 2) {
      out.append(opening).append(labels.get(i)).append("=\"");
      escaped(labels.get(i + 1));
      out.append('"');
      opening = ',';
    }
    if (!bound.isEmpty()) {
      out.append(opening).append("le=\"").append(bound).append('"');
      opening = ',';
    }
    out.append(opening == '{' ? " " : "} ").append(number(value));
  }

  private void escaped(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        case '\n' -> out.append("\\n");
        default -> out.append(c);
      }
    }
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
