package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.trouble.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The shipped alerts on Pharos' own trouble, raised by the trouble itself and told by the Pharos
/// that has it. Their times are shortened, nothing else.
class TroubleAlertsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void damageDescriptorsDiskAndDeliveries_areToldWhileTheyLastAndNoLonger() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "64m");
        var receiver = new StormReceiver()) {
      Path data = disk.folder().resolve("data");
      byte[] garbage = new byte[1 << 16];
      new Random(1).nextBytes(garbage);
      Files.createDirectories(data.resolve("store"));
      Files.write(data.resolve("store/pharos.mv.db"), garbage);
      try (PharosProcess pharos = start(data, receiver)) {
        told(pharos, receiver, "firing PharosDataDamaged");
        told(pharos, receiver, "firing PharosDeliveriesWait");
        assertThat(receiver.states()).noneMatch(it -> it.endsWith("PharosDescriptorsRunningOut"));

        limitDescriptors(pharos, open(pharos) * 10 / 9);
        told(pharos, receiver, "firing PharosDescriptorsRunningOut");
        limitDescriptors(pharos, 4096);
        told(pharos, receiver, "resolved PharosDescriptorsRunningOut");

        assertThat(receiver.states()).noneMatch(it -> it.endsWith("PharosLogNotWritten"));
        disk.fill();
        told(pharos, receiver, "firing PharosLogNotWritten");
        disk.free();
        told(pharos, receiver, "resolved PharosLogNotWritten");
        assertThat(receiver.missing(Set.of("resolved PharosDataDamaged")))
            .as("what was lost stays lost")
            .isNotEmpty();
      }
    }
  }

  private static long open(PharosProcess pharos) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pharos.pid() + "/fd"))) {
      return open.count();
    }
  }

  private static void limitDescriptors(PharosProcess pharos, long most) throws Exception {
    Process process =
        new ProcessBuilder("prlimit", "--pid=" + pharos.pid(), "--nofile=" + most + ":4096")
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
  }

  private static void told(PharosProcess pharos, StormReceiver receiver, String state)
      throws Exception {
    var _ =
        pharos.await("the message " + state, SOON, () -> receiver.missing(Set.of(state)).isEmpty());
  }

  private PharosProcess start(Path data, StormReceiver receiver) throws Exception {
    int port = PharosProcess.freePort();
    int nobody = PharosProcess.freePort();
    Files.writeString(
        folder.resolve("trouble.yml"),
        Files.readString(Path.of("alert-rules/pharos-trouble.yml"))
            .replaceAll("for: \\d+m", "for: 1s")
            .replaceAll("\\[\\d+[mh]\\]", "[10s]"));
    Files.writeString(
        folder.resolve("stuck.yml"),
        "groups: [{name: stuck, rules: [{alert: Stuck, expr: vector(1)}]}]\n");
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: [trouble.yml, stuck.yml]
        scrape_configs:
          - {job_name: pharos, static_configs: [{targets: ['127.0.0.1:%d']}]}
        """
            .formatted(port));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route:
          receiver: hook
          group_by: [alertname]
          group_wait: 0s
          group_interval: 1s
          routes: [{receiver: away, matchers: [alertname=Stuck]}]
        receivers:
          - {name: hook, webhook_configs: [{url: '%s'}]}
          - {name: away, webhook_configs: [{url: 'http://127.0.0.1:%d/'}]}
        """
            .formatted(receiver.url(), nobody));
    PharosProcess pharos =
        PharosProcess.start(
            folder.resolve("log"),
            "http://127.0.0.1:" + port,
            List.of(
                "serve",
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--probes.dir=",
                "--gates.dir=",
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + data,
                "--web.listen-address=127.0.0.1:" + port));
    var _ = pharos.await("answering", SOON, () -> answers(pharos));
    return pharos;
  }

  /* Ready it may not be: it says what it has lost. */
  private static boolean answers(PharosProcess pharos) {
    try {
      return pharos.get("/-/healthy").statusCode() == 200;
    } catch (IllegalStateException _) { // nobody listens yet
      return false;
    }
  }
}
