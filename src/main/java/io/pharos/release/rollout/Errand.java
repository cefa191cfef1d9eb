package io.pharos.release.rollout;

/// What has to be done for a rollout before it can go on.
sealed interface Errand {
  /// Nothing.
  record None() implements Errand {}

  /// A gate is to be opened under an idempotency key, which stays the same until it was.
  record OpenGate(int attempt, String key) implements Errand {}

  /// A gate is to be asked.
  record Watch(String gate) implements Errand {}

  /// A gate is to be asked for a pass to act on.
  record Use(String gate) implements Errand {}
}
