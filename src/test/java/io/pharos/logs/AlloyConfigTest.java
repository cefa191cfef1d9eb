package io.pharos.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.re2j.Pattern;
import io.pharos.logql.LogqlQuery;
import io.pharos.logs.AlloyFile.Block;
import io.pharos.logs.AlloyFile.Reference;
import io.pharos.logs.AlloyPipeline.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/// Checks deploy/alloy/config.alloy without an Alloy: its structure, and its stages with lines of
/// RemoteGPU.
class AlloyConfigTest {
  private static final Path SAMPLES = Path.of("src/test/resources/logs/samples.txt");
  private static final String JWT =
      "eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOjEsInJvbGUiOiJhZG1pbiJ9.c2lnbmF0dXJl-_x";
  private static final List<Block> BLOCKS = AlloyFile.parse(text());

  private static String text() {
    try {
      return Files.readString(Path.of("deploy/alloy/config.alloy"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Block block(String name, String label) {
    return BLOCKS.stream()
        .filter(it -> it.name().equals(name) && it.label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  /// A line between a source and Loki.
  private static Entry sent(String line, Map<String, String> labels) {
    var entry = new Entry(line, labels);
    AlloyPipeline.run(block("loki.process", "redact"), entry);
    AlloyPipeline.run(block("loki.process", "lines"), entry);
    return entry;
  }

  private static Entry sent(String job, String line) {
    return sent(line, Map.of("job", job, "host", "app-1", "filename", "/logs/x.log"));
  }

  /// @param labels labels and structured metadata, such as `level=info caller=…`
  /// @param time empty if it is the time of reading
  record Sample(String job, String level, String time, String metadata, String line) {}

  static List<Sample> samples() throws IOException {
    return Files.readAllLines(SAMPLES).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split(" \\| ", 5))
        .map(
            cells ->
                new Sample(
                    cells[0],
                    cells[1],
                    cells[2].strip(),
                    cells[3].strip(),
                    cells[4].replace("\\t", "\t").replace("\\e", "\u001b").replace("JWT", JWT)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void line_getsItsLevelTimeAndMetadata_andThreeLabels(Sample sample) throws IOException {
    Entry entry = sent(sample.job, sample.line);

    assertThat(entry.dropped).isFalse();
    assertThat(entry.labels)
        .isEqualTo(
            new TreeMap<>(Map.of("job", sample.job, "host", "app-1", "level", sample.level)));
    assertThat(entry.time).isEqualTo(sample.time.isEmpty() ? null : Instant.parse(sample.time));
    String metadata =
        entry.metadata.entrySet().stream()
            .filter(it -> !it.getKey().equals("filename"))
            .map(it -> it.getKey() + "=" + it.getValue())
            .collect(Collectors.joining(" "));
    assertThat(metadata).isEqualTo(sample.metadata);
    assertThat(entry.metadata).containsEntry("filename", "/logs/x.log");
    assertThat(entry.line).doesNotContain("eyJ").doesNotContain("hunter2");
    if (sample.line.startsWith("{")) {
      assertThat(new ObjectMapper().readTree(entry.line).isObject()).isTrue();
    }
  }

  /// Alloy must redact the same secrets as Pharos.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/notifications/stream?token=JWT HTTP/1.1",
        "{\"request_uri\":\"/sse?a=1&access_token=JWT&b=2\",\"status\":200}",
        "{\"msg\":\"x\",\"query\":\"token=JWT\"}",
        "Authorization: Bearer JWT",
        "authorization=Basic aHVudGVyMjpodW50ZXIy end",
        "curl -H 'authorization: bearer JWT' -d 'password=hunter2'",
        "{\"body\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}",
        "{\"refresh_token\" : \"hunter2\", \"api_key\":\"hunter2\"}",
        "connect postgres://x?password=hunter2; retry",
        "Bearer%20JWT",
        "nothing of that kind: tokens are counted, 3 tokens",
      })
  void secrets_areBlackedOut_asPharosDoesItself(String text) {
    String line = text.replace("JWT", JWT);
    var entry = new Entry(line, Map.of("job", "x"));
    AlloyPipeline.run(block("loki.process", "redact"), entry);

    assertThat(entry.line).isEqualTo(Redaction.redact(line)).doesNotContain("hunter2", "eyJ");
    assertThat(entry.line.contains("***")).isEqualTo(!text.startsWith("nothing"));
  }

  @Test
  void tokenWithoutAName_isBlackedOutToo() {
    assertThat(sent("x", "cookie sid=" + JWT + "; path=/").line)
        .isEqualTo("cookie sid=***; path=/");
  }

  /// SQL with parameters is on the standard output; the last words of a process are not.
  @Test
  void outputOfTheBackendsContainer_isDropped_andItsErrorsAreNot() {
    Map<String, String> stdout =
        Map.of("job", "remotegpu-backend", "stream", "stdout", "host", "h");
    Map<String, String> stderr =
        Map.of("job", "remotegpu-backend", "stream", "stderr", "host", "h", "container", "backend");
    assertThat(sent("SELECT 1", stdout).dropped).isTrue();
    Entry crash = sent("panic: runtime error: index out of range", stderr);
    assertThat(crash.dropped).isFalse();
    assertThat(crash.labels)
        .containsEntry("level", "fatal")
        .containsOnlyKeys("host", "job", "level");
    assertThat(crash.metadata)
        .isEqualTo(new TreeMap<>(Map.of("container", "backend", "stream", "stderr")));
  }

  @ParameterizedTest
  @CsvSource({
    "/remotegpu-nginx,nginx",
    "/nginx,nginx",
    "/remotegpu_nginx_1,nginx",
    "/nginx-exporter,nginx-exporter",
    "/remotegpu-postgres-1,postgres",
    "/postgres-exporter-1,postgres-exporter",
    "/remotegpu-backend,remotegpu-backend",
    "/backend-1,remotegpu-backend",
    "/demo-backend,demo-backend",
    "/pharos-grafana-1,pharos-grafana",
    "/uptime-kuma,uptime-kuma",
  })
  void container_hasTheJobThatRulesAskFor(String container, String job) {
    String found = "";
    for (Block rule : block("discovery.relabel", "containers").blocks()) {
      if (rule.text("target_label").equals("job")) {
        var matcher = Pattern.compile(rule.text("regex")).matcher(container);
        if (matcher.matches()) {
          found = rule.text("replacement").isEmpty() ? matcher.group(1) : rule.text("replacement");
        }
      }
    }
    assertThat(found).isEqualTo(job);
  }

  @Test
  void everyReference_isOfABlockThatIsThere_andEveryBlockLeadsToLoki() {
    var exports = new TreeSet<String>();
    for (Block block : BLOCKS) {
      String own = block.name() + "." + block.label();
      switch (block.name()) {
        case "local.file_match", "discovery.docker" -> exports.add(own + ".targets");
        case "discovery.relabel" -> exports.add(own + ".output");
        case "loki.relabel" -> exports.add(own + ".rules");
        case "loki.process", "loki.write" -> exports.add(own + ".receiver");
        case "loki.source.file", "loki.source.docker", "logging" -> {}
        default -> throw new IllegalStateException("unknown component " + block.name());
      }
    }
    var used = new ArrayList<String>();
    BLOCKS.stream().flatMap(Block::stream).forEach(it -> references(it.attributes(), used));
    assertThat(used.stream().filter(it -> !it.startsWith("sys.env(")))
        .containsAll(exports)
        .allMatch(exports::contains);
    assertThat(used.stream().filter(it -> it.startsWith("sys.env(")).distinct())
        .containsExactlyInAnyOrder("sys.env(LOGS_HOST)", "sys.env(LOKI_PUSH_URL)");
  }

  private static void references(Object value, List<String> found) {
    switch (value) {
      case Reference reference -> found.add(reference.text());
      case Map<?, ?> map -> map.values().forEach(it -> references(it, found));
      case List<?> list -> list.forEach(it -> references(it, found));
      default -> {}
    }
  }

  @Test
  void everyExpression_isRe2_andEverySelectorLogql() {
    int expressions = 0;
    for (Block block : BLOCKS.stream().flatMap(Block::stream).toList()) {
      for (String key : List.of("expression", "regex", "firstline")) {
        if (block.attributes().containsKey(key)) {
          Pattern pattern = Pattern.compile(block.text(key));
          expressions++;
          if (block.name().equals("stage.replace")) {
            assertThat(pattern.groupCount()).as(block.text(key)).isEqualTo(1);
          } else if (block.name().equals("stage.regex")) {
            assertThat(pattern.namedGroups()).as(block.text(key)).hasSize(pattern.groupCount());
          }
        }
      }
      if (block.name().equals("stage.match")) {
        assertThat(LogqlQuery.parse(block.text("selector")).kind())
            .isEqualTo(LogqlQuery.ResultKind.LINES);
      }
    }
    assertThat(expressions).isGreaterThan(10);
  }

  /// PostgreSQL's statements span several lines.
  @Test
  void postgres_beginsALineWithATime() {
    Pattern first =
        Pattern.compile(block("loki.process", "postgres").blocks().getFirst().text("firstline"));
    assertThat(first.matcher("2026-02-09 10:00:00 UTC [7]: [1-1] user=").find()).isTrue();
    assertThat(first.matcher("\tWHERE created_at > '2026-02-09 10:00:00'").find()).isFalse();
  }

  @Test
  void compose_givesItItsFilesAndItsEnvironment() throws IOException {
    Map<String, Object> compose = new Yaml().load(Files.readString(Path.of("docker-compose.yml")));
    Map<?, ?> alloy = (Map<?, ?>) ((Map<?, ?>) compose.get("services")).get("alloy");
    assertThat((Map<?, ?>) alloy.get("environment"))
        .isEqualTo(
            Map.of(
                "LOKI_PUSH_URL", "http://loki:3100/loki/api/v1/push",
                "LOGS_HOST", "${LOGS_HOST:-remotegpu}"));
    List<String> mounts =
        ((List<?>) alloy.get("volumes"))
            .stream()
                .map(it -> it.toString().replaceFirst("^(\\$\\{[^}]*}|[^:]*):", ""))
                .map(it -> it.replaceFirst(":ro$", ""))
                .toList();
    Stream<String> folders =
        BLOCKS.stream()
            .filter(it -> it.name().equals("local.file_match"))
            .flatMap(it -> ((List<?>) it.attributes().get("path_targets")).stream())
            .map(it -> ((Map<?, ?>) it).get("__path__").toString())
            .map(it -> it.substring(0, it.lastIndexOf('/')));
    assertThat(folders).isNotEmpty().allMatch(mounts::contains);
    assertThat(mounts).contains("/var/run/docker.sock", "/etc/alloy/config.alloy");
  }
}
