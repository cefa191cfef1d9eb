package io.pharos.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.PromDuration;
import io.pharos.rules.RuleFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Checks the settings of deploy/loki/loki.yml that other files depend on, without a Loki.
class LokiConfigTest {
  private static final Path PATH = Path.of("deploy/loki/loki.yml");
  private static final YamlMap FILE = YamlFile.read(PATH);

  private static YamlMap map(String name) {
    return FILE.require(name).asMap();
  }

  private static Duration limit(String name) {
    return PromDuration.parse(map("limits_config").string(name, ""));
  }

  /// Structured metadata needs both, and so does the index.
  @Test
  void schema_isTheOneThatHasStructuredMetadata() {
    List<YamlMap> schemas =
        map("schema_config").require("configs").asList().stream().map(it -> it.asMap()).toList();
    assertThat(schemas).hasSize(1);
    assertThat(schemas.getFirst().string("schema", "")).isEqualTo("v13");
    assertThat(schemas.getFirst().string("store", "")).isEqualTo("tsdb");
    assertThat(schemas.getFirst().require("index").asMap().string("period", "")).isEqualTo("24h");
    assertThat(map("limits_config").bool("allow_structured_metadata", false)).isTrue();
  }

  /// A retention period needs a compactor that deletes, and a store for its requests.
  @Test
  void retention_isDoneByTheCompactor_andOlderLinesAreNotTaken() {
    assertThat(map("compactor").bool("retention_enabled", false)).isTrue();
    assertThat(map("compactor").string("delete_request_store", "")).isEqualTo("filesystem");
    assertThat(limit("retention_period")).isEqualTo(limit("reject_old_samples_max_age"));
    assertThat(limit("retention_period").toHours() % 24).as("whole periods of the index").isZero();
  }

  @Test
  void queriesOfRules_areNotLongerThanItAllows() {
    Pattern time = Pattern.compile("\\[([0-9a-z]+)]( offset ([0-9a-z]+))?");
    for (Path file : RuleFile.find(Path.of("alert-rules"), List.of("loki/*.yml"))) {
      RuleFile.readLogRules(file).groups().stream()
          .flatMap(group -> group.rules().stream())
          .flatMap(rule -> time.matcher(rule.expression().text()).results())
          .forEach(
              it -> {
                Duration offset =
                    it.group(3) == null ? Duration.ZERO : PromDuration.parse(it.group(3));
                assertThat(PromDuration.parse(it.group(1)).plus(offset))
                    .isLessThan(limit("max_query_length"))
                    .isLessThan(limit("retention_period"));
              });
    }
  }

  /// Each group evaluates all lines, without a gap between evaluations.
  @Test
  void rangesOfRules_areNotShorterThanTheIntervalOfTheirGroup() {
    Pattern range = Pattern.compile("\\[([0-9a-z]+)]");
    for (Path file : RuleFile.find(Path.of("alert-rules"), List.of("loki/*.yml"))) {
      RuleFile.readLogRules(file)
          .groups()
          .forEach(
              group -> {
                assertThat(group.interval()).as(group.name()).isNotNull();
                assertThat(group.queryOffset()).as(group.name()).isNotNull();
                group
                    .rules()
                    .forEach(
                        rule ->
                            range
                                .matcher(rule.expression().text())
                                .results()
                                .forEach(
                                    it ->
                                        assertThat(PromDuration.parse(it.group(1)))
                                            .as(rule.name())
                                            .isGreaterThan(group.interval())));
              });
    }
  }

  /// Its file system is read-only except the volume.
  @Test
  void everyFolder_isInTheVolume() throws Exception {
    List<String> folders =
        Pattern.compile("(?m)(?:dir|directory|prefix): (/\\S+)$")
            .matcher(Files.readString(PATH))
            .results()
            .map(it -> it.group(1))
            .toList();
    assertThat(folders)
        .hasSizeGreaterThan(4)
        .allMatch(it -> it.equals("/loki") || it.startsWith("/loki/"));
    assertThat(Files.readString(Path.of("docker-compose.yml"))).contains("- loki-data:/loki\n");
  }

  /// One push is one message inside Loki too.
  @Test
  void messages_areAsLargeAsWhatAlloyPushes() {
    assertThat(map("server").integer("grpc_server_max_recv_msg_size", 0))
        .isGreaterThanOrEqualTo(4 << 20);
    assertThat(map("limits_config").integer("max_label_names_per_series", 0)).isBetween(6, 15);
  }
}
