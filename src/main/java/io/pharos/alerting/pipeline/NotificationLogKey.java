package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

/// Key of the notification log and the outbox: a group and an integration.
public record NotificationLogKey(String groupKey, IntegrationId integration) {
  public NotificationLogKey {
    requireNonNull(groupKey, "groupKey is null");
    requireNonNull(integration, "integration is null");
  }
}
