package io.pharos.rollout;

/// What has to be done for a rollout before it can go on.
sealed interface RolloutAction {
  /// Nothing.
  record None() implements RolloutAction {}

  /// A gate is to be opened under an idempotency key, which stays the same until it was.
  record OpenGate(int attempt, String key) implements RolloutAction {}

  /// A gate is to be asked.
  record Watch(String gate) implements RolloutAction {}

  /// A gate is to be asked for a pass to act on.
  record Use(String gate) implements RolloutAction {}
}
