package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.access.AccessControls;
import io.pharos.gate.GateRig;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/// Simulates Flagger with the webhooks of the shipped Canary: it sends the same requests and
/// proceeds at statuses up to 202.
class FlaggerHooksTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private ReleaseApi api;
  private String checksum = "85d557f47b";

  /// @param goesOn whether Flagger proceeds
  private record Answer(boolean goesOn, int status, String body) {}

  @BeforeEach
  void start() throws IOException {
    api = new ReleaseApi(AccessControls.withToken("s3cret", "backend", "production"));
  }

  @AfterEach
  void stop() {
    api.close();
    client.close();
  }

  private void announce(String key) {
    api.rig.deployments.put(
        Deployment.begin(GateRig.announcement(key, "green"), api.rig.clock.instant()));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> webhook(String type) {
    try {
      Map<String, Object> canary =
          new Yaml().load(Files.readString(Path.of("deploy/kubernetes/flagger-canary.yml")));
      var spec = (Map<String, Object>) canary.get("spec");
      var analysis = (Map<String, Object>) spec.get("analysis");
      return ((List<Map<String, Object>>) analysis.get("webhooks"))
          .stream().filter(hook -> hook.get("type").equals(type)).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Answer call(String type) throws Exception {
    return call(type, "s3cret", Map.of("service", "backend", "env", "production"));
  }

  private Answer call(String type, String token, Map<String, String> metadata) throws Exception {
    URI url = URI.create(webhook(type).get("url").toString().replace("${PHAROS_TOKEN}", token));
    var payload = new LinkedHashMap<String, Object>();
    payload.put("name", "shop");
    payload.put("namespace", "production");
    payload.put("phase", "Progressing");
    payload.put("checksum", checksum);
    payload.put("type", type); // later Flaggers say more
    payload.put("metadata", metadata);
    var request =
        HttpRequest.newBuilder(URI.create(api.url() + url.getRawPath()))
            .header("Content-Type", "application/json")
            // Go derives this header from the URL.
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(url.getRawUserInfo().getBytes(StandardCharsets.UTF_8)))
            .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(payload)));
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(answer.statusCode() <= 202, answer.statusCode(), answer.body());
  }

  private void judge() {
    api.rig.toTheEnd(api.gate());
  }

  @Test
  void confirmRollout_beforeTheAnnouncement_halts() throws Exception {
    assertThat(call("confirm-rollout"))
        .matches(no -> !no.goesOn() && no.status() == 404)
        .matches(no -> no.body().contains("No deployment of backend in production is in progress"));
    announce("k");
    assertThat(call("confirm-rollout"))
        .isEqualTo(new Answer(true, 200, "The deployment k of version v2 is announced.\n"));
    assertThat(api.rig.gates.observed()).isEmpty(); // there is nothing to judge yet
  }

  @Test
  void hooks_ofAGoodRelease_promoteItOnceItPassed() throws Exception {
    announce("k");
    assertThat(call("rollback")).matches(no -> !no.goesOn() && no.status() == 409);
    assertThat(call("confirm-promotion"))
        .matches(no -> !no.goesOn() && no.status() == 408)
        .matches(no -> no.body().startsWith("RUNNING: "));
    judge();
    assertThat(call("rollback"))
        .matches(no -> !no.goesOn() && no.body().startsWith("No rollback. PASS: "));
    assertThat(call("confirm-promotion"))
        .matches(yes -> yes.goesOn() && yes.status() == 200)
        .matches(yes -> yes.body().startsWith("PASS: Every required check passed"))
        .matches(yes -> yes.body().contains("/api/pharos/v1/gates/" + api.gate().id()));
    assertThat(api.rig.gates.ofService("backend", 9)).hasSize(1);
  }

  @Test
  void hooks_ofABadRelease_rollItBack() throws Exception {
    announce("k");
    assertThat(call("rollback").goesOn()).isFalse();
    api.rig.badPerScrape = 20;
    judge();
    assertThat(call("confirm-promotion")).matches(no -> !no.goesOn() && no.status() == 409);
    assertThat(call("rollback"))
        .matches(yes -> yes.goesOn() && yes.status() == 200)
        .matches(yes -> yes.body().startsWith("FAIL: The release must not go on: error_bound"));
  }

  @Test
  void hooks_ofAnInconclusiveGate_neitherPromoteNorRollBack() throws Exception {
    announce("k");
    call("rollback");
    api.rig.scraping = false;
    judge();
    assertThat(call("confirm-promotion")).matches(no -> !no.goesOn() && no.status() == 425);
    assertThat(call("rollback")).matches(no -> !no.goesOn() && no.status() == 409);
  }

  @Test
  void hooks_ofAnOverriddenGate_goByThePerson() throws Exception {
    announce("k");
    call("rollback");
    judge();
    api.rig.service.override(api.gate(), "FAIL", "The database is at its limit.", "ada");
    assertThat(call("confirm-promotion").goesOn()).isFalse();
    assertThat(call("rollback"))
        .matches(yes -> yes.goesOn())
        .matches(
            yes ->
                yes.body().startsWith("FAIL (overridden by ada: The database is at its limit.)"));
  }

  @Test
  void hooks_whilePharosHasTrouble_neitherPromoteNorRollBack() throws Exception {
    announce("k");
    call("rollback");
    judge();
    api.rig.gates.broken = true;
    assertThat(call("confirm-promotion")).matches(no -> !no.goesOn() && no.status() == 503);
    assertThat(call("rollback")).matches(no -> !no.goesOn() && no.status() == 503);
  }

  @Test
  void hooks_ofTheNextRevision_openAGateOfTheirOwn() throws Exception {
    announce("k");
    call("rollback");
    judge();
    assertThat(call("confirm-promotion").goesOn()).isTrue();
    checksum = "59c57fd6b9";
    assertThat(call("confirm-promotion")).matches(no -> !no.goesOn() && no.status() == 408);
    api.rig.deployments.finish("k", DeploymentStatus.SUCCEEDED, api.rig.clock.instant());
    assertThat(call("confirm-promotion").status()).isEqualTo(404);
  }

  @Test
  void hooks_thatNameTheDeployment_areAboutThatOne() throws Exception {
    announce("k");
    api.rig.clock.advance(Duration.ofSeconds(1));
    announce("newer");
    call("rollback", "s3cret", Map.of("deployment", "k"));
    assertThat(api.gate().deploymentKey()).isEqualTo("k");
    assertThat(call("rollback", "s3cret", Map.of("deployment", "none")).body())
        .contains("No deployment none is in progress");
  }

  @Test
  void hooks_withoutTheRightToken_areRefused() throws Exception {
    announce("k");
    var mine = Map.of("service", "backend", "env", "production");
    assertThat(call("rollback", "guess", mine)).matches(no -> !no.goesOn() && no.status() == 401);
    assertThat(call("rollback", "s3cret", Map.of("service", "other", "env", "production")))
        .matches(no -> !no.goesOn() && no.status() == 403);
  }

  @Test
  void hooks_withoutAChecksum_areRefused() throws Exception {
    announce("k");
    checksum = "";
    assertThat(call("rollback"))
        .matches(no -> !no.goesOn() && no.status() == 400)
        .matches(no -> no.body().contains("as Flagger sends them"));
  }
}
