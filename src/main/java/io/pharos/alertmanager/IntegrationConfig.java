package io.pharos.alertmanager;

/// One way by which a receiver is told. Global defaults are already merged in.
public sealed interface IntegrationConfig
    permits WebhookConfig, EmailConfig, SlackConfig, DingTalkConfig {
  /// The name of the kind, as metrics and the notification log give it: `email`, `slack`.
  String type();

  /// Whether resolved alerts are told too.
  boolean sendResolved();
}
