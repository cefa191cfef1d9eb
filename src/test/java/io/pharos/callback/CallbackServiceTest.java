package io.pharos.callback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.judge.ReasonCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallbackServiceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private RecordingReceiver forge;
  private FakeGrafana grafana;
  private CallbackRig rig;

  @BeforeEach
  void begin() throws IOException {
    forge = new RecordingReceiver();
    grafana = new FakeGrafana(0, "grafana-token");
    Files.writeString(folder.resolve("token"), "forge-token\n");
    Files.writeString(folder.resolve("grafana"), "grafana-token\n");
    rig = new CallbackRig(folder.resolve("data"), List.of());
  }

  @AfterEach
  void end() {
    rig.close();
    forge.close();
    grafana.close();
  }

  private CallbackTarget[] targets(String text) {
    return CallbackFile.parse(
            "callbacks.yml",
            text.replace("FORGE", forge.url("")).replace("GRAFANA", grafana.url()),
            folder)
        .toArray(CallbackTarget[]::new);
  }

  private void github() {
    rig.targets(
        targets(
            "github: [{name: gh, api_url: 'FORGE', repository: acme/backend, token_file: token}]"));
  }

  private void gitlab() {
    rig.targets(
        targets("gitlab: [{name: gl, url: 'FORGE', project: acme/backend, token_file: token}]"));
  }

  private void grafana() {
    rig.targets(targets("grafana: [{name: g, url: 'GRAFANA', token_file: grafana}]"));
  }

  private List<String> told(String field) {
    var all = new ArrayList<String>();
    for (RecordingReceiver.Received one : forge.received()) {
      all.add(json(one.body()).path(field).asText());
    }
    return all;
  }

  private static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new AssertionError(body, e);
    }
  }

  @Test
  void github_release_isPendingThenSuccess() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    rig.tick();
    GateRun gate = rig.gate("k");
    rig.tick();
    rig.move(gate, GateState.PASS, ReasonCode.OK, "All of 4 checks pass.");
    rig.tick();
    assertThat(told("state")).containsExactly("pending", "pending", "success");
    RecordingReceiver.Received last = forge.last();
    assertThat(last.path()).isEqualTo("/repos/acme/backend/statuses/" + CallbackRig.SHA);
    assertThat(last.header("Authorization")).isEqualTo("Bearer forge-token");
    assertThat(last.header("Accept")).isEqualTo("application/vnd.github+json");
    assertThat(json(last.body()).path("context").asText()).isEqualTo("pharos/backend/production");
    assertThat(json(last.body()).path("description").asText()).isEqualTo("All of 4 checks pass.");
    assertThat(json(last.body()).path("target_url").asText())
        .isEqualTo("https://pharos.example.org/deployments?key=k");
    assertThat(rig.only().status()).isEqualTo(Callback.Status.TOLD);
    rig.tick();
    assertThat(forge.received()).hasSize(3);
  }

  @Test
  void github_inconclusive_isAnErrorWithWords() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    rig.move(gate, GateState.INCONCLUSIVE, ReasonCode.NO_TRAFFIC, "Nobody asked the candidate.");
    rig.tick();
    assertThat(told("state")).containsExactly("error");
    assertThat(told("description"))
        .containsExactly("INCONCLUSIVE NO_TRAFFIC: Nobody asked the candidate.");
  }

  @Test
  void github_passThatIsTakenBack_isToldAgainAsAnError() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    GateRun passed = rig.move(rig.gate("k"), GateState.PASS, ReasonCode.OK, "Good.");
    rig.tick();
    GateRun again = rig.move(passed, GateState.RUNNING, ReasonCode.WAITING, "The version is gone.");
    rig.tick();
    assertThat(told("state")).containsExactly("success", "error");
    assertThat(told("description").getLast())
        .isEqualTo("The pass is withdrawn. The version is gone.");
    rig.move(again, GateState.INCONCLUSIVE, ReasonCode.GONE, "It stayed away.");
    rig.tick();
    assertThat(told("state")).containsExactly("success", "error", "error");
  }

  @Test
  void github_passThatIsTakenBackBeforeItCouldBeTold_isNoSuccess() {
    github();
    forge.answer(503, "");
    rig.deploy("k", CallbackRig.SHA);
    GateRun passed = rig.move(rig.gate("k"), GateState.PASS, ReasonCode.OK, "Good.");
    rig.tick(); // answered by 503: nobody knows whether it was taken
    rig.move(passed, GateState.RUNNING, ReasonCode.WAITING, "The version is gone.");
    rig.after(Duration.ofSeconds(10));
    assertThat(told("state")).containsExactly("success", "error");
  }

  @Test
  void github_passThatIsOverWhenItCanBeTold_isNoSuccess() {
    github();
    forge.answer(503, "");
    rig.deploy("k", CallbackRig.SHA);
    GateRun passed = rig.move(rig.gate("k"), GateState.PASS, ReasonCode.OK, "Good.");
    rig.tick();
    rig.expired.add(passed.id()); // GitHub was away for longer than the pass was good
    rig.after(Duration.ofSeconds(10));
    rig.tick();
    assertThat(told("state")).containsExactly("success", "error");
    assertThat(told("description").getLast()).contains("became invalid before it was reported");
  }

  @Test
  void github_commitThatIsDeployedAgain_hasTheStatusOfTheNewestDeployment() {
    github();
    forge.answer(503, "");
    rig.deploy("old", CallbackRig.SHA);
    rig.move(rig.gate("old"), GateState.PASS, ReasonCode.OK, "Good.");
    rig.tick(); // GitHub is away
    rig.deploy("new", CallbackRig.SHA);
    rig.move(rig.gate("new"), GateState.FAIL, ReasonCode.ERROR_BOUND, "Bad.");
    rig.after(Duration.ofSeconds(10));
    rig.end("old", DeploymentStatus.SUCCEEDED);
    rig.after(Duration.ofSeconds(10));
    assertThat(told("state")).containsExactly("success", "failure");
    assertThat(rig.store.callbacks().ofDeployment("old"))
        .singleElement()
        .satisfies(it -> assertThat(it.status()).isEqualTo(Callback.Status.DROPPED));
  }

  @Test
  void github_endWithoutAnyGate_isNoSuccess() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    rig.end("k", DeploymentStatus.SUCCEEDED);
    rig.tick();
    assertThat(told("state")).containsExactly("error");
    assertThat(told("description"))
        .containsExactly("The release is deployed; no gate has judged it.");
  }

  @Test
  void github_rolledBackAfterAPass_isAFailure() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    rig.move(rig.gate("k"), GateState.PASS, ReasonCode.OK, "Good.");
    rig.tick();
    rig.end("k", DeploymentStatus.ROLLED_BACK);
    rig.tick();
    assertThat(told("state")).containsExactly("success", "failure");
    assertThat(told("description").getLast())
        .startsWith("The release was rolled back. The gate's verdict is PASS");
  }

  @Test
  void github_shaThatIsCutShort_isNotToldAndSaysWhy() {
    github();
    rig.deploy("k", "0123456");
    rig.tick();
    assertThat(forge.received()).isEmpty();
    assertThat(rig.only().status()).isEqualTo(Callback.Status.FAILED);
    assertThat(rig.only().answer()).contains("without its whole commit id");
  }

  @Test
  void github_gateThatAPersonOverrides_isToldWithWhoAndWhy() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    GateRun failed =
        rig.move(rig.gate("k"), GateState.FAIL, ReasonCode.ERROR_BOUND, "12 of 40 failed.");
    rig.tick();
    rig.override(failed, GateState.PASS, "The errors are a test's.");
    rig.tick();
    assertThat(told("state")).containsExactly("failure", "success");
    assertThat(told("description").getLast())
        .startsWith(
            "PASS by ann in place of the gate: The errors are a test's. (the gate's verdict was FAIL");
  }

  @Test
  void github_longSummary_isCutToWhatGithubTakes() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    rig.move(rig.gate("k"), GateState.FAIL, ReasonCode.ERROR_BOUND, "x".repeat(500));
    rig.tick();
    assertThat(told("state")).containsExactly("failure");
    assertThat(told("description").getFirst()).hasSize(140).endsWith("…");
  }

  @Test
  void gitlab_states_areItsOwn() {
    gitlab();
    rig.deploy("k", CallbackRig.SHA);
    GateRun gate = rig.gate("k");
    rig.tick();
    rig.move(gate, GateState.INCONCLUSIVE, ReasonCode.CANCELLED, "Cancelled by ann.");
    rig.tick();
    rig.move(rig.gate("k"), GateState.INCONCLUSIVE, ReasonCode.TELEMETRY, "Nothing can be read.");
    rig.tick();
    assertThat(told("state")).containsExactly("running", "canceled", "failed");
    assertThat(forge.last().path())
        .isEqualTo("/api/v4/projects/acme%2Fbackend/statuses/" + CallbackRig.SHA);
  }

  @Test
  void gitlab_statusThatItHasAlready_isTold() {
    gitlab();
    forge.answer(
        400, "{\"message\":\"Cannot transition status via :run from :running (Reason(s): …)\"}");
    rig.deploy("k", CallbackRig.SHA);
    rig.tick();
    assertThat(rig.only().status()).isEqualTo(Callback.Status.TOLD);
  }

  @Test
  void grafana_deployment_isARegionThatEndsWithIt() {
    grafana();
    rig.deploy("k", "");
    rig.tick();
    JsonNode begun = grafana.annotations().getFirst();
    assertThat(begun.path("time").asLong()).isEqualTo(CallbackRig.START.toEpochMilli());
    assertThat(begun.has("timeEnd")).isFalse();
    assertThat(begun.path("tags").toString())
        .contains("service:backend", "env:production", "version:v2", "verdict:running");
    rig.move(rig.gate("k"), GateState.FAIL, ReasonCode.ERROR_BOUND, "12 of 40 requests failed.");
    rig.end("k", DeploymentStatus.ROLLED_BACK);
    rig.tick();
    assertThat(grafana.annotations()).hasSize(1);
    JsonNode ended = grafana.annotations().getFirst();
    assertThat(ended.path("timeEnd").asLong())
        .isEqualTo(CallbackRig.START.plusSeconds(1).toEpochMilli());
    assertThat(ended.path("tags").toString()).contains("verdict:failed");
    assertThat(ended.path("text").asText()).contains("rolled back", "12 of 40 requests failed.");
    assertThat(grafana.calls())
        .containsExactly(
            "GET /api/annotations", "POST /api/annotations", "PATCH /api/annotations/1");
  }

  @Test
  void grafana_answerThatIsLost_makesNoSecondAnnotation() {
    grafana();
    grafana.swallowing();
    rig.deploy("k", "");
    rig.tick();
    assertThat(grafana.annotations()).hasSize(1);
    assertThat(rig.only().status()).isEqualTo(Callback.Status.PENDING);
    rig.after(Duration.ofSeconds(5));
    assertThat(grafana.annotations()).hasSize(1);
    assertThat(rig.only().status()).isEqualTo(Callback.Status.TOLD);
    assertThat(rig.only().remoteId()).isEqualTo("1");
  }

  @Test
  void grafana_thatLostItsData_getsTheAnnotationAnew() {
    grafana();
    rig.deploy("k", "");
    rig.tick();
    grafana.forget();
    rig.end("k", DeploymentStatus.SUCCEEDED);
    rig.tick();
    rig.after(Duration.ofSeconds(5));
    assertThat(grafana.annotations()).hasSize(1);
    assertThat(grafana.annotations().getFirst().has("timeEnd")).isTrue();
  }

  @Test
  void grafana_wrongToken_isTriedUntilSomebodyMendsIt_andNeverShown() throws IOException {
    grafana();
    Files.writeString(folder.resolve("grafana"), "wrong-secret-token");
    rig.deploy("k", "");
    rig.tick();
    assertThat(rig.only().status()).isEqualTo(Callback.Status.PENDING);
    assertThat(rig.only().answer()).contains("401").doesNotContain("wrong-secret-token");
    Files.writeString(folder.resolve("grafana"), "grafana-token");
    rig.after(Duration.ofMinutes(1));
    assertThat(rig.only().status()).isEqualTo(Callback.Status.TOLD);
  }

  @Test
  void target_thatStaysAway_isGivenUpAfterItsTime() {
    grafana();
    grafana.failing(500);
    rig.deploy("k", "");
    rig.tick();
    for (int i = 0; i < 3; i++) {
      rig.after(Duration.ofMinutes(2));
    }
    assertThat(rig.only().status()).isEqualTo(Callback.Status.PENDING);
    assertThat(rig.only().attempts()).isEqualTo(4);
    rig.after(Duration.ofDays(1));
    assertThat(rig.only().status()).isEqualTo(Callback.Status.FAILED);
    assertThat(rig.only().answer()).startsWith("given up after 1d: http://127.0.0.1");
    assertThat(rig.store.callbacks().ledger(rig.only().id()))
        .singleElement()
        .satisfies(it -> assertThat(it.status()).isEqualTo(Callback.Status.FAILED));
    assertThat(rig.registry.get("pharos.callbacks").tag("outcome", "failed").counter().count())
        .isEqualTo(1);
  }

  @Test
  void fact_thatWasCommittedBeforeAKill_isTold() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    rig.restart(); // before any tick
    rig.tick();
    assertThat(told("state")).containsExactly("pending");
  }

  @Test
  void attempt_thatAKillCutOff_isMadeAgain() {
    github();
    rig.deploy("k", CallbackRig.SHA);
    forge.answer(500, "");
    rig.tick();
    Callback due = rig.only();
    assertThat(
            rig.store
                .callbacks()
                .claim(due, rig.clock.instant(), rig.clock.instant().plusSeconds(60)))
        .isPresent();
    rig.tick();
    assertThat(forge.received()).as("somebody has it").hasSize(1);
    rig.restart();
    rig.after(Duration.ofSeconds(5));
    assertThat(told("state")).containsExactly("pending", "pending");
    assertThat(rig.only().status()).isEqualTo(Callback.Status.TOLD);
  }

  @Test
  void targets_thatAreNotConcerned_areNotTold() {
    rig.targets(
        targets(
            """
            github:
              - {name: gh, api_url: 'FORGE', repository: a/b, token_file: token, services: [other]}
            gitlab:
              - {name: gl, url: 'FORGE', project: '1', token_file: token, envs: [staging]}
            """));
    rig.deploy("k", CallbackRig.SHA);
    rig.tick();
    assertThat(forge.received()).isEmpty();
    assertThat(rig.store.callbacks().newest(null, 10)).isEmpty();
    assertThat(rig.store.callbacks().changes(10)).isEmpty();
  }

  @Test
  void target_thatIsGone_isGivenUp() {
    github();
    forge.answer(500, "");
    rig.deploy("k", CallbackRig.SHA);
    rig.tick();
    rig.targets();
    rig.after(Duration.ofSeconds(5));
    assertThat(rig.only().answer()).isEqualTo("the target is no longer configured");
  }

  @Test
  void redirect_isNotFollowed() throws IOException {
    try (var elsewhere = new RecordingReceiver()) {
      github();
      forge.answer(307, "", "Location", elsewhere.url("/x"));
      rig.deploy("k", CallbackRig.SHA);
      rig.tick();
      assertThat(elsewhere.received()).isEmpty();
      assertThat(rig.only().status()).isEqualTo(Callback.Status.FAILED);
    }
  }
}
