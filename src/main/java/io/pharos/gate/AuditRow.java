package io.pharos.gate;

import io.pharos.gate.judge.Observation;
import io.pharos.model.Sha256;
import java.time.Instant;

/// One observation in the audit trail of a gate, chained to the row before it.
///
/// @param seq from 1
/// @param at time of the observation, to the microsecond
/// @param observation JSON text of the judged observation
/// @param chain SHA-256 over the previous row's chain and this row's `seq` and `observation`
public record AuditRow(String gateId, int seq, Instant at, String observation, String chain) {
  /// Creates the row that follows a row with the chain `previousChain`.
  static AuditRow append(String gateId, int seq, Observation observation, String previousChain) {
    String json = observation.toJson();
    return new AuditRow(
        gateId,
        seq,
        Instant.ofEpochMilli(observation.atMillis()),
        json,
        link(previousChain, seq, json));
  }

  /// Returns whether `chain` is the hash of this row after a row with the chain `previousChain`. If
  /// not, one of the two rows was changed.
  public boolean follows(String previousChain) {
    return chain.equals(link(previousChain, seq, observation));
  }

  /// Returns the `previousChain` of a gate's first row.
  public static String beginning(String gateId, String policyHash) {
    return Sha256.hex(gateId + "\n" + policyHash);
  }

  private static String link(String previousChain, int seq, String json) {
    return Sha256.hex(previousChain + "\n" + seq + "\n" + json);
  }
}
