package io.pharos.gate.hindsight;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.AuditRow;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.AnnouncementJson;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Everything that the store has of one gate.
///
/// @param checks of its row, byte for byte
/// @param deployment the row of its deployment, as [io.pharos.gate.deployment.Deployments#stored]
///   gives it; empty if it is gone
/// @param trail every observation in order
/// @param overrides what people decided in its place, in order
/// @param facts in order; none where an earlier Pharos opened the gate
public record StoredGate(
    GateRun run,
    String checks,
    Map<String, String> deployment,
    List<AuditRow> trail,
    List<GateOverride> overrides,
    List<GateFact> facts) {
  public StoredGate {
    requireNonNull(run, "run is null");
    requireNonNull(checks, "checks is null");
    deployment = Map.copyOf(deployment);
    trail = List.copyOf(trail);
    overrides = List.copyOf(overrides);
    facts = List.copyOf(facts);
  }

  /// The deployment that was judged: as the gate was opened for it, so that what is written into
  /// its row later does not matter, or as it is stored where the gate has no facts.
  ///
  /// @throws IllegalArgumentException when neither can be read
  public Deployment judged() {
    Map<String, String> row =
        facts.isEmpty() ? deployment : GateHistory.deployment(facts.getFirst());
    try {
      return new Deployment(
          AnnouncementJson.parse(row.getOrDefault("announcement", "")),
          Instant.parse(row.getOrDefault("started_at", "")),
          DeploymentStatus.IN_PROGRESS,
          null);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("its deployment has no start: " + e.getMessage(), e);
    }
  }
}
