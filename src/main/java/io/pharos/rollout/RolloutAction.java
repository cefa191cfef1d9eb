package io.pharos.rollout;

/// The next action that a rollout needs.
sealed interface RolloutAction {
  /// Do nothing.
  record None() implements RolloutAction {}

  /// Open a gate under an idempotency key. The key stays the same until the gate is open.
  record OpenGate(int attempt, String key) implements RolloutAction {}

  /// Read the state of a gate.
  record Watch(String gate) implements RolloutAction {}

  /// Confirm the pass of a gate, so that the rollout may continue.
  record Use(String gate) implements RolloutAction {}
}
