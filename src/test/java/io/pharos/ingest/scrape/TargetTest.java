package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.model.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TargetTest {
  private static Target.Resolution resolve(String more, Labels labels, String address) {
    ScrapeConfig config =
        PrometheusConfig.parse(
                "p.yml", "scrape_configs:\n- job_name: j\n  " + more, Path.of("/"), Map.of())
            .scrapeConfigs()
            .getFirst();
    return Target.resolve(config, labels, address);
  }

  private static Target active(String more, Labels labels, String address) {
    return ((Target.Resolution.Active) resolve(more, labels, address)).target();
  }

  private static String reason(String more, String address) {
    return ((Target.Resolution.Invalid) resolve(more, Labels.empty(), address)).reason();
  }

  @Test
  void resolve_plainAddress_hasTheDefaults() {
    Target target = active("", Labels.of("env", "x", "__meta_filepath", "f"), "h:1");

    assertThat(target.url()).hasToString("http://h:1/metrics");
    assertThat(target.labels()).isEqualTo(Labels.of("env", "x", "instance", "h:1", "job", "j"));
    assertThat(target.discovered().toMap())
        .containsEntry("__address__", "h:1")
        .containsEntry("__meta_filepath", "f")
        .containsEntry("__metrics_path__", "/metrics")
        .containsEntry("__scheme__", "http")
        .containsEntry("__scrape_interval__", "1m")
        .containsEntry("__scrape_timeout__", "10s");
  }

  @Test
  void resolve_relabelledLikeBlackbox_probesTheTargetThroughTheProber() {
    Target target =
        active(
            """
            metrics_path: probe
              params: {module: [http 2xx], target: [none, kept]}
              relabel_configs:
              - {source_labels: [__address__], target_label: __param_target}
              - {source_labels: [__param_target], target_label: instance}
              - {target_label: __address__, replacement: 'b:9115'}
              - {target_label: __scheme__, replacement: https}
              - {target_label: __scrape_interval__, replacement: 30s}
              - {target_label: __scrape_timeout__, replacement: 3s}
            """,
            Labels.empty(),
            "h:1");

    assertThat(target.url())
        .hasToString("https://b:9115/probe?module=http+2xx&target=h%3A1&target=kept");
    assertThat(target.labels().get("instance")).isEqualTo("h:1");
    assertThat(target.interval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(target.timeout()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void resolve_dropped_keepsWhatWasDiscovered() {
    var resolution =
        resolve(
            "relabel_configs: [{source_labels: [env], regex: x, action: drop}]",
            Labels.of("env", "x"),
            "h:1");

    assertThat(resolution).isInstanceOf(Target.Resolution.Dropped.class);
  }

  @Test
  void resolve_impossible_saysWhy() {
    String step = "relabel_configs: [{target_label: %s, replacement: '%s'}]";

    assertThat(reason(step.formatted("__address__", ""), "h:1")).contains("expected host:port");
    assertThat(reason(step.formatted("__address__", "a/b"), "h:1"))
        .contains("found address \"a/b\"");
    assertThat(reason(step.formatted("__scheme__", "ftp"), "h:1")).contains("found scheme \"ftp\"");
    assertThat(reason(step.formatted("__scrape_timeout__", "2m"), "h:1"))
        .contains("found a scrape timeout of 2m, expected at most the interval of 1m");
    assertThat(reason(step.formatted("__scrape_interval__", "x"), "h:1")).contains("duration");
    assertThat(reason(step.formatted("__scrape_interval__", "0s"), "h:1")).contains("found a");
    assertThat(reason(step.formatted("__metrics_path__", "a b"), "h:1")).contains("not a URL");
    assertThat(reason("", "my_host:1")).contains("no underscore");
  }

  @Test
  void offset_manyTargets_isSpreadOverTheInterval() {
    long[] tenths = new long[10];
    IntStream.range(0, 1000)
        .forEach(
            i -> {
              long offset = active("", Labels.empty(), "10.0.0.1:" + (9000 + i)).offsetMillis();
              tenths[(int) (offset / 6000)]++;
            });

    for (long count : tenths) {
      assertThat(count).isBetween(50L, 160L);
    }
  }
}
