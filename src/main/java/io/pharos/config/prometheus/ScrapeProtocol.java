package io.pharos.config.prometheus;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A format of scrape responses, with Prometheus' name for it.
public enum ScrapeProtocol {
  PROTOBUF(
      "PrometheusProto",
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"),
  OPENMETRICS_1_0_0("OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0"),
  OPENMETRICS_0_0_1("OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1"),
  TEXT_1_0_0("PrometheusText1.0.0", "text/plain;version=1.0.0"),
  TEXT_0_0_4("PrometheusText0.0.4", "text/plain;version=0.0.4");

  /// The formats that a scrape requests by default.
  public static final List<ScrapeProtocol> TEXTS =
      List.of(OPENMETRICS_1_0_0, OPENMETRICS_0_0_1, TEXT_1_0_0, TEXT_0_0_4);

  /// The formats that a scrape requests if native histograms are enabled.
  public static final List<ScrapeProtocol> PROTOBUF_FIRST = List.of(values());

  private final String configName;
  private final String mediaRange;

  ScrapeProtocol(String configName, String mediaRange) {
    this.configName = configName;
    this.mediaRange = mediaRange;
  }

  /// Returns the media range that the `Accept` header contains.
  public String mediaRange() {
    return mediaRange;
  }

  static Optional<ScrapeProtocol> of(String configName) {
    return Arrays.stream(values())
        .filter(protocol -> protocol.configName.equals(configName))
        .findFirst();
  }
}
