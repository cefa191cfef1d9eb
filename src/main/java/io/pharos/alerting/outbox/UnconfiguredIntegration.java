package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.IntegrationId;

/// An integration that cannot send because something is missing.
///
/// @param missing the reason, such as `the secret file /run/secrets/slack does not exist`
public record UnconfiguredIntegration(IntegrationId integration, String missing) {}
