package io.pharos.rollout;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The JSON in which stores keep rollouts and the services that they are of.
public final class RolloutCodec {
  private RolloutCodec() {}

  /// A rollout without its events.
  public static String encode(Rollout rollout) {
    ObjectNode node = JSON.createObjectNode();
    RolloutOrder order = rollout.order();
    node.put("id", order.id());
    node.put("deployment", order.deployment());
    node.put("service", order.service());
    node.put("env", order.env());
    node.put("version", order.version());
    node.put("color", order.color());
    node.set("policy", policy(order.policy()));
    node.put("startedBy", order.startedBy());
    node.put("startedAt", order.startedAt().toString());
    node.set("before", JSON.valueToTree(rollout.before()));
    node.set("approved", JSON.valueToTree(rollout.approved()));
    node.set("phase", phase(rollout.phase()));
    node.put("since", rollout.since().toString());
    node.set("progress", progress(rollout.progress()));
    node.set("approvals", JSON.valueToTree(rollout.approvals()));
    node.set("trouble", JSON.valueToTree(rollout.trouble()));
    node.put("told", rollout.told());
    node.put("seq", rollout.seq());
    node.put("why", rollout.why().replace('\0', '?')); // PostgreSQL's text has no NUL
    return node.toString();
  }

  /// The rollout that [#encode] wrote.
  ///
  /// @throws IllegalArgumentException when the text holds none
  public static Rollout rollout(String json) {
    JsonNode node = parse(json);
    String service = node.path("service").asText();
    String env = node.path("env").asText();
    var order =
        new RolloutOrder(
            node.path("id").asText(),
            node.path("deployment").asText(),
            service,
            env,
            node.path("version").asText(),
            node.path("color").asText(),
            policy(service, env, node.path("policy")),
            node.path("startedBy").asText(),
            Instant.parse(node.path("startedAt").asText()));
    var trouble = new ArrayList<AgentTrouble>();
    node.path("trouble").forEach(item -> trouble.add(value(item, AgentTrouble.class)));
    return new Rollout(
        order,
        fleet(node.path("before")),
        fleet(node.path("approved")),
        phase(node.path("phase")),
        Instant.parse(node.path("since").asText()),
        progress(node.path("progress")),
        numbers(node.path("approvals")),
        trouble,
        node.path("told").asBoolean(),
        node.path("seq").asLong(),
        node.path("why").asText(),
        List.of());
  }

  /// The state of a site without its rollout, names and version.
  public static String encode(RolloutSite site) {
    ObjectNode node = JSON.createObjectNode();
    node.put("revision", site.revision());
    node.set("fleet", JSON.valueToTree(site.fleet()));
    Lease lease = site.lease();
    if (lease != null) {
      node.putObject("lease")
          .put("holder", lease.holder())
          .put("epoch", lease.epoch())
          .put("until", lease.until().toString());
    }
    return node.toString();
  }

