package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/// The story that the README tells, with the packaged program, the repository's own files, a demo
/// backend that is killed, a real mail server and a Slack that records.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PharosIT {
  private static final Duration LONG = Duration.ofSeconds(100);

  private final Queue<String> slack = new ConcurrentLinkedQueue<>();
  private Path folder;
  private int backendPort;
  private int tapPort;
  private GreenMail mail;
  private HttpServer slackServer;
  private PharosProcess backend;
  private PharosProcess pharos;
  private List<String> serve;

  @BeforeAll
  void start() throws Exception {
    folder = Path.of("target", "e2e", Long.toString(ProcessHandle.current().pid()));
    Files.createDirectories(folder.resolve("data/secrets"));
    mail = new GreenMail(new ServerSetup(0, "127.0.0.1", "smtp"));
    mail.start();
    slackServer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    slackServer.createContext(
        "/",
        exchange -> {
          slack.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write(new byte[] {'o', 'k'});
          exchange.close();
        });
    slackServer.start();
    Files.writeString(
        folder.resolve("data/secrets/slack_webhook_url"),
        "http://127.0.0.1:" + slackServer.getAddress().getPort() + "/services/T/B/x");
    backendPort = PharosProcess.freePort();
    tapPort = PharosProcess.freePort();
    int port = PharosProcess.freePort();
    copyVersionedFiles(port);
    backend = startBackend();
    serve = PharosProcess.serving(folder, port);
    pharos = startPharos(port);
  }

  private PharosProcess startPharos(int port) throws Exception {
    var started =
        PharosProcess.start(folder.resolve("pharos.log"), "http://127.0.0.1:" + port, serve);
    Duration ready = started.await("ready", Duration.ofSeconds(30), started::isReady);
    System.out.println("e2e: start to ready " + ready.toMillis() + " ms");
    return started;
  }

  private PharosProcess startBackend() throws Exception {
    return PharosProcess.start(
        folder.resolve("backend.log"),
        "http://127.0.0.1:" + backendPort,
        List.of(
            "demo-backend",
            "--listen=127.0.0.1:" + backendPort,
            "--tap-listen=127.0.0.1:0",
            "--tap-metrics-listen=127.0.0.1:" + tapPort,
            "--token-file=prometheus/demo_token"));
  }

  /// The repository's own files with other ports, and shorter group timers so that the resolve
  /// follows soon.
  private void copyVersionedFiles(int port) throws IOException {
    DemoStack.copyVersionedFiles(
        folder,
        Map.of(
            "127.0.0.1:8080", "127.0.0.1:" + backendPort,
            "port: 8080", "port: " + backendPort,
            "127.0.0.1:9097", "127.0.0.1:" + tapPort,
            "127.0.0.1:9095", "127.0.0.1:" + port,
            "localhost:1025", "127.0.0.1:" + mail.getSmtp().getPort(),
            "group_interval: 30s", "group_interval: 5s"));
  }

  @AfterAll
  void stop() throws Exception {
    for (PharosProcess process : new PharosProcess[] {pharos, backend}) {
      if (process != null) {
        process.close();
      }
    }
    slackServer.stop(0);
    mail.stop();
  }

  private boolean hasMail(String subject, String text) {
    for (MimeMessage message : mail.getReceivedMessages()) {
      try {
        if (message.getSubject().contains(subject)
            && GreenMailUtil.getWholeMessage(message).contains(text)) {
          return true;
        }
      } catch (MessagingException e) {
        throw new IllegalStateException(e);
      }
    }
    return false;
  }

  @Test
  @Order(1)
  void start_launcher_isTheJvmAndSmallAtIdle() throws Exception {
    assertThat(pharos.program()).isEqualTo("java");
    pharos.await(
        "every target up",
        Duration.ofSeconds(40),
        () -> pharos.query("up").size() >= 4 && pharos.query("up == 0").isEmpty());
    long resident = pharos.residentMebibytes();
    System.out.println("e2e: resident at idle " + resident + " MiB");
  }

  @Test
  @Order(2)
  void files_areAcceptedByPharosAndByPrometheusOwnTools() throws Exception {
    String launcher = Path.of("pharos").toAbsolutePath().toString();
    assertThat(PharosProcess.run(List.of(launcher, "check"), Map.of()))
        .satisfies(ended -> assertThat(ended.code()).as(ended.output()).isZero());
    // All of them run in ShippedRulesTest; here the launcher's command is asked.
    assertThat(
            PharosProcess.run(
                List.of(launcher, "test", "alert-rules/tests/backend_availability_test.yml"),
                Map.of()))
        .satisfies(ended -> assertThat(ended.code()).as(ended.output()).isZero());
    tool("promtool", "check", "config", "prometheus/prometheus.yml");
    tool("amtool", "check-config", "notifications/alertmanager.yml");
  }

  /// Runs a tool where it is installed, and says so where it is not.
  private static void tool(String... command) throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin", command[0]))) {
      System.out.println("e2e: SKIPPED, not installed: " + String.join(" ", command));
      return;
    }
    var ended = PharosProcess.run(List.of(command), Map.of());
    assertThat(ended.code()).as(String.join(" ", command) + "\n" + ended.output()).isZero();
  }

  @Test
  @Order(3)
  void backendKilled_mailAndSlackLeaveWithinAMinute_andTheResolveFollows() throws Exception {
    backend.kill();
    Duration told =
        pharos.await(
            "mail and Slack message of the dead backend",
            Duration.ofSeconds(60),
            () ->
                hasMail("Backend down", "FIRING")
                    && slack.stream().anyMatch(body -> body.contains("Backend down")));
    System.out.println("e2e: kill to mail and Slack " + told.toSeconds() + " s");
    tool("amtool", "--alertmanager.url=" + url(), "alert", "query", "alertname=BackendDown");
    tool(
        "amtool",
        "--alertmanager.url=" + url(),
        "silence",
        "add",
        "alertname=Nobody",
        "-d",
        "1h",
        "-c",
        "e2e");
    assertThat(gate()).as("a gate while the backend is down").isNotZero();

    backend = startBackend();
    Duration resolved =
        pharos.await(
            "resolve by mail and Slack",
            LONG,
            () ->
                hasMail("Backend down", "RESOLVED")
                    && slack.stream().anyMatch(body -> body.contains("RESOLVED")));
    System.out.println("e2e: restart to resolve " + resolved.toSeconds() + " s");
  }

  private String url() {
    return serve.stream()
        .filter(word -> word.startsWith("--web.listen-address="))
        .map(word -> "http://" + word.substring(word.indexOf('=') + 1))
        .findFirst()
        .orElseThrow();
  }

  private int gate() throws Exception {
    var ended =
        PharosProcess.run(
            List.of(
                Path.of("pharos").toAbsolutePath().toString(),
                "gate",
                "--service=remotegpu",
                "--env=dev",
                "--version=e2e",
                "--wait=3s",
                "--url=" + url()),
            Map.of());
    System.out.println("e2e: gate exit code " + ended.code());
    return ended.code();
  }

  @Test
  @Order(4)
  void killed_andStartedAgain_keepsSamplesSilencesAndSaysNothingTwice() throws Exception {
    long samples =
        pharos
            .query("count_over_time(up{job=\"pharos\"}[10m])")
            .path(0)
            .path("value")
            .path(1)
            .asLong();
    int mails = mail.getReceivedMessages().length;
    pharos.kill();
    pharos = startPharos(Integer.parseInt(url().substring(url().lastIndexOf(':') + 1)));
    assertThat(
            pharos
                .query("count_over_time(up{job=\"pharos\"}[10m])")
                .path(0)
                .path("value")
                .path(1)
                .asLong())
        .isGreaterThanOrEqualTo(samples);
    if (Files.isExecutable(Path.of("/usr/bin/amtool"))) {
      assertThat(pharos.get("/api/v2/silences").body()).contains("Nobody");
    }
    TimeUnit.SECONDS.sleep(8);
    for (int i = mails; i < mail.getReceivedMessages().length; i++) {
      assertThat(mail.getReceivedMessages()[i].getMessageID())
          .as("a mail after the restart is a new delivery")
          .isNotIn((Object[]) ids(mails));
    }
  }

  private String[] ids(int count) throws MessagingException {
    var ids = new String[count];
    for (int i = 0; i < count; i++) {
      ids[i] = mail.getReceivedMessages()[i].getMessageID();
    }
    return ids;
  }

  @Test
  @Order(5)
  void badConfiguration_reloadKeepsTheOldOne_andSaysWhere() throws Exception {
    Path file = folder.resolve("alert-rules/backend.yml");
    String good = Files.readString(file);
    Files.writeString(file, good + "\nnonsense: true\n");
    var refused = pharos.post("/-/reload", "");
    assertThat(refused.statusCode()).isEqualTo(500);
    assertThat(refused.body()).contains("backend.yml:").contains("nonsense");
    assertThat(pharos.get("/api/v1/rules").body()).contains("BackendDown");
    Files.writeString(file, good);
    assertThat(pharos.post("/-/reload", "").statusCode()).isEqualTo(200);
  }

  @Test
  @Order(6)
  void terminated_stopsByItself() throws Exception {
    assertThat(pharos.terminate()).isEqualTo(143);
    assertThat(pharos.log()).contains("\"level\":\"INFO\"");
  }
}
