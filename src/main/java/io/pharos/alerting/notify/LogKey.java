package io.pharos.alerting.notify;

import static java.util.Objects.requireNonNull;

/// What the notification log and the outbox go by: a group and an integration that is told of it.
public record LogKey(String groupKey, IntegrationId integration) {
  public LogKey {
    requireNonNull(groupKey, "groupKey is null");
    requireNonNull(integration, "integration is null");
  }
}
