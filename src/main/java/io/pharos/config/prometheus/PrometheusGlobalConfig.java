package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;

/// The `global` section.
///
/// @param scrapeProtocols what targets are asked for; none where the file does not say, so that it
///   depends on whether native histograms are wanted
/// @param ruleQueryOffset how far in the past rules are evaluated
/// @param externalLabels added to alerts and remote data, environment variables already put in
/// @param limits what scrape configurations inherit
/// @param histograms what scrape configurations inherit, without the bounds
public record PrometheusGlobalConfig(
    Duration scrapeInterval,
    Duration scrapeTimeout,
    List<ScrapeProtocol> scrapeProtocols,
    Duration evaluationInterval,
    Duration ruleQueryOffset,
    Labels externalLabels,
    SampleLimits limits,
    HistogramConfig histograms) {

  /// Prometheus' defaults: every minute, 10 s timeout.
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
    requireNonNull(scrapeInterval, "scrapeInterval is null");
    requireNonNull(scrapeTimeout, "scrapeTimeout is null");
    scrapeProtocols = List.copyOf(scrapeProtocols);
    requireNonNull(evaluationInterval, "evaluationInterval is null");
    requireNonNull(ruleQueryOffset, "ruleQueryOffset is null");
    requireNonNull(externalLabels, "externalLabels is null");
    requireNonNull(limits, "limits is null");
    requireNonNull(histograms, "histograms is null");
  }
}
