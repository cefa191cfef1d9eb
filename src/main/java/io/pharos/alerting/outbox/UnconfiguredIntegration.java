package io.pharos.alerting.outbox;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.IntegrationId;

/// An integration that can tell nobody until somebody puts something there.
///
/// @param missing what, as in `the secret file /run/secrets/slack does not exist`
public record UnconfiguredIntegration(IntegrationId integration, String missing) {
  public UnconfiguredIntegration {
    requireNonNull(integration, "integration is null");
    requireNonNull(missing, "missing is null");
  }
}
