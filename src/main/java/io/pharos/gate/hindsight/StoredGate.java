package io.pharos.gate.hindsight;

import io.pharos.gate.AuditRow;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// All stored data of one gate.
///
/// @param checks the unchanged text of the checks in the gate's row
/// @param deployment the deployment's row from [io.pharos.gate.deployment.Deployments#stored];
///   empty if it no longer exists
/// @param trail every observation in order
/// @param overrides people's decisions in place of the gate's verdict, in order
/// @param facts in order; none if an older version of Pharos opened the gate
public record StoredGate(
    GateRun run,
    String checks,
    Map<String, String> deployment,
    List<AuditRow> trail,
    List<GateOverride> overrides,
    List<GateFact> facts) {
  public StoredGate {
    deployment = Map.copyOf(deployment);
    trail = List.copyOf(trail);
    overrides = List.copyOf(overrides);
    facts = List.copyOf(facts);
  }

  /// Returns the deployment that was judged. Reads it from the gate's first fact, because the
  /// deployment's row may have changed later. If the gate has no facts, reads it from that row.
  ///
  /// @throws IllegalArgumentException when the deployment is unreadable
  public Deployment judgedDeployment() {
    Map<String, String> row =
        facts.isEmpty() ? deployment : GateHistory.deployment(facts.getFirst());
    try {
      return new Deployment(
          Announcement.parse(row.getOrDefault("announcement", "")),
          Instant.parse(row.getOrDefault("started_at", "")),
          DeploymentStatus.IN_PROGRESS,
          null);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "its deployment has no readable start: " + e.getMessage(), e);
    }
  }
}
