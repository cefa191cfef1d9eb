package io.pharos.config.prometheus;

import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;

/// The section `global`.
///
/// @param scrapeProtocols accepted protocols. Empty if the file does not set them; then they depend
///   on whether native histograms are scraped
/// @param ruleQueryOffset how far in the past rules are evaluated
/// @param externalLabels labels that are added to alerts and to data for other servers, with
///   environment variables expanded
/// @param histograms defaults of scrape configurations, without limits
public record PrometheusGlobalConfig(
    Duration scrapeInterval,
    Duration scrapeTimeout,
    List<ScrapeProtocol> scrapeProtocols,
    Duration evaluationInterval,
    Duration ruleQueryOffset,
    Labels externalLabels,
    SampleLimits limits,
    HistogramConfig histograms) {

  /// Prometheus' defaults: scrapes each minute with a timeout of 10 s.
  public static final PrometheusGlobalConfig DEFAULT =
      new PrometheusGlobalConfig(
          Duration.ofMinutes(1),
          Duration.ofSeconds(10),
          List.of(),
          Duration.ofMinutes(1),
          Duration.ZERO,
          Labels.empty(),
          SampleLimits.NONE,
          HistogramConfig.CLASSIC);

  public PrometheusGlobalConfig {
    scrapeProtocols = List.copyOf(scrapeProtocols);
  }
}
