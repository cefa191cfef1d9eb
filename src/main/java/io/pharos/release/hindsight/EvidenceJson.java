package io.pharos.release.hindsight;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.release.gate.AuditRow;
import io.pharos.release.gate.Code;
import io.pharos.release.gate.Fact;
import io.pharos.release.gate.GateRun;
import io.pharos.release.gate.GateState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the evidence of a gate, as `GET /api/pharos/v1/gates/ID/evidence` gives it.
public final class EvidenceJson {
  private EvidenceJson() {}

  /// The stored gate. Observations are taken byte for byte as they stand, since their hashes are
  /// over the bytes.
  ///
  /// @throws IllegalArgumentException saying what is missing or wrong
  public static StoredGate read(String text) {
    JsonNode evidence = Json.object(text);
    if (!evidence.path("stored").isObject()) {
      throw new IllegalArgumentException(
          "'stored' is missing, expected the evidence of a gate by a Pharos that keeps facts");
    }
    GateRun run = run(evidence);
    var deployment = new LinkedHashMap<String, String>();
    evidence
        .path("deployment")
        .properties()
        .forEach(field -> deployment.put(field.getKey(), field.getValue().asText()));
    return new StoredGate(
        run,
        Json.text(evidence.path("stored"), "checks"),
        deployment,
        trail(run.id(), evidence.path("observations"), observations(text)),
        facts(run.id(), evidence.path("facts")));
  }

  private static GateRun run(JsonNode evidence) {
    JsonNode stored = evidence.path("stored");
    return new GateRun(
        Json.text(stored, "id"),
        Json.text(stored, "idempotency_key"),
        Json.text(stored, "payload_hash"),
        Json.text(stored, "deployment_key"),
        Json.text(stored, "service"),
        Json.text(stored, "env"),
        Json.text(stored, "version"),
        Json.text(stored, "policy_id"),
        Json.text(stored, "policy_version"),
        Json.text(stored, "policy_hash"),
        Json.text(evidence, "policy_text"),
        Json.text(stored, "opened_by"),
        Json.instant(stored, "opened_at"),
        Json.instant(stored, "deadline_at"),
        Integer.parseInt(Json.text(stored, "evaluations")),
        Json.text(stored, "chain"),
        GateState.valueOf(Json.text(stored, "state")),
        Code.valueOf(Json.text(stored, "code")),
        Json.text(stored, "summary"),
        GateRun.checksFromJson(Json.text(stored, "checks")),
        optional(stored, "decided_at"),
        optional(stored, "next_check_at"));
  }

  private static @Nullable Instant optional(JsonNode stored, String field) {
    return Json.text(stored, field).isEmpty() ? null : Json.instant(stored, field);
  }

  private static List<Fact> facts(String gateId, JsonNode facts) {
    var all = new ArrayList<Fact>();
    for (JsonNode fact : facts) {
      all.add(
          new Fact(
              gateId,
              Json.integer(fact, "seq"),
              Json.text(fact, "kind"),
              Json.instant(fact, "at"),
              Json.text(fact, "content"),
              Json.text(fact, "chain")));
    }
    return all;
  }

  private static List<AuditRow> trail(String gateId, JsonNode rows, List<String> observations) {
    var trail = new ArrayList<AuditRow>();
    for (JsonNode row : rows) {
      if (trail.size() == observations.size()) {
        throw new IllegalArgumentException("'observations': one has no observation");
      }
      trail.add(
          new AuditRow(
              gateId,
              Json.integer(row, "seq"),
              Json.instant(row, "at"),
              observations.get(trail.size()),
              Json.text(row, "chain")));
    }
    return trail;
  }

  /// The texts of `observations[*].observation`.
  private static List<String> observations(String text) {
    var found = new ArrayList<String>();
    try (JsonParser parser = Json.MAPPER.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return found;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean rows = parser.currentName().equals("observations");
        if (parser.nextToken() == JsonToken.START_ARRAY && rows) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            row(parser, text, found);
          }
        } else {
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("no JSON: " + e.getMessage(), e);
    }
    return found;
  }

  private static void row(JsonParser parser, String text, List<String> found) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean observation = parser.currentName().equals("observation");
      parser.nextToken();
      int from = (int) parser.currentTokenLocation().getCharOffset();
      parser.skipChildren();
      if (observation) {
        found.add(text.substring(from, (int) parser.currentLocation().getCharOffset()));
      }
    }
  }
}
