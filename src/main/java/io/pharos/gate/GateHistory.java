package io.pharos.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.CheckReport;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes and reads the contents of a gate's facts. The first fact contains the fixed and the
/// changing fields of the gate's row. The fact of each later change contains the changing fields.
/// Long fields are recorded as SHA-256.
public final class GateHistory {
  private static final String GATE = "gate";
  private static final String STANDING = "standing";
  private static final String ANNOUNCEMENT = "announcement";
  private static final String STARTED_AT = "started_at";
  private static final String CHECK_VALUES = "check_values";
  private static final String ANCHORED_AFTER = "anchored_after";

  private GateHistory() {}

  static GateFact opened(GateRun run, Deployment deployment) {
    ObjectNode content = JSON.createObjectNode();
    content.set(GATE, JSON.valueToTree(fixed(run)));
    content.set(ANNOUNCEMENT, deployment.announcement().toJson());
    content.put(STARTED_AT, deployment.startedAt().toString());
    content.set(STANDING, JSON.valueToTree(standing(run)));
    return GateFact.first(run.id(), GateFact.OPENED, run.openedAt(), content.toString());
  }

  /// Returns the fact that records a change of a gate; null if the gate has no facts, because an
  /// older version of Pharos opened it.
  ///
  /// @param before the gate's last fact
  /// @param kind [GateFact#OBSERVED] or [GateFact#ENDED]
  /// @param after the gate after the change
  /// @param lastAnchor link of the anchor before the one that will record this fact; empty if it is
  ///   unknown, or if no anchor will record the fact
  static @Nullable GateFact changeFact(
      @Nullable GateFact before, String kind, GateRun after, String lastAnchor, Instant at) {
    if (before == null) {
      return null;
    }
    ObjectNode content = JSON.createObjectNode();
    content.set(STANDING, JSON.valueToTree(standing(after)));
    content.put(CHECK_VALUES, checkValues(after.checks()));
    if (!lastAnchor.isEmpty()) {
      content.put(ANCHORED_AFTER, lastAnchor);
    }
    return before.next(kind, at, content.toString());
  }

  /// Returns the fixed fields of a gate, by the names of its columns.
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

  /// Returns the changing fields of a gate, by the names of its columns.
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

  /// Returns the content of the fact that records a person's decision.
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

  /// Returns the changing fields that a verdict determines.
  public static Map<String, String> judged(Verdict verdict) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("state", verdict.state().name());
    fields.put("code", verdict.code().name());
    fields.put("summary", GateRun.storable(verdict.summary()));
    fields.put("checks", Sha256.hex(GateRun.checksJson(CheckReport.of(verdict.checks()))));
    return fields;
  }

  /// Returns the SHA-256 of the checks' JSON without the texts for people.
  public static String checkValues(List<CheckReport> checks) {
    return Sha256.hex(
        JSON.valueToTree(checks.stream().map(CheckReport::withoutTexts).toList()).toString());
  }

  /// Returns the SHA-256 that [#checkValues(List)] computed for a fact; empty if an older version
  /// of Pharos wrote the fact.
  public static Optional<String> checkValues(GateFact fact) {
    return Optional.ofNullable(read(fact).path(CHECK_VALUES).textValue());
  }

  /// Returns the link of the anchor before the one that records a fact; empty if the fact does not
  /// contain it.
  public static Optional<String> anchoredAfter(GateFact fact) {
    return Optional.ofNullable(read(fact).path(ANCHORED_AFTER).textValue());
  }

  private static String text(@Nullable Instant instant) {
    return instant == null ? "" : instant.toString();
  }

  /// Returns the fixed fields in a fact; empty if it has none.
  public static Map<String, String> fixed(GateFact fact) {
    return fields(read(fact).path(GATE));
  }

  /// Returns the changing fields in a fact; empty if it has none.
  public static Map<String, String> standing(GateFact fact) {
    return fields(read(fact).path(STANDING));
  }

  /// Returns the deployment in a [GateFact#OPENED] fact, by the names of the columns of its row.
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
    } catch (JsonProcessingException _) { // the fact was changed; its chain shows that
      return JSON.missingNode();
    }
  }
}
