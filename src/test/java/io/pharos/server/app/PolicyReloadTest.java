package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Strategy;
import io.pharos.schedule.LoopRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Gate policies are edited while Pharos runs.
class PolicyReloadTest {
  private static final String POLICY =
      """
      version: "1"
      service: shop
      env: production
      checks:
        version: none
        alerts: {matchers: 'service="shop"'}
      """;

  @TempDir Path folder;
  private Path policy;
  private Service service;

  @BeforeEach
  void begin() throws IOException {
    policy = Files.createDirectory(folder.resolve("gates")).resolve("shop.yml");
    Files.writeString(policy, POLICY);
    Path notifications = folder.resolve("alertmanager.yml");
    Files.writeString(notifications, "route: {receiver: r}\nreceivers: [{name: r}]\n");
    var clock = InstantSource.system();
    var registry = new SimpleMeterRegistry();
    ServeOptions options =
        ServeOptions.parse(
            List.of(
                "--storage.path=" + folder.resolve("data"),
                "--notifications.file=" + notifications,
                "--gates.dir=" + policy.getParent()),
            Map.of(),
            false);
    service =
        new Service(
            options,
            VersionedFiles.read(options),
            clock,
            (_, _, _, _) -> () -> {},
            registry,
            new LoopRegistry(clock, System::nanoTime, registry),
            (_, _) -> (_, _) -> new NotifyResult.Rejected("no mail here"));
  }

  @AfterEach
  void end() {
    service.close();
  }

  private GateRun open(String key) {
    service.releases.deployments.put(
        Announcements.change(
            key, "shop", "production", "v1", "", Strategy.RECREATE, "", "", Map.of(), null));
    return switch (service.releases.gates.open(new GateRequest(key, key, "ci"))) {
      case GateService.Opened.Created(GateRun run) -> run;
      case GateService.Opened other -> throw new AssertionError(other);
    };
  }

  @Test
  void reload_editedPolicy_isThatOfNewGatesOnly() throws IOException {
    GateRun before = open("a");
    Files.writeString(policy, POLICY.replace("version: \"1\"", "version: \"2\""));
    service.reload();
    GateRun after = open("b");
    assertThat(after.policyVersion()).isEqualTo("2");
    assertThat(after.policyHash()).isNotEqualTo(before.policyHash());
    GateRun old = service.releases.gates.find(before.id()).orElseThrow();
    assertThat(old.policyHash()).isEqualTo(before.policyHash());
    assertThat(old.policy().version()).isEqualTo("1");
  }

  @Test
  void reload_brokenPolicy_isRefusedAndTheOldOneStays() throws IOException {
    String hash = open("a").policyHash();
    Files.writeString(policy, POLICY.replace("version: none", "version: nothing"));
    assertThatThrownBy(() -> service.reload())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(policy + ":5:12: checks.version: expected");
    assertThat(service.lastReloadSuccessful()).isFalse();
    assertThat(open("b").policyHash()).isEqualTo(hash);
  }

  @Test
  void reload_policyOfANewService_isFound() throws IOException {
    Files.writeString(
        policy.resolveSibling("other.yml"), POLICY.replace("service: shop", "service: other"));
    service.reload();
    service.releases.deployments.put(
        Announcements.change(
            "k", "other", "production", "v1", "", Strategy.RECREATE, "", "", Map.of(), null));
    assertThat(service.releases.gates.open(new GateRequest("k", "k", "ci")))
        .isInstanceOf(GateService.Opened.Created.class);
  }
}
