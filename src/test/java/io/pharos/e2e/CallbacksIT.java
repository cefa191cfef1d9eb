package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.callback.FakeGrafana;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Grafana and GitHub are told of releases by the packaged program, over kills at bad moments.
class CallbacksIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration MOST = Duration.ofSeconds(60);
  private static final String SHA = "0123456789abcdef0123456789abcdef01234567";
  private static final String KEY = "gh:acme/backend:1:1:production";
  private static final String DEPLOYMENTS = "/api/pharos/v1/deployments";
  private static final String BODY =
      """
      {"service": "backend", "env": "production", "version": "1.4.1", "sha": "%s"}
      """
          .formatted(SHA);

  @TempDir Path folder;

  @Test
  void callbacks_overKillsAndOutages_areToldOnce() throws Exception {
    int grafanaPort = PharosProcess.freePort();
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: r}\nreceivers: [{name: r}]\n");
    Files.writeString(folder.resolve("token"), "a-token-of-ours");
    Files.writeString(folder.resolve("hook"), "a-secret-of-both");
    try (var github = new RecordingReceiver()) {
      Files.writeString(
          folder.resolve("callbacks.yml"),
          """
          grafana: [{name: grafana, url: 'http://127.0.0.1:%d', token_file: token}]
          github:
            - name: backend
              api_url: '%s'
              repository: acme/backend
              token_file: token
              protection:
                webhook_secret_file: hook
                environments: [{environment: Production, service: backend, env: production}]
          """
              .formatted(grafanaPort, github.url("")));
      PharosProcess pharos = start();
      try {
        assertThat(pharos.send("PUT", DEPLOYMENTS + "/" + KEY, "application/json", BODY))
            .isEqualTo(201);
        pharos.kill(); // whatever it had done by then
        pharos = start();
        PharosProcess second = pharos;
        second.await("GitHub being told", MOST, () -> states(github).contains("pending"));
        try (var grafana = new FakeGrafana(grafanaPort, "a-token-of-ours")) {
          second.await("Grafana being told", MOST, () -> grafana.annotations().size() == 1);
          grafana.swallowing(); // it does what comes next and does not say so
          assertThat(
                  second.send(
                      "PATCH",
                      DEPLOYMENTS + "/" + KEY,
                      "application/json",
                      "{\"status\": \"rolled_back\"}"))
              .isEqualTo(200);
          second.await(
              "the end being there", MOST, () -> grafana.annotations().getFirst().has("timeEnd"));
          second.kill();
          assertThat(webhook(start(), github)).as("another one listens").isNotNull();
        }
      } finally {
        pharos.close();
      }
    }
  }

  private PharosProcess webhook(PharosProcess pharos, RecordingReceiver github) throws Exception {
    try (pharos) {
      String body =
          """
          {"action":"requested","environment":"Production",
           "deployment_callback_url":"%s",
           "deployment":{"sha":"%s"},"repository":{"full_name":"acme/backend"}}
          """
              .formatted(
                  github.url("/repos/acme/backend/actions/runs/42/deployment_protection_rule"),
                  SHA);
      assertThat(post(pharos, body, "sha256=" + "0".repeat(64))).isEqualTo(401);
      assertThat(post(pharos, body, sign(body))).isEqualTo(202);
      assertThat(post(pharos, body, sign(body))).as("sent again").isEqualTo(202);
      pharos.kill();
    }
    try (PharosProcess last = start()) {
      last.await("the rule being answered", MOST, () -> states(github).contains("rejected"));
      last.await(
          "all being told", MOST, () -> statuses(last).equals(List.of("told", "told", "told")));
      assertThat(states(github).stream().filter("rejected"::equals)).hasSize(1);
      assertThat(states(github)).contains("failure").doesNotContain("success", "approved");
      JsonNode list = JSON.readTree(last.get(DEPLOYMENTS + "?service=backend").body());
      assertThat(list.at("/deployments/0/verdict").asText()).isEqualTo("failed");
      assertThat(last.get("/releases").body()).contains("1.4.1", "rolled back");
      assertThat(last.get("/api/pharos/v1/callbacks").body()).doesNotContain("a-token-of-ours");
      return last;
    }
  }

  private static List<String> states(RecordingReceiver github) {
    return github.received().stream().map(it -> json(it.body()).path("state").asText()).toList();
  }

  private static List<String> statuses(PharosProcess pharos) {
    return json(pharos.get("/api/pharos/v1/callbacks").body()).findValuesAsText("status");
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private int port;

  private int post(PharosProcess pharos, String body, String signature) throws Exception {
    assertThat(pharos.isAlive()).isTrue();
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port + "/api/pharos/v1/github/webhook"))
            .header("Content-Type", "application/json")
            .header("X-GitHub-Event", "deployment_protection_rule")
            .header("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
            .header("X-Hub-Signature-256", signature)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (var client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString()).statusCode();
    }
  }

  private static String sign(String body) throws Exception {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("a-secret-of-both".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
  }

  private PharosProcess start() throws Exception {
    port = PharosProcess.freePort();
    PharosProcess process =
        PharosProcess.serve(folder, port, "--callbacks.file=" + folder.resolve("callbacks.yml"));
    process.await("being ready", MOST, process::isReady);
    return process;
  }
}
