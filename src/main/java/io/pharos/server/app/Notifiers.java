package io.pharos.server.app;

import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.channel.SecretMask;
import io.pharos.alerting.channel.email.EmailConfig;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageComposer.LinkSigner;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.TemplateRetryNotifier;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.alertmanager.StandIns;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.http.ClientPool;
import io.pharos.http.OutgoingClient;
import io.pharos.http.OutgoingClient.CredentialsException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Creates the notifiers of integrations. The results of their notifications contain no secrets.
///
/// @param messages language and time zone of each receiver's messages
/// @param signer signs the silence links in messages
/// @param grafana Grafana's URL for people; empty if unknown
/// @param courses the courses of the alerts of this process' rules
/// @param devices the browsers of people
/// @param capture the local mailbox, which stores messages whose secret file is missing; if empty,
///   sending them fails
/// @param cards sends the messages of integrations whose messages are cards
record Notifiers(
    OutgoingMail.Transport mail,
    MessageTemplates templates,
    MessageSettings messages,
    InstantSource clock,
    ClientPool clients,
    LinkSigner signer,
    String grafana,
    AlertCourse.Source courses,
    DeviceSource devices,
    Optional<Mailbox> capture,
    Cards cards)
    implements Notifier.Factory {
  @Override
  public Notifier create(String receiver, IntegrationConfig integration) {
    if (!(integration instanceof Channel.Config config)) {
      throw new IllegalArgumentException("there is no channel called " + integration.type());
    }
    Notifier real = createNotifier(receiver, config, this::createPoster);
    List<Path> secrets = SecretFiles.of(integration);
    if (capture.isPresent()) {
      return config instanceof EmailConfig
          ? real // the mail transport stores mail in the mailbox itself
          : captured(capture.get(), receiver, config, secrets, real);
    }
    return real.whenComplete(
        () ->
            SecretFiles.missing(secrets)
                .map(file -> "the secret file " + file + " does not exist"));
  }

  /// Sends messages as cards.
  @FunctionalInterface
  interface Cards {
    /// Messages are sent as they are.
    Cards NONE = (_, _, _, plain) -> plain;

    /// Returns a notifier that sends cards; the plain one if the integration has none.
    Notifier of(String receiver, Channel.Config config, ChannelTools tools, Notifier plain);
  }

  /// Returns the tools of a receiver's channels.
  ChannelTools tools(String receiver) {
    return tools(receiver, this::createPoster);
  }

  private ChannelTools tools(String receiver, Function<HttpOptions, HttpPoster> posting) {
    return new ChannelTools(posting, mail, templates, composer(receiver), clock, devices);
  }

  private Notifier createNotifier(
      String receiver, Channel.Config config, Function<HttpOptions, HttpPoster> posting) {
    ChannelTools tools = tools(receiver, posting);
    Notifier notifier =
        SecretMask.masking(config, cards.of(receiver, config, tools, config.notifier(tools)));
    return switch (messages.defaults()) {
      case PHAROS -> notifier;
      case ALERTMANAGER -> new TemplateRetryNotifier(config, templates, notifier, clock);
    };
  }

  private MessageComposer composer(String receiver) {
    MessageSettings.Voice voice = messages.of(receiver);
    return new MessageComposer(
        voice.zone(), Language.of(voice.language()), signer, grafana, courses);
  }

  /// Returns a poster. Integrations with equal HTTP options share a client, because each client has
  /// a thread and connections.
  private HttpPoster createPoster(HttpOptions http) {
    OutgoingClient client = clients.client(http);
    try {
      client.prepare();
    } catch (CredentialsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return new HttpPoster(client, clock);
  }

  @Override
  public void close() {
    clients.retain(Set.of());
  }

  /// Returns a notifier that sends messages by the notifier `real`. While a secret file is missing,
  /// the requests are stored in the local mailbox instead, with placeholders for the secrets.
  private Notifier captured(
      Mailbox mailbox,
      String receiver,
      Channel.Config integration,
      List<Path> secrets,
      Notifier real) {
    var withPlaceholders = StandIns.of(integration);
    return (notification, deadline) -> {
      Optional<Path> missing = SecretFiles.missing(secrets);
      if (missing.isEmpty()) {
        return real.notify(notification, deadline);
      }
      var calls = new ArrayList<HttpPoster.Captured>();
      NotifyResult result =
          createNotifier(
                  receiver, withPlaceholders, http -> HttpPoster.capturing(http, calls::add, clock))
              .notify(notification, deadline);
      if (!(result instanceof NotifyResult.Sent)) {
        return result;
      }
      storeInMailbox(mailbox, receiver, integration, notification, calls);
      return new NotifyResult.Sent(
          Mailbox.STORED + ", because " + missing.get() + " does not exist");
    };
  }

  private void storeInMailbox(
      Mailbox mailbox,
      String receiver,
      IntegrationConfig integration,
      Notification notification,
      List<HttpPoster.Captured> calls) {
    String subject = composer(receiver).compose(notification).headline();
    String to = integration.addressee();
    int number = 0;
    for (HttpPoster.Captured call : calls) {
      if (call.body().isEmpty()) {
        continue; // skips a request for an access token
      }
      number++;
      mailbox.add(
          new Mailbox.Message(
              "%s-%s%s"
                  .formatted(
                      notification.deliveryId(),
                      integration.type(),
                      number == 1 ? "" : "-" + number),
              clock.instant(),
              integration.type(),
              to.isEmpty() ? receiver : to,
              subject,
              "",
              "",
              new Mailbox.Message.Request(call.method(), call.url(), call.headers(), call.body())));
    }
  }
}
