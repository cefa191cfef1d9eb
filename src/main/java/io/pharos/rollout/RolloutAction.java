package io.pharos.rollout;

/// The next action that a rollout needs.
sealed interface RolloutAction {
  /// Nothing.
  record None() implements RolloutAction {}

  /// Open a gate under an idempotency key, which stays the same until it is open.
  record OpenGate(int attempt, String key) implements RolloutAction {}

  /// Read the state of a gate.
  record Watch(String gate) implements RolloutAction {}

  /// Confirm the pass of a gate, to act on it.
  record Use(String gate) implements RolloutAction {}
}
