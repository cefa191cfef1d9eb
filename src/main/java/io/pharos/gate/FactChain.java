package io.pharos.gate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Compares a gate's row with its chain of facts.
public final class FactChain {
  private FactChain() {}

  /// Describes where a chain of facts is broken; empty if it is intact.
  public static Optional<String> broken(String gateId, List<GateFact> facts) {
    String chain = GateFact.beginning(gateId);
    for (int i = 0; i < facts.size(); i++) {
      GateFact fact = facts.get(i);
      String which = "fact " + (i + 1) + " of " + facts.size() + " (" + fact.kind() + ")";
      if (fact.seq() != i + 1 || !fact.gateId().equals(gateId)) {
        return Optional.of(
            which + " is stored as number " + fact.seq() + " of the gate " + fact.gateId());
      }
      if (!fact.follows(chain)) {
        return Optional.of(which + " does not follow from the previous fact");
      }
      if ((i == 0) != fact.kind().equals(GateFact.OPENED)) {
        return Optional.of(
            which + ": expected the kind 'opened' for the first fact and for no other fact");
      }
      chain = fact.chain();
    }
    return Optional.empty();
  }

  /// Returns the last fact that contains the changing fields of a gate.
  ///
  /// @param facts at least one
  public static GateFact lastStanding(List<GateFact> facts) {
    return facts.reversed().stream()
        .filter(fact -> !GateHistory.standing(fact).isEmpty())
        .findFirst()
        .orElse(facts.getFirst());
  }

  /// Describes the first difference of recorded fields from a row's fields; empty if they are
  /// equal.
  public static Optional<String> difference(
      Map<String, String> recorded, Map<String, String> found) {
    for (Map.Entry<String, String> field : recorded.entrySet()) {
      String stored = found.getOrDefault(field.getKey(), "");
      if (!stored.equals(field.getValue())) {
        return Optional.of(
            "%s is '%s', but '%s' was recorded"
                .formatted(field.getKey(), stored, field.getValue()));
      }
    }
    return found.keySet().equals(recorded.keySet())
        ? Optional.empty()
        : Optional.of("the fields are %s, but %s were recorded".formatted(found, recorded));
  }

  /// Describes why a gate's row is not what was recorded; empty if nobody changed it. A gate
  /// without facts is not what was recorded either.
  static Optional<String> contradiction(GateRun run, List<GateFact> facts) {
    if (facts.isEmpty()) {
      return Optional.of("no fact of the gate is recorded");
    }
    return broken(run.id(), facts)
        .or(() -> difference(GateHistory.fixed(facts.getFirst()), GateHistory.fixed(run)))
        .or(() -> contradiction(run, lastStanding(facts)));
  }

  /// Describes how the changing fields of a gate's row differ from a fact; empty if they are equal.
  /* Without the checks: another version of Pharos writes them with other fields. */
  static Optional<String> contradiction(GateRun run, GateFact lastStanding) {
    var recorded = new LinkedHashMap<>(GateHistory.standing(lastStanding));
    var found = GateHistory.standing(run);
    recorded.remove("checks");
    found.remove("checks");
    return difference(recorded, found);
  }
}
