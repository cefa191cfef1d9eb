package io.pharos.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;

/// The `global` section.
///
/// @param ruleQueryOffset how far in the past rules are evaluated
/// @param externalLabels added to alerts and remote data, environment variables already put in
/// @param limits what scrape configurations inherit
public record GlobalConfig(
    Duration scrapeInterval,
    Duration scrapeTimeout,
    List<ScrapeProtocol> scrapeProtocols,
    Duration evaluationInterval,
    Duration ruleQueryOffset,
    Labels externalLabels,
    SampleLimits limits) {

  /// Prometheus' defaults: every minute, 10 s timeout.
  public static final GlobalConfig DEFAULT =
      new GlobalConfig(
          Duration.ofMinutes(1),
          Duration.ofSeconds(10),
          List.of(ScrapeProtocol.values()),
          Duration.ofMinutes(1),
          Duration.ZERO,
          Labels.empty(),
          SampleLimits.NONE);

  public GlobalConfig {
    requireNonNull(scrapeInterval, "scrapeInterval is null");
    requireNonNull(scrapeTimeout, "scrapeTimeout is null");
    scrapeProtocols = List.copyOf(scrapeProtocols);
    requireNonNull(evaluationInterval, "evaluationInterval is null");
    requireNonNull(ruleQueryOffset, "ruleQueryOffset is null");
    requireNonNull(externalLabels, "externalLabels is null");
    requireNonNull(limits, "limits is null");
  }
}
