package io.pharos.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckFolderTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  private int check(String... flags) {
    output.reset();
    var stream = new PrintStream(output, true, UTF_8);
    var words = new ArrayList<>(List.of(flags));
    words.add(folder.toString());
    return new CheckCommand(Map.of(), stream, stream).run(words);
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void check_folder_readsTheFilesInIt() throws IOException {
    Path config = write("prometheus/prometheus.yml", "scrape_configs: [{job_name: a}]\n");
    write("notifications/alertmanager.yml", "route: {receiver: n}\nreceivers: [{name: n}]\n");
    assertThat(check()).as(output.toString(UTF_8)).isZero();
    assertThat(output.toString(UTF_8)).contains("2 files checked, 0 problems");

    Files.writeString(config, "scrape_configs: 7\n");
    assertThat(check()).isEqualTo(1);
    assertThat(output.toString(UTF_8)).contains(config + ":1:");
  }

  @Test
  void check_hysteresisThatFitsToNoRule_isAProblemOfItsLine() throws IOException {
    write("prometheus/prometheus.yml", "scrape_configs: [{job_name: a}]\n");
    write("notifications/alertmanager.yml", "route: {receiver: n}\nreceivers: [{name: n}]\n");
    write("alert-rules/r.yml", "groups: [{name: g, rules: [{alert: Hot, expr: up > 90}]}]\n");
    Path file =
        write(
            "notifications/pharos.yml",
            """
            hysteresis:
              - {matchers: [alertname="Hot"], resolve_at: 95}
              - {matchers: [alertname="Hut"], resolve_at: 80}
            """);
    assertThat(check("--lint=false")).isEqualTo(1);
    assertThat(output.toString(UTF_8))
        .contains(file + ":2: hysteresis[0]: the alert \"Hot\" in ")
        .contains("resolve_at: expected a number below 90")
        .contains(file + ":3: hysteresis[1]: no alerting rule has this name")
        .contains("2 problems");

    Files.writeString(file, "hysteresis: [{matchers: [alertname=Hot], resolve_at: 80}]\n");
    assertThat(check("--lint=false")).as(output.toString(UTF_8)).isZero();
  }

  @Test
  void check_unknownFieldOfATemplateFile_isAWarningInThatFile() throws IOException {
    write("prometheus/prometheus.yml", "scrape_configs: [{job_name: a}]\n");
    write(
        "notifications/alertmanager.yml",
        """
        templates: ['own/*.tmpl']
        route: {receiver: n}
        receivers: [{name: n, webhook_configs: [{url: 'http://a/'}]}]
        """);
    Path file =
        write(
            "notifications/own/a.tmpl",
            """
            {{ define "a" }}{{ .Status }} {{ with dict "team" . }}{{ .team.Status }}{{ end }}
            {{ range .Alerts }}{{ .Label }}{{ .Anotations.summary }}{{ end }}{{ end }}
            """);

    assertThat(check()).isZero();
    assertThat(output.toString(UTF_8).lines().filter(line -> line.contains("[notify/template]")))
        .singleElement()
        .asString()
        .startsWith(file + ":2: warning")
        .contains("no field Anotations: did you mean Annotations?");
  }

  @Test
  void check_againstAServerOfOtherAnswers_saysSoInOneLine() throws IOException {
    write(
        "prometheus/prometheus.yml",
        "scrape_configs: [{job_name: a}]\nrule_files: [../alert-rules/a.yml]\n");
    write("notifications/alertmanager.yml", "route: {receiver: n}\nreceivers: [{name: n}]\n");
    write(
        "alert-rules/a.yml",
        "groups: [{name: g, rules: [{record: 'a:b', expr: sum(seen_total)}]}]\n");
    var answer = new AtomicReference<>("\u001b[31m<html>\n".getBytes(UTF_8));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (exchange) {
            exchange.getResponseBody().write(answer.get());
          }
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      assertThat(check("--against=" + url)).isEqualTo(1);
      assertThat(output.toString(UTF_8))
          .contains(
              url
                  + ": series can't be read: status 200: the answer is not JSON: \"\\x1b[31m<html>\"\n");
      answer.set(new byte[(64 << 20) + 1]);
      assertThat(check("--against=" + url)).isEqualTo(1);
      assertThat(output.toString(UTF_8)).contains("the answer has more than 67108864 bytes\n");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void check_language_judgesTextsAsServeWithItSendsThem() throws IOException {
    write("prometheus/prometheus.yml", "scrape_configs: [{job_name: a}]\n");
    write(
        "notifications/alertmanager.yml",
        """
        route: {receiver: n}
        receivers:
          - name: n
            email_configs: [{to: a@b, from: c@d, smarthost: 'e:1', text: '{{ template "__lists" . }}'}]
        """);
    assertThat(check()).isZero();
    assertThat(output.toString(UTF_8)).doesNotContain("[notify/template]");
    assertThat(check("--notifications.language=zh")).isZero();
    assertThat(output.toString(UTF_8)).contains("text: no template file defines \"__lists\"");

    write("pharos.env", "PHAROS_NOTIFICATIONS_LANGUAGE=en\n");
    assertThat(check()).isZero();
    assertThat(output.toString(UTF_8)).contains("text: no template file defines \"__lists\"");
  }

  @Test
  void check_lostQuoteAndJobUnlikeItsService_areWarnings() throws IOException {
    Path config =
        write(
            "prometheus/prometheus.yml",
            """
            scrape_configs:
              - job_name: shopp
                static_configs: [{targets: ['a:1'], labels: {service: shop, owner: us'}}]
            """);
    write("notifications/alertmanager.yml", "route: {receiver: n}\nreceivers: [{name: n}]\n");
    assertThat(check()).as(output.toString(UTF_8)).isZero();
    assertThat(output.toString(UTF_8))
        .contains(
            config + ":2: warning [names/typo] the targets of the job \"shopp\"",
            config + ":3: warning [yaml/parse] the text ends with a quote");
  }

  @Test
  void check_urlsAsTargets_areFineIfRelabellingSetsTheAddress() throws IOException {
    String job =
        """
        scrape_configs:
          - job_name: a
            static_configs: [{targets: ['https://example.org/']}]
            relabel_configs: [{target_label: %s, replacement: 'prober:9115'}]
        """;
    write("notifications/alertmanager.yml", "route: {receiver: n}\nreceivers: [{name: n}]\n");
    Path config = write("prometheus/prometheus.yml", job.formatted("__address__"));
    assertThat(check()).as(output.toString(UTF_8)).isZero();

    write("prometheus/prometheus.yml", job.formatted("instance"));
    assertThat(check()).isEqualTo(1);
    assertThat(output.toString(UTF_8)).contains(config + ":3: error [targets/address]");
  }
}
