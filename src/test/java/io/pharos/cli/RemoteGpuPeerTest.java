package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.model.Labels;
import io.pharos.promql.remote.EngineProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The rules that a team brings along, as Debian's programs see them.
@Tag("peer")
@Timeout(60)
class RemoteGpuPeerTest {
  @Test
  void promtool_takesAll15() throws Exception {
    Path promtool = Path.of("/usr/bin/promtool");
    assumeTrue(Files.isExecutable(promtool), "promtool is not installed");
    Process process =
        new ProcessBuilder(
                promtool.toString(),
                "check",
                "config",
                RemoteGpuRulesTest.FOLDER.resolve("prometheus.yml").toString())
            .redirectErrorStream(true)
            .start();

    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
        .contains("SUCCESS: 15 rules found");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void check_againstAPrometheus_tellsWhatItNeverHad(@TempDir Path folder) throws Exception {
    try (EngineProcess process = EngineProcess.prometheus(folder)) {
      long now = System.currentTimeMillis();
      var appender = process.samples().appender();
      for (String status : new String[] {"200", "404"}) {
        appender.append(
            Labels.of("__name__", "http_requests_total", "job", "b", "status", status), now, 1);
      }
      appender.append(Labels.of("__name__", "up", "job", "node-exporter"), now, 1);
      appender.commit();
      process.settle();
      Path empty = Files.createDirectory(folder.resolve("empty"));

      RemoteGpuRulesTest.Outcome outcome =
          RemoteGpuRulesTest.check(
              empty, "--against=" + process.url(""), "--label-values.file=" + empty.resolve("no"));

      assertThat(outcome.about("promql/value"))
          .containsExactly(
              "rules/remotegpu.yml:6: info [promql/value] http_requests_total{status=~\"5..\"}: "
                  + process.url("")
                  + " in 7d has had no such series; values of status were 200, 404",
              "rules/remotegpu.yml:86: info [promql/value] up{job=\"remotegpu-backend\"}: "
                  + process.url("")
                  + " in 7d has had no such series; values of job were node-exporter");
      assertThat(outcome.about("promql/series"))
          .anyMatch(line -> line.contains("has had no series of DCGM_FI_DEV_GPU_TEMP"))
          .noneMatch(line -> line.contains("http_requests_total"));
    }
  }

  @Test
  void check_againstAPrometheusWithoutAnAlertmanager_saysThatItsAlertsGoNowhere(
      @TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("some.rules"),
        "groups: [{name: g, rules: [{alert: A, expr: vector(1)}, {record: r, expr: vector(1)}]}]");
    try (EngineProcess process = EngineProcess.prometheus(folder, "rule_files: [some.rules]\n")) {
      Path empty = Files.createDirectory(folder.resolve("empty"));

      assertThat(
              RemoteGpuRulesTest.check(empty, "--against=" + process.url(""))
                  .about("alerts/receiver"))
          .contains(
              "prometheus.yml: error [alerts/receiver] "
                  + process.url("")
                  + " evaluates 1 alerts and has no Alertmanager, so they notify nobody");
    }
  }
}
