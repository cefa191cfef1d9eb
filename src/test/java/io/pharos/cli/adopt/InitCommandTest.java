package io.pharos.cli.adopt;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class InitCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private String authorization = "";
  private String page = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 3\n";

  @TempDir Path folder;
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
          byte[] body = page.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private int run(Map<String, String> environment, String... words) {
    return command(environment, "init", words);
  }

  private int command(Map<String, String> environment, String command, String... words) {
    return new Commands(
            environment,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(command, List.of(words));
  }

  private String url() {
    return "--url=http://127.0.0.1:" + server.getAddress().getPort() + "/metrics";
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void run_emptyFolder_writesAndTellsWhatWasAndWasNotFoundAndHowToGoOn() throws Exception {
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder)).isZero();
    assertThat(said())
        .contains(
            "http_requests_total",
            "No histogram of request durations found, so there is",
            "There is no probe",
            "Alerts are not sent to anybody yet",
            "pharos check",
            "pharos serve",
            "--web.external-url");
    assertThat(files()).hasSize(7);
  }

  @Test
  void run_otherListenAddress_isKeptForServeAndNamedInEveryCommand() throws Exception {
    assertThat(
            run(
                Map.of(),
                "--job=shop",
                url(),
                "--dir=" + folder,
                "--mail=a@b",
                "--web.listen-address=:9777",
                "--web.external-url=https://pharos.example"))
        .isZero();
    assertThat(Files.readString(folder.resolve("pharos.env")))
        .contains(
            "PHAROS_WEB_LISTEN_ADDRESS=:9777\n",
            "PHAROS_URL=http://127.0.0.1:9777\n",
            "PHAROS_NOTIFICATIONS_LANGUAGE=en\n",
            "PHAROS_WEB_EXTERNAL_URL=https://pharos.example\n");
    assertThat(Files.readString(folder.resolve("prometheus/prometheus.yml")))
        .contains("targets: ['127.0.0.1:9777']");
    assertThat(folder.resolve("notifications/pharos.yml")).doesNotExist();
    assertThat(said())
        .contains("http://127.0.0.1:9777/targets", "on-call --url=http://127.0.0.1:9777")
        .doesNotContain("9095");
  }

  @Test
  void run_languages_areWrittenOnlyIfAskedFor() throws Exception {
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder, "--tests")).isZero();
    for (Path file : files()) {
      assertThat(Files.readString(file))
          .as(file.toString())
          .doesNotContainPattern("\\p{IsHan}|_zh");
    }
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder, "--force", "--language=zh"))
        .isZero();
    assertThat(Files.readString(folder.resolve("alert-rules/shop.yml"))).contains("summary_zh:");
  }

  @Test
  void run_writtenFiles_haveNoFindingButTheMissingSecret() {
    String webhook = "--slack-webhook-file=" + folder.resolve("secrets/webhook");
    String probe = url().replace("--url", "--probe");
    assertThat(run(Map.of(), "--job=shop", url(), probe, "--mail=a@b", webhook, "--dir=" + folder))
        .as(said())
        .isZero();
    out.reset();
    err.reset();
    assertThat(command(Map.of(), "check", checkOf(folder))).as(said()).isZero();
    assertThat(said().lines()).hasSize(2).first().asString().contains("[notify/secret]");
  }

  @Test
  void run_misspeltAlertInAWrittenInhibition_isToldByCheck() throws Exception {
    assertThat(run(Map.of(), "--job=shop", url(), "--mail=a@b", "--dir=" + folder)).isZero();
    Path file = folder.resolve("notifications/alertmanager.yml");
    Files.writeString(file, Files.readString(file).replace("NoTraffic", "NoTrafic"));
    command(Map.of(), "check", folder.toString());
    assertThat(said()).contains("alertmanager.yml:28: warning", "ServiceNoTraffic");
  }

  private static String[] checkOf(Path folder) {
    return new String[] {
      "--config.file=" + folder.resolve("prometheus/prometheus.yml"),
      "--notifications.file=" + folder.resolve("notifications/alertmanager.yml"),
      "--rules.dir=" + folder.resolve("alert-rules"),
      "--slos.dir=" + folder.resolve("slos"),
      "--tests.dir=" + folder.resolve("alert-rules/tests"),
      "--probes.dir=" + folder.resolve("probes"),
      "--gates.dir=" + folder.resolve("gates"),
      "--rollouts.dir=" + folder.resolve("deploy/rollouts"),
      "--callbacks.file=" + folder.resolve("deploy/callbacks.yml"),
      "--migrations.dir=" + folder.resolve("deploy/migrations"),
      "--env.dir=" + folder.resolve("deploy/env"),
      "--dashboards.dir=" + folder.resolve("dashboards"),
      "--runbooks.dir=" + folder.resolve("docs/runbooks"),
      "--compose.file=" + folder.resolve("docker-compose.yml"),
      "--fail-on=warning"
    };
  }

  private void serveUnknownNames() throws IOException {
    page = Files.readString(Path.of("src/test/resources/onboarding/pages/myapp.prom"));
  }

  @Test
  void run_unknownNames_printsWhatItSawAndACommandThatWorks() throws Exception {
    serveUnknownNames();
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder)).isZero();
    assertThat(said())
        .containsPattern("myapp_calls_count +counter +requests\\?")
        .containsPattern("myapp_failures +counter +errors\\?")
        .containsPattern("myapp_workers +gauge +-");
    String command = said().lines().filter(it -> it.startsWith("  pharos init ")).findFirst().get();
    assertThat(command).contains("--requests=myapp_calls_count --errors=myapp_failures");
    String[] words = command.strip().substring("pharos init ".length()).split(" ");
    assertThat(run(Map.of(), words)).as(said()).isZero();
    assertThat(Files.readString(folder.resolve("alert-rules/shop.yml")))
        .contains("rate(myapp_failures{job=\"shop\"}[2m])");
  }

  @Test
  void run_unknownNamesOnATerminal_asksAndUsesTheAnswers() throws Exception {
    serveUnknownNames();
    var questions = new ArrayList<String>();
    var command =
        new InitCommand(
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Optional.of(
                question -> {
                  questions.add(question);
                  return question.contains("durations") ? "-" : "";
                }));
    assertThat(command.run(List.of("--job=shop", url(), "--dir=" + folder))).as(said()).isZero();
    assertThat(questions).hasSize(4).first().asString().contains("[myapp_calls_count]");
    assertThat(Files.readString(folder.resolve("alert-rules/shop.yml")))
        .contains("ServiceErrors")
        .doesNotContain("ServiceSlow");
  }

  @Test
  void run_dryRun_printsTheFilesAndWritesNone() throws Exception {
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder, "--dry-run")).isZero();
    assertThat(said()).contains("--- prometheus/prometheus.yml (would be new)", "job_name: shop");
    assertThat(files()).isEmpty();
  }

  @Test
  void run_tokenOfTheService_isSentAndNamedFromTheConfiguration() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "s3cret\n");
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder, "--token-file=" + token))
        .isZero();
    assertThat(authorization).isEqualTo("Bearer s3cret");
    assertThat(Files.readString(folder.resolve("prometheus/prometheus.yml")))
        .contains("credentials_file: '../token'");
    assertThat(said()).doesNotContain("s3cret");
  }

  @Test
  void run_tokenOfThePipeline_isNotGivenToTheService() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "pipeline\n");
    var environment =
        Map.of("PHAROS_TOKEN_FILE", token.toString(), "PHAROS_URL", "http://127.0.0.1:1");
    assertThat(run(environment, "--job=shop", url(), "--dir=" + folder)).isZero();
    assertThat(authorization).isEqualTo("null");
    assertThat(run(environment, "--job=stock", "--dir=" + folder)).isEqualTo(64);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--job=a b | letters, digits",
        "--job=pharos | a job of Pharos itself",
        "--url=ftp://a/metrics | expected an address such as",
        "--url=http://me:pw@a/metrics | expected an address without a user and password",
        "--mail=me | expected a mail address",
        "--smtp=mail | HOST:PORT",
        "--username=me | expected both --username and --password-file, or neither",
        "--urll=x | did you mean --url?",
      })
  void run_wrongCommandLine_isRefusedWithWhatWasExpected(String word, String expected) {
    String[] words = {"--job=shop", "--url=http://127.0.0.1:1/metrics", "--dir=" + folder, word};
    assertThat(run(Map.of(), words)).isEqualTo(64);
    assertThat(said()).contains(expected);
  }

  static Stream<Arguments> badPages() {
    var series = new StringBuilder();
    var names = new StringBuilder();
    var labels = new StringBuilder("m{");
    for (int i = 0; i < 100_000; i++) {
      series.append("http_requests_total{code=\"200\",path=\"/%d\"} 1\n".formatted(i));
      names.append("metric_%d_total 1\n".formatted(i));
      labels.append("l%d=\"v\",".formatted(100_000 - i));
    }
    byte[] random = new byte[1 << 20];
    new Random(1).nextBytes(random);
    String mega = "a".repeat(1 << 20);
    return Stream.of(
        Arguments.of("random bytes", new String(random, StandardCharsets.ISO_8859_1), 1),
        Arguments.of("one line", mega, 1),
        Arguments.of("a huge value", "http_requests_total{code=\"" + mega + "\"} 1\n", 0),
        Arguments.of("escapes", "a_total{code=\"\u001b[31m\"} 1\n", 0),
        Arguments.of("a huge name", mega + "_requests_total{code=\"500\"} 1\n", 0),
        Arguments.of("many series", series.toString(), 0),
        Arguments.of("many names", names.toString(), 0),
        Arguments.of("many labels", labels + "} 1\n", 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badPages")
  @Timeout(5)
  void run_badPage_isReadOrRefusedInTimeAndInShortLines(String kind, String text, int exit) {
    page = text;
    assertThat(run(Map.of(), "--job=shop", url(), "--dir=" + folder)).as(kind).isEqualTo(exit);
    assertThat(said().lines()).allMatch(line -> line.length() < 400);
    assertThat(said()).doesNotContain("Exception", "\u001b").hasSizeLessThan(10_000);
  }
}
