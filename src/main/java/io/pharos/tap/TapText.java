package io.pharos.tap;

import java.util.List;
import java.util.Locale;

/// The metrics of a tap in Prometheus' text format 0.0.4.
final class TapText {
  private final TapMeters meters;
  private final StringBuilder out = new StringBuilder(16 << 10);

  TapText(TapMeters meters) {
    this.meters = meters;
  }

  String page() {
    List<TapFamily.Duration> durations = TapFamily.durations(meters);
    head(TapFamily.DURATION, "histogram", TapFamily.DURATION_HELP);
    for (TapFamily.Duration duration : durations) {
      LatencyHistogram.Snapshot it = duration.histogram();
      long below = 0;
      for (int i = 0; i < it.classic().length; i++) {
        below += it.classic()[i];
        String bound =
            i < LatencyHistogram.BOUNDS.length ? number(LatencyHistogram.BOUNDS[i]) : "+Inf";
        sample(TapFamily.DURATION + "_bucket", duration.labels(), bound, (double) below);
      }
      sample(TapFamily.DURATION + "_sum", duration.labels(), "", it.sum());
      sample(TapFamily.DURATION + "_count", duration.labels(), "", (double) it.count());
    }
    for (TapFamily family : TapFamily.of(meters, durations)) {
      head(family.name(), family.type().name().toLowerCase(Locale.ROOT), family.help());
      family
          .samples()
          .forEach(sample -> sample(family.name(), sample.labels(), "", sample.value()));
    }
    return out.toString();
  }

  private void head(String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void sample(String name, List<String> labels, String bound, double value) {
    out.append(name);
    char before = '{';
    for (int i = 0; i < labels.size(); i += 2) {
      out.append(before).append(labels.get(i)).append("=\"");
      escaped(labels.get(i + 1));
      out.append('"');
      before = ',';
    }
    if (!bound.isEmpty()) {
      out.append(before).append("le=\"").append(bound).append('"');
      before = ',';
    }
    out.append(before == '{' ? " " : "} ").append(number(value)).append('\n');
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
