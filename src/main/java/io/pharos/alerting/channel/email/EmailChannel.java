package io.pharos.alerting.channel.email;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;

/// Mails with a text and an HTML part; a group's mails form one thread.
public enum EmailChannel implements Channel<EmailConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "email";
  }

  @Override
  public boolean sendsMail() {
    return true;
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return EmailDefaults.of(global);
  }

  @Override
  public Notifier notifier(EmailConfig config, ChannelTools tools) {
    return new EmailNotifier(config, tools);
  }
}
