package io.pharos.alerting.outbox;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.IntegrationId;

/// An integration that cannot send because something is missing.
///
/// @param missing the reason, such as `the secret file /run/secrets/slack does not exist`
public record UnconfiguredIntegration(IntegrationId integration, String missing) {
  public UnconfiguredIntegration {
    requireNonNull(integration, "integration is null");
    requireNonNull(missing, "missing is null");
  }
}
