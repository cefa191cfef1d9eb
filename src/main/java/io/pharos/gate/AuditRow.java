package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.Sha256;
import java.time.Instant;

/// One observation in the audit trail of a gate, chained to the one before it.
///
/// @param seq from 1
/// @param at when, to the microsecond
/// @param observation as JSON, exactly as it was judged
/// @param chain SHA-256 of the previous row's chain, the number and the observation
public record AuditRow(String gateId, int seq, Instant at, String observation, String chain) {
  public AuditRow {
    requireNonNull(gateId, "gateId is null");
    requireNonNull(at, "at is null");
    requireNonNull(observation, "observation is null");
    requireNonNull(chain, "chain is null");
  }

  /// The row that follows a chain.
  static AuditRow append(String gateId, int seq, Observation observation, String previousChain) {
    String json = observation.toJson();
    return new AuditRow(
        gateId,
        seq,
        Instant.ofEpochMilli(observation.atMillis()),
        json,
        link(previousChain, seq, json));
  }

  /// Whether the row follows from the chain before it unchanged.
  public boolean follows(String previousChain) {
    return chain.equals(link(previousChain, seq, observation));
  }

  /// What the chain of a gate begins with.
  public static String beginning(String gateId, String policyHash) {
    return Sha256.hex(gateId + "\n" + policyHash);
  }

  private static String link(String previousChain, int seq, String json) {
    return Sha256.hex(previousChain + "\n" + seq + "\n" + json);
  }
}
