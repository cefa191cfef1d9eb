package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.gate.GateFact;
import java.time.Instant;
import java.util.List;

/// An event after a verdict that contradicts it.
///
/// @param kind `alert_after_pass`: a critical alert of the service within an hour;
///   `pass_after_fail`: the same version passed later
/// @param at when it was detected
/// @param text the event, as a sentence for people
public record Regret(String kind, Instant at, String text) {
  /// A critical alert of the service fired within an hour after a pass.
  public static final String ALERT_AFTER_PASS = "alert_after_pass";

  /// The same version passed after a failure.
  public static final String PASS_AFTER_FAIL = "pass_after_fail";

  /// Returns the regrets among the facts of one gate, in order.
  public static List<Regret> among(List<GateFact> facts) {
    return facts.stream()
        .filter(fact -> fact.kind().equals(GateFact.REGRETTED))
        .map(
            fact -> {
              JsonNode content = HindsightJson.lenient(fact.content());
              return new Regret(
                  content.path("kind").asText(), fact.at(), content.path("text").asText());
            })
        .toList();
  }

  /// Returns the content of the fact that records this regret.
  String content() {
    return JSON.createObjectNode().put("kind", kind).put("text", text).toString();
  }
}
