package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The process stands still for longer than alerts are valid and than samples count as now, as in a
/// machine that is paused, and goes on.
@Tag("nightly")
class StandstillIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void standstill_longerThanAlertsAreValid_endsNothingAndTellsNothingTwice() throws Exception {
    int port = PharosProcess.freePort();
    try (var receiver = new StormReceiver();
        var shop = new ShopBackend(port);
        PharosProcess pharos = start(receiver, port)) {
      var _ = pharos.await("being ready", SOON, pharos::isReady);
      var _ = pharos.await("the shop being well", SOON, () -> isWell(pharos, receiver));
      receiver.forget(); // nothing was there before the first scrape
      shop.stop();
      told(pharos, receiver, "firing ShopDown");
      post(pharos);
      told(pharos, receiver, "firing Outside");
      // An answer that Pharos has not read when it stops comes too late, and is asked for again.
      var _ =
          pharos.await(
              "the answers being recorded",
              SOON,
              () ->
                  !pharos
                      .get("/api/pharos/v1/notifications")
                      .body()
                      .contains("\"status\":\"pending\""));

      pharos.signal("STOP");
      TimeUnit.SECONDS.sleep(18);
      pharos.signal("CONT");
      TimeUnit.SECONDS.sleep(3);
      post(pharos);
      TimeUnit.SECONDS.sleep(3);
      assertThat(receiver.states()).containsExactly("firing Outside", "firing ShopDown");
      assertThat(receiver.messages()).isEqualTo(2);

      shop.start();
      told(pharos, receiver, "resolved ShopDown");
      told(pharos, receiver, "resolved Outside");
      assertThat(receiver.messages()).isEqualTo(4);
      assertThat(pharos.log()).contains("Pharos did not run from ", ", or the clock was set ahead");
    }
  }

  /* As a Prometheus that renews its alert every few seconds. */
  private static void post(PharosProcess pharos) throws Exception {
    String body =
        "[{\"labels\":{\"alertname\":\"Outside\"},\"endsAt\":\"%s\"}]"
            .formatted(Instant.now().plusSeconds(8));
    assertThat(pharos.post("/api/v2/alerts", body).statusCode()).isEqualTo(200);
  }

  /* The end of what fired before the first scrape is decided at its group's next turn, when nothing
   * of it is left anywhere but here. What was received is read last: a message on its way while the
   * others are asked would be seen by none of them. */
  private static boolean isWell(PharosProcess pharos, StormReceiver receiver) {
    return !pharos.query("rate(http_request_duration_seconds_count[5s]) > 0").isEmpty()
        && pharos.query("ALERTS").isEmpty()
        && pharos.hasToldAll()
        && receiver.hasToldEnds();
  }

  private static void told(PharosProcess pharos, StormReceiver receiver, String state)
      throws Exception {
    var _ =
        pharos.await("the message " + state, SOON, () -> receiver.missing(Set.of(state)).isEmpty());
  }

  private PharosProcess start(StormReceiver receiver, int port) throws Exception {
    Path configuration = new Storm(receiver).configuration(folder);
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: [rules.yml]
        scrape_configs:
          - {job_name: shop, static_configs: [{targets: ['127.0.0.1:%d']}]}
        """
            .formatted(port));
    Files.writeString(
        folder.resolve("rules.yml"),
        """
        groups:
          - name: shop
            rules:
              - {alert: ShopDown, expr: 'up == 0', for: 2s, labels: {severity: critical}}
              - {alert: ShopAbsent, expr: absent(up), labels: {severity: critical}}
        """);
    int web = PharosProcess.freePort();
    return PharosProcess.start(
        folder.resolve("pharos.log"),
        "http://127.0.0.1:" + web,
        List.of(
            "serve",
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--probes.dir=",
            "--gates.dir=",
            "--notifications.file=" + configuration,
            "--storage.path=" + folder.resolve("data"),
            "--rules.alert.resend-delay=1s",
            "--query.lookback-delta=5s",
            "--web.listen-address=127.0.0.1:" + web));
  }
}
