package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

/// What the notification log and the outbox go by: a group and an integration that is told of it.
public record NotificationLogKey(String groupKey, IntegrationId integration) {
  public NotificationLogKey {
    requireNonNull(groupKey, "groupKey is null");
    requireNonNull(integration, "integration is null");
  }
}
