package io.pharos.alertmanager;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/// A receiver: a name and the ways by which it is told, maybe none.
public record ReceiverConfig(
    String name,
    List<WebhookConfig> webhooks,
    List<EmailConfig> emails,
    List<SlackConfig> slacks,
    List<DingTalkConfig> dingTalks) {
  public ReceiverConfig {
    requireNonNull(name, "name is null");
    webhooks = List.copyOf(webhooks);
    emails = List.copyOf(emails);
    slacks = List.copyOf(slacks);
    dingTalks = List.copyOf(dingTalks);
  }

  /// All integrations; those of one type stand together in file order, so that their index in the
  /// notification log stays the same when another type is added.
  public List<IntegrationConfig> integrations() {
    var all = new ArrayList<IntegrationConfig>();
    all.addAll(webhooks);
    all.addAll(emails);
    all.addAll(slacks);
    all.addAll(dingTalks);
    return List.copyOf(all);
  }
}
