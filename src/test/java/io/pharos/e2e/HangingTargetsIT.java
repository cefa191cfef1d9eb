package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged program with few file descriptors, and more targets than that which take a
/// connection and never answer: messages leave as if they were not there.
class HangingTargetsIT {
  private static final int DESCRIPTORS = 512;
  private static final int TARGETS = 700;
  private static final Duration SOON = Duration.ofMinutes(1);

  @TempDir Path folder;

  @Test
  void moreHangingTargetsThanDescriptors_keepNoMessageBack() throws Exception {
    int port = PharosProcess.freePort();
    try (var receiver = new StormReceiver();
        // The kernel takes connections by itself until the queue is full.
        var target = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress())) {
      configure(target.getLocalPort(), receiver.url());
      try (PharosProcess pharos = start(port)) {
        pharos.await("readiness", SOON, pharos::isReady);
        pharos.await("nearly no descriptors", SOON, () -> refused(pharos) > 0);
        for (int i = 0; i < 20; i++) {
          String state = "firing Page" + i;
          String alert = "[{\"labels\":{\"alertname\":\"Page%d\"}}]".formatted(i);
          assertThat(pharos.post("/api/v2/alerts", alert).statusCode()).isEqualTo(200);
          pharos.await(state, SOON, () -> receiver.missing(Set.of(state)).isEmpty());
        }
        assertThat(refused(pharos)).isPositive();
        assertThat(pharos.descriptors()).isLessThanOrEqualTo(DESCRIPTORS - DESCRIPTORS / 8);
        assertThat(pharos.log()).doesNotContain("Too many open files");
      }
    }
  }

  private static double refused(PharosProcess pharos) {
    return pharos
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("pharos_unseen_sources{reason=\"descriptors\"} "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private void configure(int target, String receiver) throws Exception {
    String targets =
        IntStream.range(0, TARGETS)
            .mapToObj(n -> "{targets: ['127.0.0.1:%d'], labels: {n: '%d'}}".formatted(target, n))
            .collect(Collectors.joining(", "));
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 10s, scrape_timeout: 10s}
        scrape_configs: [{job_name: hanging, static_configs: [%s]}]
        """
            .formatted(targets));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}
        receivers: [{name: hook, webhook_configs: [{url: '%s'}]}]
        """
            .formatted(receiver));
  }

  private PharosProcess start(int port) throws Exception {
    return PharosProcess.serveBy(
        List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + " && exec \"$0\" \"$@\""), folder, port);
  }
}
