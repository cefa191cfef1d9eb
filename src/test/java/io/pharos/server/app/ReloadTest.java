package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.yaml.ConfigException;
import io.pharos.rules.GroupSnapshot;
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

/// A file that can't be read within the bounds stops a reload, and nothing else.
class ReloadTest {
  @TempDir Path folder;
  private Path rules;
  private Path config;
  private Service service;

  @BeforeEach
  void begin() throws IOException {
    rules = folder.resolve("rules.yml");
    Files.writeString(rules, rules(1));
    config = folder.resolve("prometheus.yml");
    Files.writeString(config, "rule_files: [rules.yml]\n");
    Path notifications = folder.resolve("alertmanager.yml");
    Files.writeString(notifications, "route: {receiver: r}\nreceivers: [{name: r}]\n");
    var clock = InstantSource.system();
    var registry = new SimpleMeterRegistry();
    ServeOptions options =
        ServeOptions.parse(
            List.of(
                "--storage.path=" + folder.resolve("data"),
                "--config.file=" + config,
                "--limits.rules=10",
                "--notifications.file=" + notifications),
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
    service.reload();
  }

  @AfterEach
  void end() {
    service.close();
  }

  private static String rules(int groups) {
    var text = new StringBuilder("groups:\n");
    for (int i = 0; i < groups; i++) {
      text.append("- {name: g%d, rules: [{record: r, expr: vector(1)}]}\n".formatted(i));
    }
    return text.toString();
  }

  private void reload_isRefused(String... messages) {
    assertThatThrownBy(() -> service.reload())
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(messages);
    assertThat(service.failedReload().orElseThrow().problem()).contains(messages);
    assertThat(service.rules().groups()).extracting(GroupSnapshot::name).containsExactly("g0");
  }

  @Test
  void reload_deviceAsRuleFile_isRefused() throws IOException {
    Files.writeString(config, "rule_files: [/dev/zero]\n");
    reload_isRefused("/dev/zero: can't be read: is a device, pipe or socket");
  }

  @Test
  void reload_pipeAsRuleFile_isRefused() throws Exception {
    Files.delete(rules);
    assertThat(new ProcessBuilder("mkfifo", rules.toString()).start().waitFor()).isZero();
    reload_isRefused(rules + ": can't be read: is a device, pipe or socket");
  }

  @Test
  void reload_hugeComment_isRefused() throws IOException {
    Files.writeString(rules, ("#" + "x".repeat(1023)).repeat(OutsideFiles.MAX_BYTES / 1024 + 1));
    reload_isRefused(rules + ": can't be read: has ", "bytes or more, expected at most ");
  }

  @Test
  void reload_tooManyRules_isRefused() throws IOException {
    Files.writeString(rules, rules(6));
    reload_isRefused(
        rules + ": has 12 rules and groups; expected at most 10", "--limits.rules", "found 12");
  }

  @Test
  void reload_fileWithTooManyValues_isRefused() throws IOException {
    Files.writeString(rules, "groups: [" + "0,".repeat(OutsideFiles.MAX_BYTES / 2 - 100) + "]");
    reload_isRefused(rules + ":1: expected at most ", "keys and values");
  }

  @Test
  void reload_afterwardsCorrected_succeeds() throws IOException {
    Files.writeString(config, "rule_files: [/dev/zero]\n");
    reload_isRefused("/dev/zero");
    Files.writeString(config, "rule_files: [rules.yml]\n");
    service.reload();
    assertThat(service.failedReload()).isEmpty();
  }
}
