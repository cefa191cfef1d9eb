package io.pharos.gate.hindsight;

import io.pharos.gate.GateFact;
import io.pharos.gate.GateRun;
import io.pharos.gate.Gates;
import io.pharos.gate.deployment.Deployments;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Reads stored gates. Safe for many threads.
public record Hindsight(Deployments deployments, Gates gates) {
  /// Reads all stored data of a gate.
  public StoredGate of(GateRun run) {
    // A service reports a row that was changed by hand as damaged; the evidence is the row itself.
    GateRun stored = gates.find(run.id()).orElse(run);
    return new StoredGate(
        stored,
        gates.storedChecks(run.id()).orElse(""),
        deployments.stored(run.deploymentKey()).orElse(Map.of()),
        gates.audit(run.id()),
        gates.overrides(run.id()),
        gates.facts(run.id()));
  }

  /// Returns the regrets of gates, by gate id.
  public Map<String, List<Regret>> regrets(Collection<String> gateIds) {
    return gates.remarks(gateIds).stream()
        .collect(
            Collectors.groupingBy(
                GateFact::gateId,
                Collectors.collectingAndThen(Collectors.toList(), Regret::among)));
  }
}
