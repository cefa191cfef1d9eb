package io.pharos.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.gate.deployment.AnnouncementJson;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Sha256;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the facts of a gate say of it: once what never changes, and at each step where it stands.
/// Together these are every field of its row, long ones by their SHA-256.
public final class GateHistory {
  private static final String GATE = "gate";
  private static final String STANDING = "standing";
  private static final String ANNOUNCEMENT = "announcement";
  private static final String STARTED_AT = "started_at";

  private GateHistory() {}

  static GateFact opened(GateRun run, Deployment deployment) {
    ObjectNode content = JSON.createObjectNode();
    put(content.putObject(GATE), fixed(run));
    content.set(ANNOUNCEMENT, AnnouncementJson.of(deployment.announcement()));
    content.put(STARTED_AT, deployment.startedAt().toString());
    put(content.putObject(STANDING), standing(run));
    return GateFact.first(run.id(), GateFact.OPENED, run.openedAt(), content.toString());
  }

  /// What follows when a gate has moved; null where an earlier Pharos opened it, so that nothing is
  /// known to follow from.
  ///
  /// @param kind [GateFact#OBSERVED] or [GateFact#ENDED]
  static @Nullable GateFact moved(
      @Nullable GateFact before, String kind, GateRun after, Instant at) {
    if (before == null) {
      return null;
    }
    ObjectNode content = JSON.createObjectNode();
    put(content.putObject(STANDING), standing(after));
    return before.next(kind, at, content.toString());
  }

  private static void put(ObjectNode node, Map<String, String> fields) {
    fields.forEach(node::put);
  }

  /// What never changes of a gate, by the names of its columns.
  public static Map<String, String> fixed(GateRun run) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("id", run.id());
    fields.put("idempotency_key", run.idempotencyKey());
    fields.put("payload_hash", run.payloadHash());
    fields.put("deployment_key", run.deploymentKey());
    fields.put("service", run.service());
    fields.put("env", run.env());
    fields.put("version", run.version());
    fields.put("policy_id", run.policyId());
    fields.put("policy_version", run.policyVersion());
    fields.put("policy_hash", run.policyHash());
    fields.put("policy_text", Sha256.hex(run.policyText()));
    fields.put("opened_by", run.openedBy());
    fields.put("opened_at", run.openedAt().toString());
    fields.put("deadline_at", run.deadline().toString());
    return fields;
  }

  /// Where a gate stands, by the names of its columns.
  public static Map<String, String> standing(GateRun run) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("evaluations", Integer.toString(run.evaluations()));
    fields.put("chain", run.chain());
    fields.put("state", run.state().name());
    fields.put("code", run.code().name());
    fields.put("summary", run.summary());
    fields.put("checks", Sha256.hex(run.checksJson()));
    fields.put("decided_at", text(run.decidedAt()));
    fields.put("next_check_at", text(run.nextCheckAt()));
    return fields;
  }

  /// What a decision of a person is, as its fact says it.
  public static String override(GateOverride override) {
    return JSON.createObjectNode()
        .put("seq", override.seq())
        .put("outcome", override.outcome().name())
        .put("reason", override.reason())
        .put("made_by", override.by())
        .put("made_at", override.at().toString())
        .put("state", override.state().name())
        .put("evaluations", override.evaluations())
        .put("chain", override.chain())
        .toString();
  }

  /// What a verdict gives for where a gate stands after an observation.
  public static Map<String, String> judged(Verdict verdict) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("state", verdict.state().name());
    fields.put("code", verdict.code().name());
    fields.put("summary", GateRun.storable(verdict.summary()));
    fields.put("checks", Sha256.hex(GateRun.checksJson(CheckReport.of(verdict.checks()))));
    return fields;
  }

  private static String text(@Nullable Instant instant) {
    return instant == null ? "" : instant.toString();
  }

  /// What a fact says never changes; empty where it says nothing of it.
  public static Map<String, String> fixed(GateFact fact) {
    return fields(read(fact).path(GATE));
  }

  /// Where a fact says the gate stands; empty where it says nothing of it.
  public static Map<String, String> standing(GateFact fact) {
    return fields(read(fact).path(STANDING));
  }

  /// The deployment as an [GateFact#OPENED] fact has it, as [io.pharos.gate.deployment.Deployments]
  /// has its row.
  public static Map<String, String> deployment(GateFact opened) {
    JsonNode content = read(opened);
    JsonNode announcement = content.path(ANNOUNCEMENT);
    var fields = new LinkedHashMap<String, String>();
    fields.put("deployment_key", announcement.path("key").asText());
    for (String field : List.of("service", "env", "version")) {
      fields.put(field, announcement.path(field).asText());
    }
    fields.put(ANNOUNCEMENT, announcement.toString());
    fields.put(STARTED_AT, content.path(STARTED_AT).asText());
    return fields;
  }

  private static Map<String, String> fields(JsonNode node) {
    var fields = new LinkedHashMap<String, String>();
    node.properties().forEach(field -> fields.put(field.getKey(), field.getValue().asText()));
    return fields;
  }

  private static JsonNode read(GateFact fact) {
    try {
      return JSON.readTree(fact.content());
    } catch (JsonProcessingException _) { // somebody wrote into it, which its chain tells
      return JSON.missingNode();
    }
  }
}
