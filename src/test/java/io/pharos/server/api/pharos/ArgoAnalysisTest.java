package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.access.AccessControls;
import io.pharos.gate.GateRig;
import io.pharos.gate.policy.GatePolicy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/// Simulates Argo Rollouts with the shipped AnalysisTemplate: the requests of its web provider and
/// its evaluation of the answers.
class ArgoAnalysisTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private ReleaseApi api;
  private String step = "1";

  private enum Phase {
    SUCCESSFUL,
    FAILED,
    INCONCLUSIVE,
    ERROR
  }

  @BeforeEach
  void start() throws IOException {
    api = new ReleaseApi(AccessControls.withToken("s3cret", "backend", "production"));
    // A cluster has no colours; the announcement names the canary.
    api.rig.policies =
        GatePolicy.FILES.parse(
            "backend",
            GateRig.POLICY
                .replace("{color=\"$color\"", "{$candidate")
                .replaceFirst("probes: .*", ""));
  }

  @AfterEach
  void stop() {
    api.close();
    client.close();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> metric(String name) throws IOException {
    Map<String, Object> template =
        new Yaml().load(Files.readString(Path.of("deploy/kubernetes/argo-analysis-template.yml")));
    var spec = (Map<String, Object>) template.get("spec");
    return ((List<Map<String, Object>>) spec.get("metrics"))
        .stream().filter(metric -> metric.get("name").equals(name)).findFirst().orElseThrow();
  }

  private String filled(Object text) {
    return text.toString()
        .replace("{{args.service}}", "backend")
        .replace("{{args.env}}", "production")
        .replace("{{args.version}}", "v2")
        .replace("{{args.revision}}", "6d4b75cb6d")
        .replace("{{args.candidate}}", "color=\\\"green\\\"")
        .replace("{{args.baseline}}", "color=\\\"blue\\\"")
        .replace("{{args.step}}", step)
        .replace("{{args.token}}", "s3cret")
        .replace("{{args.url}}", api.url());
  }

  /// One measurement: an error without 2xx or without the value at the path, else the result of the
  /// conditions; inconclusive if both are given and neither holds.
  @SuppressWarnings("unchecked")
  private Phase measure(Map<String, Object> metric) throws Exception {
    var web = (Map<String, Object>) ((Map<String, Object>) metric.get("provider")).get("web");
    var request =
        HttpRequest.newBuilder(URI.create(filled(web.get("url"))))
            .method(
                web.get("method").toString(),
                HttpRequest.BodyPublishers.ofString(filled(web.get("body"))));
    for (var header : (List<Map<String, String>>) web.get("headers")) {
      request.header(header.get("key"), filled(header.get("value")));
    }
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() < 200 || answer.statusCode() >= 300) {
      return Phase.ERROR;
    }
    String field = web.get("jsonPath").toString().replaceAll("^\\{\\$\\.(\\w+)}$", "$1");
    JsonNode result = JSON.readTree(answer.body()).path(field);
    if (!result.isTextual()) {
      return Phase.ERROR;
    }
    if (holds(metric.get("failureCondition").toString(), result.asText())) {
      return Phase.FAILED;
    }
    return holds(metric.get("successCondition").toString(), result.asText())
        ? Phase.SUCCESSFUL
        : Phase.INCONCLUSIVE;
  }

  private static boolean holds(String condition, String result) {
    var matcher = Pattern.compile("result (==|!=) \"(\\w+)\"").matcher(condition);
    assertThat(matcher.matches()).as(condition).isTrue();
    return matcher.group(1).equals("==") == matcher.group(2).equals(result);
  }

  /// A metric without interval and count is measured again after errors, up to the limit of
  /// consecutive errors.
  private Phase run(String name, Runnable between) throws Exception {
    Map<String, Object> metric = metric(name);
    assertThat(metric).doesNotContainKeys("count", "interval", "inconclusiveLimit", "failureLimit");
    for (int errors = 0; ; errors++) {
      Phase phase = measure(metric);
      if (phase != Phase.ERROR || errors == (int) metric.get("consecutiveErrorLimit")) {
        return phase;
      }
      between.run();
    }
  }

  private void timeGoesOn() {
    for (int i = 0; i < 6; i++) { // a minute
      api.rig.step();
      api.rig.tick();
    }
  }

  private Phase analysis() throws Exception {
    assertThat(run("announced", () -> {})).isEqualTo(Phase.SUCCESSFUL);
    return run("verdict", this::timeGoesOn);
  }

  @Test
  void analysis_ofAGoodRelease_isSuccessful() throws Exception {
    assertThat(analysis()).isEqualTo(Phase.SUCCESSFUL);
    assertThat(api.gate().openedBy()).isEqualTo("pipeline");
    assertThat(api.rig.deployments.find("argo:backend:production:6d4b75cb6d"))
        .get()
        .matches(known -> known.announcement().candidate().equals("color=\"green\""));
    assertThat(api.rig.gates.ofService("backend", 9)).hasSize(1);
  }

  @Test
  void analysis_ofABadRelease_isFailed() throws Exception {
    api.rig.badPerScrape = 20;
    assertThat(analysis()).isEqualTo(Phase.FAILED);
  }

  @Test
  void analysis_withoutData_isInconclusive() throws Exception {
    api.rig.scraping = false;
    assertThat(analysis()).isEqualTo(Phase.INCONCLUSIVE);
  }

  @Test
  void analysis_whosePassIsTooOld_isInconclusive() throws Exception {
    assertThat(analysis()).isEqualTo(Phase.SUCCESSFUL);
    api.rig.clock.advance(Duration.ofHours(1));
    assertThat(run("verdict", () -> {})).isEqualTo(Phase.INCONCLUSIVE);
    step = "2";
    assertThat(run("verdict", this::timeGoesOn)).isEqualTo(Phase.SUCCESSFUL);
    assertThat(api.rig.gates.ofService("backend", 9)).hasSize(2);
  }

  @Test
  void analysis_thatAPersonForbids_isFailed() throws Exception {
    assertThat(analysis()).isEqualTo(Phase.SUCCESSFUL);
    api.rig.service.override(api.gate(), "FAIL", "The database is at its limit.", "ada");
    assertThat(run("verdict", () -> {})).isEqualTo(Phase.FAILED);
  }

  @Test
  void analysis_whilePharosIsAway_isAnErrorAndNeverSuccessful() throws Exception {
    api.trouble = 503;
    assertThat(run("announced", () -> {})).isEqualTo(Phase.ERROR);
    api.trouble = 0;
    assertThat(run("announced", () -> {})).isEqualTo(Phase.SUCCESSFUL);
    api.trouble = 500;
    assertThat(run("verdict", () -> {})).isEqualTo(Phase.ERROR);
  }

  @Test
  void analysis_whilePharosRestarts_goesOn() throws Exception {
    run("announced", () -> {});
    api.trouble = 503;
    assertThat(
            run(
                "verdict",
                () -> {
                  api.trouble = 0;
                  timeGoesOn();
                }))
        .isEqualTo(Phase.SUCCESSFUL);
  }

  @Test
  void verdict_beforeTheAnnouncement_isAskedAgain() throws Exception {
    assertThat(measure(metric("verdict"))).isEqualTo(Phase.ERROR);
    assertThat(analysis()).isEqualTo(Phase.SUCCESSFUL);
  }
}
