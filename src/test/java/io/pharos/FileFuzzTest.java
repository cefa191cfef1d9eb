package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.Tokens;
import io.pharos.alerting.Channels;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ShownConfig;
import io.pharos.config.prometheus.TargetReader;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.probe.ProbeFile;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.test.PromqlScript;
import io.pharos.promql.test.ScriptException;
import io.pharos.rules.RuleFile;
import io.pharos.rules.test.RuleTest;
import io.pharos.tap.RoutesFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of versioned file, broken: it is read, or refused by a [ConfigException] that says
/// where.
@Tag("slow")
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileFuzzTest {
  private static final int ROUNDS =
      Nightly.rounds(400, Integer.getInteger("pharos.fuzz.rounds", 30_000));
  private static final Path RESOURCES = Path.of("src/test/resources");

  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ": ",
          ":",
          "- ",
          "\n",
          "\n  ",
          "\n- ",
          "  ",
          "\t",
          ", ",
          "&a ",
          "*a",
          "<<: *a\n",
          "<<: {a: b}\n",
          "!!binary ",
          "!!set ",
          "!!float ",
          "!a ",
          "? ",
          "|\n",
          ">-\n",
          "'",
          "\"",
          "\\",
          "\\x",
          "\\u12",
          "#",
          "%",
          "%YAML 1.2\n---\n",
          "@",
          "`",
          "\n---\n",
          "\n...\n",
          "null",
          "~",
          "true",
          "no",
          "1e999",
          "-1",
          "0",
          "0x1f",
          "0o17",
          "99999999999999999999",
          ".inf",
          ".nan",
          "2026-01-01",
          "1d",
          "-5m",
          "0s",
          "9e9y",
          "5m5m",
          "{{",
          "}}",
          "{{ $labels.x }}",
          "{{ template \"a\" . }}",
          "$1",
          "${a}",
          "a=~\"(\"",
          "a=\"b\"",
          "up[5m]",
          "sum(",
          "\0",
          "\u0007",
          "\u00e9",
          "\u2028",
          "\uD83D\uDE00",
          "\uD83D",
          "\uFEFF",
          "http://",
          "http://[::1",
          "://x:y@",
          "/dev/zero",
          "../..",
          "*");

  @TempDir Path folder;

  private record Format(String name, List<String> seeds, Fuzzing.Reader<String> reader) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static List<String> texts(Path root, String ending) throws IOException {
    var texts = new ArrayList<String>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(it -> it.toString().endsWith(ending)).sorted().toList()) {
        texts.add(Files.readString(file));
      }
    }
    assertThat(texts).as(root + "/**" + ending).isNotEmpty();
    return texts;
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static List<String> all(List<String>... lists) {
    return Arrays.stream(lists).flatMap(List::stream).toList();
  }

  static Stream<Arguments> formats() throws IOException {
    List<String> prometheus =
        all(texts(RESOURCES.resolve("prometheus"), ".yml"), texts(Path.of("prometheus"), ".yml"));
    List<String> rules =
        all(texts(RESOURCES.resolve("rules"), ".yml"), texts(Path.of("alert-rules"), "s.yml"));
    List<String> routing =
        List.of(
            Files.readString(Path.of("notifications/alertmanager.yml")),
            Files.readString(RESOURCES.resolve("notify/peer.yml")),
            RECEIVERS);
    return Stream.of(
            new Format(
                "prometheus.yml",
                prometheus,
                text -> PrometheusConfig.parse("fuzz", text, Path.of("."), Map.of("HOME", "/"))),
            new Format(
                "rules", rules, text -> RuleFile.parse("fuzz", text, ParserOptions.defaults())),
            new Format(
                "alertmanager.yml",
                routing,
                text -> Channels.parse("fuzz", text, Path.of("notifications")).toYaml()),
            new Format(
                "pharos.yml",
                List.of(Files.readString(Path.of("notifications/pharos.yml")), PHAROS),
                text ->
                    Channels.parse("base", routing.getFirst(), Path.of("notifications"))
                        .withPharosFile("fuzz", text, Path.of("notifications"))),
            new Format(
                "probes",
                all(texts(RESOURCES.resolve("probe"), ".yml"), texts(Path.of("probes"), ".yml")),
                text -> ProbeFile.parse("fuzz", text, Path.of("."))),
            new Format(
                "gates",
                all(texts(RESOURCES.resolve("gates"), ".yml"), texts(Path.of("gates"), ".yml")),
                text -> GatePolicy.FILES.parse("fuzz", text)),
            new Format(
                "routes of the tap",
                texts(Path.of("tap"), ".yml"),
                text -> RoutesFile.parse("fuzz", text)),
            new Format("tokens", List.of(TOKENS), text -> Tokens.parse("fuzz", text)),
            new Format("what is shown of files", all(prometheus, routing), text -> masked(text)))
        .map(Arguments::of);
  }

  private static void masked(String text) {
    // An answer for every text, also for what is no YAML.
    assertThat(ShownConfig.of(text)).isNotNull();
  }

  private static final String TOKENS =
      """
      tokens:
        - name: pipeline
          sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
          scopes: [deployment:write, gate:create, gate:read]
          services: [backend]
          envs: [production]
          expires: 2027-01-01T00:00:00Z
      """;

  private static final String PHAROS =
      """
      timezone: Asia/Shanghai
      language: zh
      urgent_matchers: ['severity=~"critical|page"']
      receivers:
        - name: on-call
          dingtalk_configs: [{webhook_url: 'http://a/b', secret: c, at_mobiles: ['13800000000']}]
          feishu_configs: [{webhook_url: 'http://a/b', secret: c}]
          wecom_configs: [{webhook_url: 'http://a/b'}]
      inhibit_rules:
        - {name: a, source_matchers: [a=b], target_matchers: [c=~"d"], equal: [e], outlasts: 5m}
      """;

  private static final String RECEIVERS =
      """
      global: {smtp_smarthost: 'a:25', smtp_from: a@b.c, slack_api_url: 'http://a/b', resolve_timeout: 5m}
      templates: ['*.none']
      route:
        receiver: a
        group_by: ['...']
        group_wait: 0s
        routes:
          - matchers: [a=~"b|c", 'd!="e"', "{f=g}"]
            mute_time_intervals: [nights]
            continue: true
      inhibit_rules:
        - {source_matchers: [a="b"], target_matchers: [c=~"d.*"], equal: [e]}
      time_intervals:
        - name: nights
          time_intervals:
            - times: [{start_time: '22:00', end_time: '24:00'}]
              weekdays: ['monday:friday', sunday]
              days_of_month: ['1:5', '-3:-1']
              months: ['january:march', '12']
              years: ['2026:2030']
              location: Europe/Berlin
      receivers:
        - name: a
          webhook_configs: [{url: 'http://a/b', max_alerts: 3, http_config: {basic_auth: {username: a, password: b}}}]
          email_configs: [{to: 'a@b.c', headers: {Subject: '{{ .Status }}'}}]
          pagerduty_configs: [{routing_key: a, details: {a: b}}]
          slack_configs: [{channel: '#a', fields: [{title: a, value: b}]}]
          opsgenie_configs: [{api_key: a, responders: [{name: b, type: team}]}]
          telegram_configs: [{bot_token: a, chat_id: -1}]
          pushover_configs: [{token: a, user_key: b}]
          discord_configs: [{webhook_url: 'http://a'}]
          msteams_configs: [{webhook_url: 'http://a'}]
          wechat_configs: [{corp_id: a, api_secret: b}]
      """;

  @ParameterizedTest
  @MethodSource("formats")
  void brokenFile_isReadOrRefusedWithAPlace(Format format) {
    Fuzzing.fuzz(
        ROUNDS,
        new Mutations(Fuzzing.random(format.name().hashCode()), format.seeds(), PIECES),
        text -> refused(text, format.reader()));
  }

  private static void refused(String text, Fuzzing.Reader<String> reader) throws Exception {
    try {
      reader.read(text);
    } catch (ConfigException e) {
      assertThat(e.problems()).isNotEmpty();
      assertThat(e.getMessage()).doesNotContain("io.pharos.", "java.lang.");
    }
  }

  @Test
  void brokenTargets_areReadOrRefused() throws IOException {
    List<String> seeds =
        all(
            texts(Path.of("prometheus/targets"), ".json"),
            List.of(
                "- targets: ['a:1', 'b']\n  labels: {x: y}\n- targets: []\n",
                "[{\"targets\": [\"[::1]:9\"], \"labels\": {\"__scheme__\": \"https\"}}]"));
    for (String ending : List.of(".json", ".yml")) {
      Path file = folder.resolve("targets" + ending);
      Fuzzing.fuzz(
          ROUNDS,
          new Mutations(Fuzzing.random(ending.hashCode()), seeds, PIECES),
          text ->
              refused(
                  text,
                  broken -> {
                    Files.write(file, broken.getBytes(StandardCharsets.UTF_8));
                    TargetReader.readFile(file);
                  }));
    }
  }

  @Test
  void brokenRuleTest_isReadOrRefused() throws IOException {
    List<String> seeds =
        new ArrayList<>(texts(Path.of("alert-rules/tests"), "backend_errors_test.yml"));
    seeds.addAll(texts(Path.of("alert-rules/tests/loki"), "nginx_test.yml"));
    Path file = folder.resolve("a_test.yml");
    Fuzzing.fuzz(
        ROUNDS,
        new Mutations(Fuzzing.random(7), seeds, PIECES),
        text ->
            refused(
                text,
                broken -> {
                  Files.write(file, broken.getBytes(StandardCharsets.UTF_8));
                  RuleTest.read(file, Set.of());
                }));
  }

  @Test
  void brokenScript_isReadOrRefused() throws IOException {
    Fuzzing.fuzz(
        ROUNDS,
        new Mutations(
            Fuzzing.random(8), texts(RESOURCES.resolve("promql/scripts"), ".test"), PIECES),
        text -> {
          try {
            PromqlScript.parse("fuzz", text);
          } catch (ScriptException e) {
            assertThat(e.getMessage()).startsWith("fuzz:");
          }
        });
  }
}
