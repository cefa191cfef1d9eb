package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.Access;
import io.pharos.gate.ManualClock;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.InMemoryDeployments;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.Strategy;
import io.pharos.rollout.FakeGates;
import io.pharos.rollout.InMemoryRollouts;
import io.pharos.rollout.RolloutPolicy;
import io.pharos.rollout.RolloutService;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Caller.NotCoveredException;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Status and body of each answer of the rollouts API.
class RolloutApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Caller PIPELINE =
      new Caller(new Access.Granted("pipeline", Set.of(), Set.of()));
  private static final Caller SECOND = new Caller(new Access.Granted("second", Set.of(), Set.of()));
  private static final Caller OTHER =
      new Caller(new Access.Granted("other", Set.of("wiki"), Set.of()));

  private final ManualClock clock = new ManualClock(Instant.parse("2026-03-01T12:00:00Z"));
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DeploymentRegister deployments =
      new DeploymentRegister(new InMemoryDeployments(), clock, registry);
  private final RolloutResource rollouts =
      new RolloutResource(
          new RolloutService(
              () ->
                  RolloutPolicy.FILES.parse(
                      "shop", "{version: '3', service: shop, env: prod, strategy: canary}"),
              deployments,
              new FakeGates(),
              new InMemoryRollouts(),
              clock,
              registry),
          clock);

  @BeforeEach
  void announce() {
    announce("gh:1", "shop", Strategy.CANARY);
    announce("gh:2", "shop", Strategy.CANARY);
    announce("gh:recreated", "shop", Strategy.RECREATE);
    announce("gh:wiki", "wiki", Strategy.CANARY);
  }

  private void announce(String key, String service, Strategy strategy) {
    deployments.put(
        Announcements.change(
            key, service, "prod", "1.1", "", strategy, "green", "", Map.of(), null));
  }

  private static JsonNode body(Response response) {
    Object entity = response.getEntity();
    try {
      return entity instanceof String text ? JSON.readTree(text) : JSON.valueToTree(entity);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private Response start(String key) {
    return rollouts.start(PIPELINE, "{\"deployment\":\"" + key + "\"}");
  }

  private static String heartbeat(String agent, String epoch) {
    return """
        {"service":"shop","env":"prod","agent":"%s","epoch":%s,"servers":{
         "blue":{"version":"1.0","running":true,"healthy":true,"weight":100},
         "green":{"version":null,"running":false,"healthy":false,"weight":0}}}"""
        .formatted(agent, epoch);
  }

  @Test
  void start_answersWhatBecameOfIt() {
    Response created = start("gh:1");
    assertThat(created.getStatus()).isEqualTo(201);
    JsonNode view = body(created);
    assertThat(created.getHeaderString("Location"))
        .isEqualTo("/api/pharos/v1/rollouts/" + view.path("id").asText());
    assertThat(view.path("phase").asText()).isEqualTo("PREPARING");
    assertThat(view.path("policy_version").asText()).isEqualTo("3");
    assertThat(view.path("started_by").asText()).isEqualTo("pipeline");
    assertThat(view.path("stale").asBoolean()).isTrue();
    assertThat(view.has("desired")).as("null is said").isTrue();
    assertThat(view.path("desired").isNull()).isTrue();
    assertThat(view.path("events")).hasSize(1);

    assertThat(start("gh:1").getStatus()).isEqualTo(200);
    assertThat(start("gh:2").getStatus()).isEqualTo(409);
    assertThat(body(start("gh:2")).path("error").asText()).contains("PREPARING");
    assertThat(start("gh:none").getStatus()).isEqualTo(404);
    assertThat(start("gh:wiki").getStatus()).isEqualTo(404);
    assertThatThrownBy(() -> start("gh:recreated"))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("canary, blue-green or rolling");
    assertThatThrownBy(() -> rollouts.start(OTHER, "{\"deployment\":\"gh:1\"}"))
        .isInstanceOf(NotCoveredException.class);
  }

  @Test
  void rollout_isShown_listed_andWaitedFor() {
    String id = body(start("gh:1")).path("id").asText();
    assertThat(body(rollouts.get(id, null, null, PIPELINE)).path("id").asText()).isEqualTo(id);
    assertThat(rollouts.get(id, "0s", "STEP", PIPELINE).getStatus())
        .as("it is in another phase already")
        .isEqualTo(200);
    assertThat(rollouts.get("none", null, null, PIPELINE).getStatus()).isEqualTo(404);
    assertThat(body(rollouts.list("shop", "prod", null, PIPELINE)).path("rollouts")).hasSize(1);
    assertThat(body(rollouts.list("shop", "", "1", PIPELINE)).path("rollouts")).hasSize(1);
    assertThat(body(rollouts.list("wiki", null, null, PIPELINE)).path("rollouts")).isEmpty();
    assertThat(body(rollouts.list(null, null, null, OTHER)).path("rollouts")).isEmpty();
    assertThatThrownBy(() -> rollouts.get(id, null, null, OTHER))
        .isInstanceOf(NotCoveredException.class);
    assertThatThrownBy(() -> rollouts.get(id, "soon", null, PIPELINE))
        .isInstanceOf(InvalidFieldException.class);
    assertThatThrownBy(() -> rollouts.list(null, null, "0", PIPELINE))
        .isInstanceOf(InvalidFieldException.class);
  }

  @Test
  void acts_areDone_orRefusedByThePhase() {
    String id = body(start("gh:1")).path("id").asText();
    String why = "{\"reason\":\"as a test\"}";
    assertThat(rollouts.approve(id, PIPELINE, why).getStatus()).isEqualTo(409);
    assertThat(body(rollouts.pause(id, PIPELINE, why)).path("within").asText())
        .isEqualTo("PREPARING");
    assertThat(rollouts.pause(id, PIPELINE, why).getStatus()).isEqualTo(409);
    assertThat(body(rollouts.resume(id, PIPELINE, why)).path("phase").asText())
        .isEqualTo("PREPARING");
    assertThat(rollouts.abort("none", PIPELINE, why).getStatus()).isEqualTo(404);
    assertThatThrownBy(() -> rollouts.abort(id, PIPELINE, "{\"reason\":\" \"}"))
        .isInstanceOf(InvalidFieldException.class);
    assertThatThrownBy(() -> rollouts.abort(id, OTHER, why))
        .isInstanceOf(NotCoveredException.class);
    JsonNode aborted = body(rollouts.abort(id, PIPELINE, why));
    assertThat(aborted.path("phase").asText()).isEqualTo("ABORTED");
    assertThat(aborted.path("ended_at").isTextual()).isTrue();
  }

  @Test
  void lease_isGranted_orRefusedWithItsHolder() {
    start("gh:1");
    Response granted = rollouts.lease(PIPELINE, heartbeat("host:1:a", "null"));
    assertThat(granted.getStatus()).isEqualTo(200);
    assertThat(body(granted).path("epoch").asLong()).isEqualTo(1);
    assertThat(body(granted).path("migrate").path("phase").asText()).isEqualTo("expand");
    assertThat(body(granted).path("approved").path("blue").path("weight").asInt()).isEqualTo(100);

    Response refused = rollouts.lease(PIPELINE, heartbeat("host:2:b", "null"));
    assertThat(refused.getStatus()).isEqualTo(409);
    assertThat(body(refused).path("holder").asText()).isEqualTo("host:1:a");
    assertThat(Instant.parse(body(refused).path("until").asText()))
        .isEqualTo(clock.instant().plusSeconds(30));
    Response copied = rollouts.lease(SECOND, heartbeat("host:1:a", "1"));
    assertThat(copied.getStatus()).as("another token with the agent's name").isEqualTo(409);
    assertThat(body(copied).path("error").asText())
        .contains("was taken with the token of pipeline", "sent with the token of second");
    clock.advance(Duration.ofSeconds(30));
    Response later = rollouts.lease(SECOND, heartbeat("host:1:a", "null"));
    assertThat(later.getStatus()).isEqualTo(200);
    assertThat(body(later).path("epoch").asLong()).isEqualTo(2);
    assertThatThrownBy(() -> rollouts.lease(OTHER, heartbeat("host:2:b", "null")))
        .isInstanceOf(NotCoveredException.class);
    assertThatThrownBy(() -> rollouts.lease(PIPELINE, "{}"))
        .isInstanceOf(InvalidFieldException.class);
  }
}
