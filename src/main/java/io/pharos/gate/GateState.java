package io.pharos.gate;

/// Where a gate stands. All but RUNNING are final.
public enum GateState {
  RUNNING,
  PASS,
  FAIL,
  /// What was observed supports neither a pass nor a failure; the code says why.
  INCONCLUSIVE;

  public boolean isFinal() {
    return this != RUNNING;
  }
}
