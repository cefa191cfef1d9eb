package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.access.Access;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Caller.NotCoveredException;
import io.pharos.server.api.refusal.ErrorMapper;
import io.pharos.trouble.StoreUnavailableException;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Status and body of each answer of the deployments and gates API.
class GateApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Access.Granted LOCAL = new Access.Granted("local", Set.of(), Set.of());
  private static final String BODY =
      """
      {"service": "backend", "env": "production", "version": "v2", "sha": "0123456789abcdef",
       "strategy": "blue-green", "color": "green", "links": {"run": "https://ci.example.org/1"}}
      """;

  private final GateRig rig = new GateRig();
  private final DeploymentCalls deployments =
      new DeploymentCalls(
          new DeploymentResource(
              new DeploymentRegister(rig.deployments, rig.clock, rig.meterRegistry),
              rig.service,
              rig.clock));
  private final GateCalls gates =
      new GateCalls(new GateResource(rig.service, new Hindsight(rig.deployments, rig.gates)));

  /// The server's answer, also for exceptions.
  private static Response answer(Supplier<Response> call) {
    var errors = new ErrorMapper(ReleaseApi.NO_PAGES);
    try {
      return call.get();
    } catch (NotCoveredException e) {
      return errors.notCovered(e);
    } catch (InvalidFieldException e) {
      return errors.invalid(e);
    } catch (StoreUnavailableException _) {
      return ErrorMapper.unavailable("/api/pharos/v1/gates");
    }
  }

  private record DeploymentCalls(DeploymentResource resource) {
    Response put(String key, Access.Granted granted, String body) {
      return answer(() -> resource.put(key, new Caller(granted), body));
    }

    Response get(String key, Access.Granted granted) {
      return answer(() -> resource.get(key, new Caller(granted)));
    }

    Response list(@Nullable String service, @Nullable String limit, Access.Granted granted) {
      return answer(() -> resource.list(service, null, limit, new Caller(granted)));
    }

    Response patch(String key, Access.Granted granted, String body) {
      return answer(() -> resource.patch(key, new Caller(granted), body));
    }
  }

  private record GateCalls(GateResource resource) {
    Response open(@Nullable String key, Access.Granted granted, String body) {
      return answer(() -> resource.open(key, null, new Caller(granted), body));
    }

    Response openAndDecide(String key, String wait, String body) {
      return answer(() -> resource.open(key, wait, new Caller(LOCAL), body));
    }

    Response decision(String id) {
      return answer(() -> resource.decision(id, null, new Caller(LOCAL)));
    }

    Response override(String id, Access.Granted granted, String outcome, String reason) {
      var body = JSON.createObjectNode().put("outcome", outcome).put("reason", reason);
      return answer(() -> resource.override(id, new Caller(granted), body.toString()));
    }

    Response get(String id, @Nullable String wait, Access.Granted granted) {
      return answer(() -> resource.get(id, wait, new Caller(granted)));
    }

    Response requirePass(String id, @Nullable String wait, Access.Granted granted) {
      return answer(() -> resource.requirePass(id, wait, new Caller(granted)));
    }

    Response cancel(String id, Access.Granted granted) {
      return answer(() -> resource.cancel(id, new Caller(granted)));
    }

    Response evidence(String id, Access.Granted granted) {
      return answer(() -> resource.evidence(id, new Caller(granted)));
    }

    Response ofService(String service, @Nullable String limit, Access.Granted granted) {
      return answer(() -> resource.ofService(service, limit, new Caller(granted)));
    }
  }

  private static JsonNode body(Response response) {
    return JSON.valueToTree(response.getEntity());
  }

  private static void assertRefused(
      Response response, int status, String field, String value, String expected) {
    JsonNode body = body(response);
    assertThat(response.getStatus()).as(body.toString()).isEqualTo(status);
    assertThat(body.path("field").asText()).isEqualTo(field);
    assertThat(body.path("value").asText()).contains(value);
    assertThat(body.path("expected").asText()).contains(expected);
    assertThat(body.path("error").asText()).contains(field);
  }

  private String open() {
    deployments.put("k", LOCAL, BODY);
    return body(gates.open("k", LOCAL, "{\"deployment\": \"k\"}")).path("id").asText();
  }

  private GateRun toTheEnd(String id) {
    return rig.toTheEnd(rig.gates.find(id).orElseThrow());
  }

  @Test
  void put_deployment_createdThenSameThenConflict() {
    var created = deployments.put("gh:a/b:1:1:production", LOCAL, BODY);
    assertThat(created.getStatus()).isEqualTo(201);
    assertThat(body(created).path("started_at").asText()).isEqualTo(GateRig.START.toString());
    assertThat(body(created).path("status").asText()).isEqualTo("in_progress");
    assertThat(body(created).has("finished_at")).isFalse();
    assertThat(deployments.put("gh:a/b:1:1:production", LOCAL, BODY).getStatus()).isEqualTo(200);
    assertRefused(
        deployments.put("gh:a/b:1:1:production", LOCAL, BODY.replace("v2", "v3")),
        409,
        "version",
        "gh:a/b",
        "this key belongs to backend v2 in production");
    var found = deployments.get("gh:a/b:1:1:production", LOCAL);
    assertThat(found.getStatus()).isEqualTo(200);
    assertThat(body(found)).isEqualTo(body(created));
    assertRefused(
        deployments.get("none", LOCAL), 404, "deployment", "none", "an announced deployment");
  }

  @Test
  void patch_deployment_endsItOnce() {
    deployments.put("k", LOCAL, BODY);
    var done = deployments.patch("k", LOCAL, "{\"status\": \"rolled_back\"}");
    assertThat(done.getStatus()).isEqualTo(200);
    assertThat(body(done).path("finished_at").asText()).isEqualTo(GateRig.START.toString());
    assertThat(deployments.patch("k", LOCAL, "{\"status\": \"rolled_back\"}").getStatus())
        .isEqualTo(200);
    assertRefused(
        deployments.patch("k", LOCAL, "{\"status\": \"failed\"}"),
        409,
        "status",
        "failed",
        "has ended as rolled_back");
    assertRefused(
        deployments.patch("k", LOCAL, "{\"status\": \"in_progress\"}"),
        400,
        "status",
        "in_progress",
        "one of succeeded");
    assertThat(deployments.patch("none", LOCAL, "{\"status\": \"failed\"}").getStatus())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|body||a JSON object",
        "[1]|body|[1]|a JSON object",
        "{|body|{|at line 1",
        "{}{}|body|{}{}|a JSON object",
        "{\"a\":1,\"a\":2}|body|a|Duplicate field",
        "{\"env\":\"e\",\"version\":\"v\"}|service||the field is missing",
        "{\"service\":null,\"env\":\"e\",\"version\":\"v\"}|service||the field is missing",
        "{\"service\":5,\"env\":\"e\",\"version\":\"v\"}|service|5|a string",
        "{\"service\":\"a b\",\"env\":\"e\",\"version\":\"v\"}|service|a b|1 to 100",
        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"v\",\"colour\":\"x\"}|colour|x|one of the fields baseline, candidate, color,",
        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"v\",\"strategy\":\"x\"}|strategy|x|one of recreate",
        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"v\",\"links\":[]}|links|[]|an object of strings",
        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"v\",\"links\":{\"a\":1}}|links.a|1|a string",
        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"v\",\"started_at\":\"now\"}|started_at|now|a time such as",
        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"v\",\"started_at\":\"2030-01-01T00:00:00Z\"}|started_at|2030|not more than a minute",
      })
  void put_badBody_saysFieldValueAndExpectation(
      String text, String field, String value, String expected) {
    assertRefused(
        deployments.put("k", LOCAL, text), 400, field, value == null ? "" : value, expected);
    assertThat(rig.deployments.find("k")).isEmpty();
  }

  @Test
  void put_hugeBody_isRefused() {
    assertRefused(
        deployments.put("k", LOCAL, " ".repeat(70_000) + "{}"), 400, "body", "70002", "65536");
  }

  @Test
  void open_gate_createdThenSameThenKeyReused() {
    deployments.put("k", LOCAL, BODY);
    deployments.put("k2", LOCAL, BODY);
    var created = gates.open("key", LOCAL, "{\"deployment\": \"k\"}");
    assertThat(created.getStatus()).isEqualTo(201);
    String id = body(created).path("id").asText();
    assertThat(created.getLocation().toString()).endsWith("/api/pharos/v1/gates/" + id);
    assertThat(body(created).path("state").asText()).isEqualTo("RUNNING");
    assertThat(body(created).path("policy").path("hash").asText()).hasSize(64);
    assertThat(body(created).path("advisory").asText()).isEqualTo("hold");
    assertThat(body(created).path("deployment").path("version").asText()).isEqualTo("v2");
    assertThat(gates.open("key", LOCAL, "{\"deployment\": \"k\"}").getStatus()).isEqualTo(200);
    assertRefused(
        gates.open("key", LOCAL, "{\"deployment\": \"k2\"}"),
        422,
        "Idempotency-Key",
        "key",
        "a new key");
    assertThat(gates.open(null, LOCAL, "{\"deployment\": \"k\"}").getStatus()).isEqualTo(201);
  }

  @Test
  void open_gate_refusals() {
    assertRefused(
        gates.open("x", LOCAL, "{\"deployment\": \"none\"}"),
        404,
        "deployment",
        "none",
        "an announced deployment");
    assertRefused(gates.open("x", LOCAL, "{}"), 400, "deployment", "", "missing");
    assertRefused(
        gates.open("x", LOCAL, "{\"deployment\": \"k\", \"policy\": \"mine\"}"),
        400,
        "policy",
        "mine",
        "one of the fields deployment");
    deployments.put("k", LOCAL, BODY);
    assertRefused(
        gates.open("\u0001", LOCAL, "{\"deployment\": \"k\"}"), 400, "Idempotency-Key", "", "255");
    rig.policies = PolicySet.<GatePolicy>none();
    assertRefused(
        gates.open("x", LOCAL, "{\"deployment\": \"k\"}"),
        404,
        "policy",
        "backend in production",
        "gates/*.yml");
  }

  @Test
  void requirePass_everyState_hasItsStatus() {
    String id = open();
    var running = gates.requirePass(id, "10ms", LOCAL);
    assertThat(running.getStatus()).isEqualTo(408);
    assertThat(running.getHeaderString("Retry-After")).isEqualTo("2");
    assertThat(body(running).path("state").asText()).isEqualTo("RUNNING");

    toTheEnd(id);
    var passed = gates.requirePass(id, "50s", LOCAL);
    assertThat(passed.getStatus()).isEqualTo(200);
    assertThat(body(passed).path("checks")).hasSize(5);
    assertThat(body(passed).path("expires_at").asText()).isNotEmpty();

    rig.clock.advance(Duration.ofMinutes(11));
    var expired = gates.requirePass(id, null, LOCAL);
    assertThat(expired.getStatus()).isEqualTo(425);
    assertThat(body(expired).path("code").asText()).isEqualTo("EXPIRED");
    assertThat(body(expired).path("state").asText()).isEqualTo("PASS");
  }

  @Test
  void requirePass_failedAndInconclusive_haveTheirStatus() {
    String id = open();
    rig.badPerScrape = 20;
    toTheEnd(id);
    var failed = gates.requirePass(id, "1s", LOCAL);
    assertThat(failed.getStatus()).isEqualTo(409);
    assertThat(body(failed).path("code").asText()).isEqualTo("ERROR_BOUND");
    JsonNode check = body(failed).path("checks").get(3);
    assertThat(check.path("e_c").asLong()).isPositive();
    assertThat(check.path("n_c").asLong()).isEqualTo(check.path("e_c").asLong() * 2);

    var other = new GateApiTest();
    String cancelled = other.open();
    assertThat(other.gates.cancel(cancelled, LOCAL).getStatus()).isEqualTo(200);
    var inconclusive = other.gates.requirePass(cancelled, "1s", LOCAL);
    assertThat(inconclusive.getStatus()).isEqualTo(425);
    assertThat(body(inconclusive).path("code").asText()).isEqualTo("CANCELLED");
  }

  @Test
  void override_failedGate_requirePassAnswers200AndShowsBoth() {
    String id = open();
    rig.badPerScrape = 20;
    toTheEnd(id);
    assertThat(gates.requirePass(id, null, LOCAL).getStatus()).isEqualTo(409);
    var ada = new Access.Granted("ada", Set.of("backend"), Set.of());
    var made = gates.override(id, ada, "PASS", "The load test did it, see INC-42.");
    assertThat(made.getStatus()).isEqualTo(200);
    var passed = gates.requirePass(id, null, LOCAL);
    assertThat(passed.getStatus()).isEqualTo(200);
    assertThat(body(passed).path("state").asText()).isEqualTo("FAIL");
    assertThat(body(passed).path("code").asText()).isEqualTo("ERROR_BOUND");
    assertThat(body(passed).path("summary").asText()).startsWith("The release must not continue");
    assertThat(body(passed).path("outcome").asText()).isEqualTo("PASS");
    assertThat(body(passed).at("/override/by").asText()).isEqualTo("ada");
    assertThat(body(passed).at("/override/reason").asText()).contains("INC-42");
    assertThat(body(passed).at("/override/at").asText()).isEqualTo(rig.clock.instant().toString());
    assertThat(body(passed).path("overrides").size()).isEqualTo(1);
    assertThat(body(gates.evidence(id, LOCAL)).at("/gate/override/by").asText()).isEqualTo("ada");
    assertThat(body(gates.evidence(id, LOCAL)).at("/replay/agrees").asBoolean()).isTrue();
  }

  @Test
  void override_passedGate_requirePassAnswers409() {
    String id = open();
    toTheEnd(id);
    gates.override(id, LOCAL, "FAIL", "Marketing has not said yes yet.");
    var forbidden = gates.requirePass(id, null, LOCAL);
    assertThat(forbidden.getStatus()).isEqualTo(409);
    assertThat(body(forbidden).path("state").asText()).isEqualTo("PASS");
    assertThat(body(forbidden).path("outcome").asText()).isEqualTo("FAIL");
  }

  @Test
  void override_toPassThatIsOver_requirePassAnswers425() {
    String id = open();
    rig.badPerScrape = 20;
    toTheEnd(id);
    gates.override(id, LOCAL, "PASS", "The load test did it, see INC-42.");
    rig.clock.advance(Duration.ofHours(1));
    var over = gates.requirePass(id, null, LOCAL);
    assertThat(over.getStatus()).isEqualTo(425);
    assertThat(body(over).path("expired").asBoolean()).isTrue();
    assertThat(body(over).path("code").asText()).isEqualTo("ERROR_BOUND");
  }

  @Test
  void override_refusals_sayWhy() {
    String id = open();
    assertRefused(
        gates.override(id, LOCAL, "PASS", "I am in a hurry today."),
        409,
        "outcome",
        "PASS",
        "it is still running");
    assertRefused(gates.override(id, LOCAL, "FAIL", "no"), 400, "reason", "no", "a reason of 10");
    assertRefused(
        gates.override("none", LOCAL, "FAIL", "A good reason."), 404, "id", "none", "the id of");
    var other = new Access.Granted("ada", Set.of("other"), Set.of());
    assertThat(gates.override(id, other, "FAIL", "A good reason.").getStatus()).isEqualTo(403);
    assertThat(body(gates.get(id, null, LOCAL)).has("override")).isFalse();
  }

  @Test
  void decision_gate_is408WhileItRunsAnd200WhateverItSays() {
    String id = open();
    var running = gates.decision(id);
    assertThat(running.getStatus()).isEqualTo(408);
    assertThat(running.getHeaderString("Retry-After")).isEqualTo("2");
    rig.badPerScrape = 20;
    toTheEnd(id);
    assertThat(gates.decision(id).getStatus()).isEqualTo(200);
    assertThat(body(gates.decision(id)).path("outcome").asText()).isEqualTo("FAIL");
  }

  @Test
  void open_withAWait_opensOnceAndAnswersTheDecision() {
    deployments.put("k", LOCAL, BODY);
    String request = "{\"deployment\": \"k\"}";
    assertRefused(gates.openAndDecide("argo", "soon", request), 400, "wait", "soon", "a duration");
    assertThat(rig.gates.observed()).isEmpty();
    var first = gates.openAndDecide("argo", "0s", request);
    assertThat(first.getStatus()).isEqualTo(408);
    toTheEnd(body(first).path("id").asText());
    var last = gates.openAndDecide("argo", "50s", request);
    assertThat(last.getStatus()).isEqualTo(200);
    assertThat(body(last).path("outcome").asText()).isEqualTo("PASS");
    assertThat(body(last).path("id")).isEqualTo(body(first).path("id"));
  }

  @Test
  void get_gate_isAlways200AndTellsItsStep() {
    String id = open();
    var first = gates.get(id, null, LOCAL);
    assertThat(first.getStatus()).isEqualTo(200);
    assertThat(first.getHeaderString("ETag")).isEqualTo("\"0-RUNNING\"");
    rig.badPerScrape = 20;
    toTheEnd(id);
    var last = gates.get(id, "70s", LOCAL);
    assertThat(last.getStatus()).isEqualTo(200);
    assertThat(body(last).path("state").asText()).isEqualTo("FAIL");
    assertThat(body(last).has("next_check_at")).isFalse();
    assertRefused(gates.get(id, "soon", LOCAL), 400, "wait", "soon", "a duration such as 50s");
  }

  @Test
  void unknownGate_is404Everywhere() {
    assertThat(gates.get("none", null, LOCAL).getStatus()).isEqualTo(404);
    assertThat(gates.requirePass("none", "50s", LOCAL).getStatus()).isEqualTo(404);
    assertThat(gates.cancel("none", LOCAL).getStatus()).isEqualTo(404);
    assertRefused(gates.evidence("none", LOCAL), 404, "id", "none", "the id of");
  }

  @Test
  void evidence_holdsPolicyObservationsAndReplay() throws Exception {
    String id = open();
    rig.badPerScrape = 20;
    toTheEnd(id);
    var evidence = gates.evidence(id, LOCAL);
    assertThat(evidence.getStatus()).isEqualTo(200);
    JsonNode json = JSON.readTree(JSON.writeValueAsString(evidence.getEntity()));
    assertThat(json.path("policy_text").asText()).isEqualTo(GateRig.POLICY);
    assertThat(json.path("replay").path("intact").asBoolean()).isTrue();
    assertThat(json.path("replay").path("agrees").asBoolean()).isTrue();
    assertThat(json.path("observations")).hasSize(json.path("gate").path("evaluations").asInt());
    assertThat(json.at("/observations/0/observation/readings/error_bound/bad").asDouble())
        .isEqualTo(20);
  }

  @Test
  void ofService_listsNewestFirst() {
    String id = open();
    assertThat(body(gates.ofService("backend", null, LOCAL)).at("/gates/0/id").asText())
        .isEqualTo(id);
    assertThat(body(gates.ofService("other", "5", LOCAL)).path("gates")).isEmpty();
    assertRefused(gates.ofService("backend", "0", LOCAL), 400, "limit", "0", "1 to 500");
    assertRefused(gates.ofService("backend", "x", LOCAL), 400, "limit", "x", "1 to 500");
  }

  @Test
  void tokenOfAnotherService_isRefusedAndLearnsNothing() {
    String id = open();
    var other = new Access.Granted("ci", Set.of("other"), Set.of());
    assertThat(gates.open("k2", other, "{\"deployment\": \"k\"}").getStatus()).isEqualTo(403);
    assertThat(gates.get(id, null, other).getStatus()).isEqualTo(403);
    assertThat(gates.requirePass(id, null, other).getStatus()).isEqualTo(403);
    assertThat(gates.cancel(id, other).getStatus()).isEqualTo(403);
    assertThat(gates.evidence(id, other).getStatus()).isEqualTo(403);
    assertThat(deployments.put("k9", other, BODY).getStatus()).isEqualTo(403);
    assertThat(deployments.get("k", other).getStatus()).isEqualTo(403);
    assertThat(deployments.patch("k", other, "{\"status\": \"failed\"}").getStatus())
        .isEqualTo(403);
    assertThat(body(gates.ofService("backend", null, other)).path("gates")).isEmpty();
    assertThat(rig.deployments.find("k9")).isEmpty();
  }

  @Test
  void put_keyTakenByWhatATokenDoesNotCover_saysNothingOfIt() {
    deployments.put("k", LOCAL, BODY);
    var other = new Access.Granted("ci", Set.of("other"), Set.of());
    var answer = deployments.put("k", other, BODY.replace("\"backend\"", "\"other\""));
    assertRefused(answer, 409, "key", "k", "that the token does not cover");
    assertThat(body(answer).toString())
        .doesNotContain("backend")
        .doesNotContain("v2")
        .doesNotContain("production");
  }

  @Test
  void storeDown_is503AndSaysWhenToComeBack() {
    String id = open();
    rig.gates.broken = true;
    var answer = gates.requirePass(id, null, LOCAL);
    assertThat(answer.getStatus()).isEqualTo(503);
    assertThat(answer.getHeaderString("Retry-After")).isEqualTo("2");
    assertThat(body(answer).path("error").asText())
        .isEqualTo("the store is unavailable; retry in a few seconds");
  }

  @Test
  void deployments_list_hasVerdictsAndWhatTheTokenCovers() {
    GateRun run = rig.open("k");
    JsonNode list = body(deployments.list("backend", null, LOCAL));
    assertThat(list.at("/deployments/0/deployment/key").asText()).isEqualTo("k");
    assertThat(list.at("/deployments/0/verdict").asText()).isEqualTo("running");
    assertThat(list.at("/deployments/0/gates/0/id").asText()).isEqualTo(run.id());
    assertThat(list.at("/deployments/0/gates/0/opened_by").asText()).isEqualTo("ci");
    rig.service.cancel(run.id(), "ann");
    list = body(deployments.list(null, "1", LOCAL));
    assertThat(list.at("/deployments/0/verdict").asText()).isEqualTo("cancelled");
    assertThat(list.at("/deployments/0/why").asText()).contains("Cancelled by ann.");
    var other = new Access.Granted("other", Set.of("shop"), Set.of());
    assertThat(body(deployments.list(null, null, other)).toString())
        .isEqualTo("{\"deployments\":[]}");
    assertThat(deployments.list("shop", null, LOCAL).getStatus()).isEqualTo(200);
    assertThat(deployments.list(null, "0", LOCAL).getStatus()).isEqualTo(400);
  }
}
