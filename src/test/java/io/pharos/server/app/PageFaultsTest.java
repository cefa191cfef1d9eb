package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.prometheus.SampleLimits;
import io.pharos.gate.deployment.MatcherList;
import io.pharos.ingest.scrape.ScrapeRecord;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.ingest.scrape.TargetsSnapshot.Health;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a gate says about the metrics page of a candidate.
class PageFaultsTest {
  private final List<TargetsSnapshot.ActiveTarget> targets = new ArrayList<>();

  private Duration skew = Duration.ZERO;

  private void target(String url, Health health, String error, String... labels) {
    targets.add(
        new TargetsSnapshot.ActiveTarget(
            Labels.of(labels),
            Labels.of(labels),
            "pool",
            url,
            url,
            error,
            null,
            Duration.ZERO,
            health,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Map.of(),
            skew,
            SampleLimits.NONE,
            Instant.EPOCH,
            ScrapeRecord.NONE));
  }

  private Optional<String> of(String selector) {
    var faults = new PageFaults(() -> new TargetsSnapshot(targets, List.of(), List.of()));
    return faults.of(MatcherList.parse(selector));
  }

  @Test
  void pageOfTheSelectedTarget_isNamedWithItsFaultAndWhatToDo() {
    target("http://10.0.0.7:8080/metrics", Health.UP, "", "job", "shop", "color", "blue");
    target(
        "http://10.0.0.8:8080/metrics",
        Health.DOWN,
        "http://10.0.0.8:8080/metrics: the body ends 1200 bytes too early",
        "job",
        "shop",
        "color",
        "green");
    assertThat(of("job=\"shop\", color=\"green\", path!~\"/health\""))
        .hasValue(
            "the page http://10.0.0.8:8080/metrics fails (the body ends 1200 bytes too early); fix it, or the scrape job");
    assertThat(of("job=\"shop\", color=\"blue\"")).isEmpty();
  }

  @Test
  void timesThatAreAheadOrBehind_areNamed() {
    skew = Duration.ofMillis(600_004);
    target("http://10.0.0.7:8080/metrics", Health.UP, "", "job", "shop");
    assertThat(of("job=\"shop\""))
        .hasValue(
            "the times on the page http://10.0.0.7:8080/metrics are 10m ahead of Pharos' clock; set the clocks, or honor_timestamps: false");
    targets.clear();
    skew = Duration.ofMinutes(-2);
    target("http://10.0.0.7:8080/metrics", Health.UP, "", "job", "shop");
    assertThat(of("job=\"shop\"").orElseThrow()).contains("are 2m behind Pharos' clock");
    targets.clear();
    skew = Duration.ofSeconds(-30);
    target("http://10.0.0.7:8080/metrics", Health.UP, "", "job", "shop");
    assertThat(of("job=\"shop\"")).isEmpty();
  }

  @Test
  void pageNotYetScraped_isNoFault() {
    target("http://10.0.0.7:8080/metrics", Health.UNKNOWN, "", "job", "shop");
    assertThat(of("job=\"shop\"")).isEmpty();
  }

  @Test
  void selectorWithoutAJob_namesNobodysPage() {
    target("http://10.0.0.7:8080/metrics", Health.DOWN, "connection refused", "job", "shop");
    assertThat(of("color=\"green\"")).isEmpty();
  }

  @Test
  void longAddressAndFault_areCut() {
    target("http://" + "a".repeat(80) + "/metrics", Health.DOWN, "b".repeat(200), "job", "shop");
    assertThat(of("job=\"shop\"").orElseThrow())
        .isEqualTo(
            "the page http://%s… fails (%s…); fix it, or the scrape job"
                .formatted("a".repeat(37), "b".repeat(59)))
        .hasSizeLessThanOrEqualTo(150);
  }
}
