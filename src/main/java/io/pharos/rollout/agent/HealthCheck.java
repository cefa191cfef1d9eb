package io.pharos.rollout.agent;

import java.net.URI;

/// Checks whether a server is healthy.
@FunctionalInterface
public interface HealthCheck {
  /// Returns whether a server answers as healthy, within two seconds.
  boolean answers(URI url);
}
