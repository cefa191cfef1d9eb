package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.gate.AuditRow;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.judge.ReasonCode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parses the evidence of a gate in the format of `GET /api/pharos/v1/gates/ID/evidence`.
public final class EvidenceJson {
  private EvidenceJson() {}

  /// Parses a stored gate. Copies the text of each observation unchanged, because the hashes are
  /// computed from it.
  ///
  /// @throws IllegalArgumentException when a field is missing or invalid
  public static StoredGate read(String text) {
    JsonNode evidence = HindsightJson.object(text);
    if (!evidence.path("stored").isObject()) {
      throw new IllegalArgumentException(
          "the object 'stored' is missing: this gate's evidence comes from a version of Pharos that is too old (it did not record facts)");
    }
    GateRun run = run(evidence);
    var deployment = new LinkedHashMap<String, String>();
    evidence
        .path("deployment")
        .properties()
        .forEach(field -> deployment.put(field.getKey(), field.getValue().asText()));
    return new StoredGate(
        run,
        HindsightJson.text(evidence.path("stored"), "checks"),
        deployment,
        trail(run.id(), evidence.path("observations"), observations(text)),
        overrides(run.id(), evidence.path("overrides")),
        facts(run.id(), evidence.path("facts")));
  }

  private static GateRun run(JsonNode evidence) {
    JsonNode stored = evidence.path("stored");
    return new GateRun(
        HindsightJson.text(stored, "id"),
        HindsightJson.text(stored, "idempotency_key"),
        HindsightJson.text(stored, "payload_hash"),
        HindsightJson.text(stored, "deployment_key"),
        HindsightJson.text(stored, "service"),
        HindsightJson.text(stored, "env"),
        HindsightJson.text(stored, "version"),
        HindsightJson.text(stored, "policy_id"),
        HindsightJson.text(stored, "policy_version"),
        HindsightJson.text(stored, "policy_hash"),
        HindsightJson.text(evidence, "policy_text"),
        HindsightJson.text(stored, "opened_by"),
        HindsightJson.instant(stored, "opened_at"),
        HindsightJson.instant(stored, "deadline_at"),
        Integer.parseInt(HindsightJson.text(stored, "evaluations")),
        HindsightJson.text(stored, "chain"),
        GateState.valueOf(HindsightJson.text(stored, "state")),
        ReasonCode.valueOf(HindsightJson.text(stored, "code")),
        HindsightJson.text(stored, "summary"),
        GateRun.checksFromJson(HindsightJson.text(stored, "checks")),
        optional(stored, "decided_at"),
        optional(stored, "next_check_at"));
  }

  private static @Nullable Instant optional(JsonNode stored, String field) {
    return HindsightJson.text(stored, field).isEmpty()
        ? null
        : HindsightJson.instant(stored, field);
  }

  private static List<GateFact> facts(String gateId, JsonNode facts) {
    var parsed = new ArrayList<GateFact>();
    for (JsonNode fact : facts) {
      parsed.add(
          new GateFact(
              gateId,
              HindsightJson.integer(fact, "seq"),
              HindsightJson.text(fact, "kind"),
              HindsightJson.instant(fact, "at"),
              HindsightJson.text(fact, "content"),
              HindsightJson.text(fact, "chain")));
    }
    return parsed;
  }

  private static List<GateOverride> overrides(String gateId, JsonNode overrides) {
    var parsed = new ArrayList<GateOverride>();
    for (JsonNode override : overrides) {
      parsed.add(
          new GateOverride(
              gateId,
              HindsightJson.integer(override, "seq"),
              GateState.valueOf(HindsightJson.text(override, "outcome")),
              HindsightJson.text(override, "reason"),
              HindsightJson.text(override, "made_by"),
              HindsightJson.instant(override, "made_at"),
              GateState.valueOf(HindsightJson.text(override, "state")),
              HindsightJson.integer(override, "evaluations"),
              HindsightJson.text(override, "chain")));
    }
    return parsed;
  }

  private static List<AuditRow> trail(String gateId, JsonNode rows, List<String> observations) {
    var trail = new ArrayList<AuditRow>();
    for (JsonNode row : rows) {
      if (trail.size() == observations.size()) {
        throw new IllegalArgumentException(
            "an element of 'observations' lacks the field 'observation'");
      }
      trail.add(
          new AuditRow(
              gateId,
              HindsightJson.integer(row, "seq"),
              HindsightJson.instant(row, "at"),
              observations.get(trail.size()),
              HindsightJson.text(row, "chain")));
    }
    return trail;
  }

  /// Returns the texts of `observations[*].observation`.
  private static List<String> observations(String text) {
    var texts = new ArrayList<String>();
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return texts;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean rows = parser.currentName().equals("observations");
        if (parser.nextToken() == JsonToken.START_ARRAY && rows) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            row(parser, text, texts);
          }
        } else {
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("invalid JSON: " + e.getMessage(), e);
    }
    return texts;
  }

  private static void row(JsonParser parser, String text, List<String> texts) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean observation = parser.currentName().equals("observation");
      parser.nextToken();
      int from = (int) parser.currentTokenLocation().getCharOffset();
      parser.skipChildren();
      if (observation) {
        texts.add(text.substring(from, (int) parser.currentLocation().getCharOffset()));
      }
    }
  }
}
