package io.pharos.gate;

import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.model.Sha256;

/// A request to open a gate.
///
/// @param deploymentKey the deployment to judge
/// @param idempotencyKey 1 to 255 printable ASCII characters, not only spaces; another request with
///   the same key and deployment returns the same gate
/// @param openedBy name of the caller's token
public record GateRequest(String deploymentKey, String idempotencyKey, String openedBy) {
  public GateRequest {
    if (!idempotencyKey.matches("[\\x20-\\x7e]{1,255}") || idempotencyKey.isBlank()) {
      throw new InvalidFieldException(
          "Idempotency-Key",
          idempotencyKey,
          "1 to 255 printable ASCII characters, not only spaces");
    }
  }

  String payloadHash() {
    return Sha256.hex(deploymentKey);
  }
}
