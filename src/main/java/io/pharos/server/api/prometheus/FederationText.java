package io.pharos.server.api.prometheus;

import io.pharos.model.GoFloat;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;

/// Prometheus' text format, version 0.0.4, without native histograms.
final class FederationText extends FederationPage {
  private final StringBuilder out = new StringBuilder();
  private String family = "";

  FederationText(Labels external, boolean utf8) {
    super(external, utf8);
  }

  @Override
  void add(Labels labels, Sample sample) {
    String name = labels.metricName();
    if (name.isEmpty() || sample.histogram() != null) {
      return;
    }
    boolean quoted = isUnusual(name);
    String written = quoted ? Quoted.of(name) : metric(name);
    if (!name.equals(family)) {
      out.append("# TYPE ").append(written).append(" untyped\n");
      family = name;
    }
    out.append(quoted ? "{" + written + "," : written + "{");
    eachLabel(labels, this::writeLabel);
    out.setCharAt(out.length() - 1, '}');
    out.append(' ')
        .append(GoFloat.general(sample.value()))
        .append(' ')
        .append(sample.timestampMillis())
        .append('\n');
  }

  /* There is at least one label, so a brace replaces the last comma. */
  private void writeLabel(String name, String value) {
    String known = label(name);
    out.append(LabelName.isLegacy(known) ? known : Quoted.of(known))
        .append("=\"")
        .append(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\""))
        .append("\",");
  }

  @Override
  byte[] bytes() {
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  String contentType() {
    return "text/plain; version=0.0.4; charset=utf-8";
  }
}
