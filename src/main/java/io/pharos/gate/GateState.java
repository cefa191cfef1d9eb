package io.pharos.gate;

/// The state of a gate. All but RUNNING are final.
public enum GateState {
  RUNNING,
  PASS,
  FAIL,
  /// The observations justify neither a pass nor a failure; the reason code says why.
  INCONCLUSIVE;

  /// Returns whether the gate is decided.
  public boolean isFinal() {
    return this != RUNNING;
  }
}
