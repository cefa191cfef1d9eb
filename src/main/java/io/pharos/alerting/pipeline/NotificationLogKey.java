package io.pharos.alerting.pipeline;

/// Key of the notification log and the outbox: a group and an integration.
public record NotificationLogKey(String groupKey, IntegrationId integration) {}