  /// The site that [#encode] wrote.
  ///
  /// @throws IllegalArgumentException when the text holds none
  public static RolloutSite site(
      String service, String env, long version, String json, @Nullable Rollout rollout) {
    JsonNode node = parse(json);
    JsonNode lease = node.path("lease");
    return new RolloutSite(
        service,
        env,
        version,
        node.path("revision").asLong(),
        lease.isObject()
            ? new Lease(
                lease.path("holder").asText(),
                lease.path("epoch").asLong(),
                Instant.parse(lease.path("until").asText()))
            : null,
        fleet(node.path("fleet")),
        rollout);
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a rollout: " + e.getOriginalMessage(), e);
    }
  }

  private static <T> T value(JsonNode node, Class<T> type) {
    try {
      return JSON.treeToValue(node, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a rollout: " + e.getOriginalMessage(), e);
    }
  }

  private static @Nullable DesiredServers fleet(JsonNode node) {
    return node.isObject() ? value(node, DesiredServers.class) : null;
  }

  /* As it was understood when the rollout began, whatever its file would mean today. */
  private static ObjectNode policy(RolloutPolicy policy) {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", policy.id());
    node.put("version", policy.version());
    node.put("hash", policy.hash());
    node.put("text", policy.text());
    node.put("strategy", policy.strategy().text());
    node.set("servers", JSON.valueToTree(policy.servers()));
    ArrayNode steps = node.putArray("steps");
    for (RolloutPolicy.Stage stage : policy.steps()) {
      steps
          .addObject()
          .put("weight", stage.weight())
          .put("gate", stage.gate())
          .put("soak", stage.soak().toString());
    }
    node.put("watch", policy.watch().toString());
    node.put("onInconclusive", policy.onInconclusive().name());
    node.set("approve", JSON.valueToTree(policy.approve()));
    node.put("startWithin", policy.startWithin().toString());
    node.put("lease", policy.lease().toString());
    node.put("drain", policy.drain().toString());
    return node;
  }

  private static RolloutPolicy policy(String service, String env, JsonNode node) {
    var servers = new ArrayList<String>();
    node.path("servers").forEach(item -> servers.add(item.asText()));
    var steps = new ArrayList<RolloutPolicy.Stage>();
    node.path("steps")
        .forEach(
            item ->
                steps.add(
                    new RolloutPolicy.Stage(
                        item.path("weight").asInt(),
                        item.path("gate").asBoolean(),
                        duration(item, "soak"))));
    return new RolloutPolicy(
        node.path("id").asText(),
        node.path("version").asText(),
        node.path("hash").asText(),
        node.path("text").asText(),
        service,
        env,
        RolloutPolicy.Kind.parse(node.path("strategy").asText()),
        servers,
        steps,
        duration(node, "watch"),
        RolloutPolicy.OnInconclusive.valueOf(node.path("onInconclusive").asText()),
        numbers(node.path("approve")),
        duration(node, "startWithin"),
        duration(node, "lease"),
        duration(node, "drain"));
  }

  private static Duration duration(JsonNode node, String field) {
    return Duration.parse(node.path(field).asText());
  }

  private static Set<Integer> numbers(JsonNode node) {
    var numbers = new TreeSet<Integer>();
    node.forEach(item -> numbers.add(item.asInt()));
    return numbers;
  }

  private static ObjectNode phase(RolloutPhase phase) {
    ObjectNode node = JSON.createObjectNode().put("word", phase.word());
    return switch (phase) {
      case RolloutPhase.Step(int index) -> node.put("index", index);
      case RolloutPhase.Held(RolloutPhase.Forward within, RolloutPhase.Wants wants) ->
          node.put("wants", wants.name()).set("within", phase(within));
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> node.set("within", phase(within));
      case RolloutPhase.Returning(RolloutPhase.Cause cause) -> node.put("cause", cause.name());
      case RolloutPhase.Preparing _,
          RolloutPhase.Watching _,
          RolloutPhase.Finishing _,
          RolloutPhase.End _ ->
          node;
    };
  }

  private static RolloutPhase phase(JsonNode node) {
    String word = node.path("word").asText();
    return switch (word) {
      case "HELD" ->
          new RolloutPhase.Held(
              forward(node.path("within")),
              RolloutPhase.Wants.valueOf(node.path("wants").asText()));
      case "PAUSED" -> new RolloutPhase.Paused(forward(node.path("within")));
      case "RETURNING" ->
          new RolloutPhase.Returning(RolloutPhase.Cause.valueOf(node.path("cause").asText()));
      case "FINISHING" -> new RolloutPhase.Finishing();
      case "PROMOTED" -> new RolloutPhase.Promoted();
      case "RETURNED" -> new RolloutPhase.Returned();
      case "ABORTED" -> new RolloutPhase.Aborted();
      default -> forward(node);
    };
  }

  private static RolloutPhase.Forward forward(JsonNode node) {
    String word = node.path("word").asText();
    return switch (word) {
      case "PREPARING" -> new RolloutPhase.Preparing();
      case "STEP" -> new RolloutPhase.Step(node.path("index").asInt());
      case "WATCHING" -> new RolloutPhase.Watching();
      default -> throw new IllegalArgumentException(word + " is no phase of a rollout");
    };
  }

  private static ObjectNode progress(PhaseProgress progress) {
    ObjectNode node = JSON.createObjectNode();
    node.put("waitingSince", progress.waitingSince().toString());
    Instant seenAt = progress.seenAt();
    node.put("seenAt", seenAt == null ? null : seenAt.toString());
    node.put("matched", progress.matched());
    node.put("soaked", progress.soaked().toString());
    node.put("least", progress.least().toString());
    node.put("placed", progress.placed());
    node.put("migrated", progress.migrated());
    node.put("gate", progress.gate());
    node.put("attempt", progress.attempt());
    node.put("reach", progress.reach());
    node.set("there", JSON.valueToTree(progress.there()));
    return node;
  }

  private static PhaseProgress progress(JsonNode node) {
    var there = new TreeSet<String>();
    node.path("there").forEach(item -> there.add(item.asText()));
    return new PhaseProgress(
        Instant.parse(node.path("waitingSince").asText()),
        node.path("seenAt").isTextual() ? Instant.parse(node.path("seenAt").asText()) : null,
        node.path("matched").asBoolean(),
        duration(node, "soaked"),
        duration(node, "least"),
        node.path("placed").asBoolean(),
        node.path("migrated").asBoolean(),
        node.path("gate").isTextual() ? node.path("gate").asText() : null,
        node.path("attempt").asInt(),
        node.path("reach").asInt(),
        there);
  }
}
