package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.model.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlapDetectorTest {
  private static final String ROUTES =
      """
      route: {receiver: a, group_by: [alertname], group_wait: 10s, group_interval: 30s, repeat_interval: 4h}
      receivers: [{name: a, webhook_configs: [{url: 'http://127.0.0.1:9/'}]}]
      """;
  private static final String FLAPPING =
      "flapping: [{matchers: ['alertname=~\"Flap.*\"'], changes: 4, within: 30m, hold: 10m}]\n";

  @TempDir Path folder;
  private AlertmanagerConfig config;
  private NotifierRig rig;

  @BeforeEach
  void start() throws IOException {
    config = NotifierRig.config(folder, ROUTES, FLAPPING);
    rig = new NotifierRig(config);
  }

  /// Fires for a minute, then is calm for a minute.
  private void flap(String name) {
    rig.fire(name);
    rig.advance(60);
    rig.resolve(name);
    rig.advance(60);
  }

  @Test
  void alert_thatFlaps_isOneMessage_untilItIsCalm() {
    flap("Flap");
    assertThat(rig.drain()).containsExactly("10.0 a firing Flap", "70.0 a resolved -Flap");
    flap("Flap"); // its fourth change is the end
    assertThat(rig.drain()).containsExactly("130.0 a firing Flap");
    flap("Flap");
    flap("Flap");
    flap("Flap");
    assertThat(rig.drain()).isEmpty();
    rig.advance(480);
    assertThat(rig.drain()).as("calm for nine minutes").isEmpty();
    rig.advance(90);
    assertThat(rig.drain()).hasSize(1).first().asString().endsWith(" a resolved -Flap");
    assertThat(rig.registry.counter("pharos.notifications.flapping").count()).isEqualTo(4);
  }

  @Test
  void alert_thatFiresAtTheEnd_staysOpen() {
    flap("Flap");
    flap("Flap");
    flap("Flap");
    rig.drain();
    rig.fire("Flap");
    rig.advance(3_000);
    assertThat(rig.drain()).isEmpty();
    rig.resolve("Flap");
    rig.advance(60);
    assertThat(rig.drain()).as("its changes are long ago").hasSize(1);
  }

  @Test
  void end_thatIsPostedAgain_isNotHeldLonger() {
    flap("Flap");
    rig.fire("Flap");
    rig.advance(60);
    rig.drain();
    rig.resolve("Flap");
    for (int i = 0; i < 9; i++) {
      rig.advance(60);
      rig.post(
          "Flap",
          Labels.of(),
          rig.time.instant().minus(Duration.ofMinutes(i + 2L)),
          rig.time.instant().minus(Duration.ofMinutes(i + 1L)));
    }
    assertThat(rig.drain()).isEmpty();
    rig.advance(100);
    assertThat(rig.drain()).hasSize(1);
  }

  @Test
  void otherAlerts_endAtOnce() {
    for (int i = 0; i < 5; i++) {
      flap("Other");
    }
    assertThat(rig.drain()).hasSize(10);
  }

  @Test
  void restart_heldEndStaysHeld() {
    flap("Flap");
    flap("Flap");
    rig.drain();
    rig.killAndStart(config, Duration.ofSeconds(5));
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
    rig.advance(900);
    assertThat(rig.drain()).hasSize(1);
  }
}
