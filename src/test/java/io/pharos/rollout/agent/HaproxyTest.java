package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The driver against a real HAProxy with the shipped configuration.
@Tag("peer")
class HaproxyTest {
  @TempDir Path folder;
  private HaproxyRig rig;
  private Haproxy haproxy;

  @BeforeEach
  void start() throws Exception {
    rig = new HaproxyRig(folder, exchange -> HaproxyRig.answer(exchange, 404, ""));
    haproxy = new Haproxy(rig.socket().toString(), "remotegpu", Optional.of(rig.stateFile()));
  }

  @AfterEach
  void stop() throws Exception {
    if (rig != null) {
      rig.close();
    }
  }

  private void await(String what, HaproxyRig.Condition condition) throws Exception {
    HaproxyRig.await(what, Duration.ofSeconds(20), condition, () -> "");
  }

  private BalancedServer server(String name) throws IOException {
    return haproxy.servers().get(name);
  }

  @Test
  void servers_areShownWithHealthAndWeight() throws Exception {
    await("blue's check", () -> server("blue").healthy());
    await("green's check", () -> !server("green").healthy());
    assertThat(haproxy.servers()).containsOnlyKeys("blue", "green");
    assertThat(server("blue").weight()).isEqualTo(100);
    assertThat(server("blue").ready()).isTrue();
    assertThat(server("green").weight()).isZero();
  }

  @Test
  void weights_shareTheTraffic_andNoRequestFails() throws Exception {
    rig.startColor("green", "1");
    await("green's check", () -> server("green").healthy());
    haproxy.setWeights(Map.of("blue", 75, "green", 25), Set.of());
    assertThat(server("blue").weight()).isEqualTo(75);
    rig.served().clear();
    await("400 requests", () -> served("0") + served("1") >= 400);
    assertThat(served("1")).isBetween(80, 120);
    haproxy.setWeights(Map.of("blue", 0, "green", 100), Set.of());
    rig.assertServes("1");
    assertThat(rig.failed()).hasValue(0);
  }

  private int served(String version) {
    var count = rig.served().get(version);
    return count == null ? 0 : count.get();
  }

  @Test
  void weights_ofWhatIsNotThere_areRefused() {
    assertThatThrownBy(() -> haproxy.setWeights(Map.of("red", 5), Set.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No such server");
    assertThatThrownBy(() -> haproxy.setWeights(Map.of("blue", 300), Set.of()))
        .hasMessageContaining("expected 0 to 256");
    assertThatThrownBy(() -> haproxy.setWeights(Map.of("blue;shutdown", 3), Set.of()))
        .hasMessageContaining("expected 1 to 100 letters");
    assertThatThrownBy(
            () -> new Haproxy(rig.socket().toString(), "other", Optional.empty()).servers())
        .hasMessageContaining("Can't find backend");
  }

  @Test
  void weight_takesAServerIntoService_thatSomebodyTookOut() throws Exception {
    await("blue's check", () -> server("blue").healthy());
    new RuntimeSocket(rig.socket().toString(), Duration.ofSeconds(2))
        .send("set server remotegpu/blue state maint");
    assertThat(server("blue").withdrawn()).isTrue();
    haproxy.setWeights(Map.of("blue", 100), Set.of("blue"));
    assertThat(server("blue").ready()).isTrue();
  }

  @Test
  void restart_beginsWithTheWeightsThatWereKept_notWithThoseItHad() throws Exception {
    rig.startColor("green", "1");
    await("green's check", () -> server("green").healthy());
    haproxy.setWeights(Map.of("blue", 25, "green", 75), Set.of());
    haproxy.storeWeights(Map.of("blue", 95, "green", 5));
    var written = Files.getLastModifiedTime(rig.stateFile());
    Thread.sleep(20);
    haproxy.storeWeights(Map.of("blue", 95, "green", 5));
    assertThat(Files.getLastModifiedTime(rig.stateFile())).isEqualTo(written);
    assertThat(server("green").weight()).isEqualTo(75);
    rig.killHaproxy();
    rig.startHaproxy();
    assertThat(server("blue").weight()).isEqualTo(95);
    assertThat(server("green").weight()).isEqualTo(5);
    assertThat(rig.failed()).hasValue(0);
  }

  @Test
  void haproxyAway_isAnError_andTheFileStays() throws Exception {
    haproxy.storeWeights(Map.of("blue", 100, "green", 0));
    String kept = Files.readString(rig.stateFile());
    rig.killHaproxy();
    assertThatThrownBy(haproxy::servers).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> haproxy.storeWeights(Map.of("blue", 0)))
        .isInstanceOf(IOException.class);
    assertThat(rig.stateFile()).hasContent(kept);
  }
}
