package io.pharos.rollout.agent;

import java.net.URI;

/// Whether a server answers.
@FunctionalInterface
public interface HealthCheck {
  /// Takes a second or two at most.
  boolean answers(URI url);
}
