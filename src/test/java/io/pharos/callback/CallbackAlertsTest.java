package io.pharos.callback;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.faults.FaultRun;
import io.pharos.faults.FaultRun.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The alert on callbacks, raised by an unavailable Grafana.
class CallbackAlertsTest {
  private static final String PHAROS = "127.0.0.1:9095";

  @TempDir Path folder;

  @Test
  void targetThatStaysAway_isTold() throws Exception {
    Files.writeString(folder.resolve("grafana"), "grafana-token\n");
    try (var grafana = new FakeGrafana(0, "grafana-token");
        var rig =
            new CallbackRig(
                folder.resolve("data"),
                CallbackFile.parse(
                    "callbacks.yml",
                    "grafana: [{name: g, url: '%s', token_file: grafana}]".formatted(grafana.url()),
                    folder));
        var run = new FaultRun(List.of(new Target("pharos", PHAROS, "")), "pharos-trouble")) {
      rig.deploy("k", "");
      rig.tick();
      run.show(Map.of(PHAROS, FaultRun.page(rig.registry)));
      run.pass(Duration.ofMinutes(5));
      assertThat(run.firing()).isEmpty();

      grafana.failing(500);
      rig.deploy("l", "");
      for (int minute = 0; minute < 12; minute++) {
        rig.after(Duration.ofMinutes(1));
      }
      run.show(Map.of(PHAROS, FaultRun.page(rig.registry)));
      run.pass(Duration.ofMinutes(2));
      assertThat(run.firing()).containsExactly("PharosCallbacksWait");
    }
  }
}
