package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.dispatch.Notifications;
import io.pharos.alerting.notify.NotifierFactory;
import io.pharos.alerting.notify.channel.MailTransport;
import io.pharos.alerting.notify.message.ReceiverTests;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.http.Clients;
import io.pharos.limits.heap.Budgets;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.Loops;
import io.pharos.server.access.LinkKey;
import io.pharos.server.access.SilenceLinks;
import io.pharos.server.cli.ServeOptions;
import io.pharos.server.mailbox.Mailbox;
import io.pharos.state.Store;
import io.pharos.trouble.Fault;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What tells people: the notifier, its ways out, and the links in its messages.
final class Notifying {
  private static final Logger LOG = LoggerFactory.getLogger(Notifying.class);

  private final ServeOptions options;
  private final Clients clients;
  private final InstantSource clock;
  private final MailTransport mail;
  private final Mailbox mailbox;
  private final SilenceLinks links;
  private final Notifications notifications;
  private final ReceiverTests tests;

  /// @param mailbox where messages go that have no way out, if the options say so
  Notifying(
      ServeOptions options,
      Store store,
      MailTransport mail,
      Mailbox mailbox,
      Clients clients,
      InstantSource clock,
      SecureRandom random,
      JobScheduler scheduler,
      Loops loops,
      Budgets budgets,
      MeterRegistry registry,
      Closing closing) {
    this.options = options;
    this.clients = clients;
    this.clock = clock;
    this.mail = mail;
    this.mailbox = mailbox;
    links = links(store, random);
    notifications =
        closing.add(
            new Notifications(
                options.notificationsFile(),
                options.externalUrl().toString(),
                store.notifier(),
                this::notifiers,
                clock,
                registry,
                scheduler,
                loops,
                budgets));
    tests =
        new ReceiverTests(
            () -> notifications.dispatcher().config(),
            this::notifiers,
            store.notifier().outbox(),
            clock,
            () -> UUID.randomUUID().toString(),
            options.externalUrl().toString());
  }

  private SilenceLinks links(Store store, SecureRandom random) {
    Optional<Path> file = options.access().linkKeyFile();
    if (file.isPresent()) {
      return new SilenceLinks(LinkKey.read(file.get()));
    }
    if (!store.isShared()) {
      return new SilenceLinks(ownKey(random));
    }
    // Until the database is there only this process knows what it has signed.
    var signed = new SilenceLinks(LinkKey.of(LinkKey.generate(random)));
    store.whenReached(
        () ->
            signed.exchange(
                LinkKey.of(store.sharedKey("silence-links", () -> LinkKey.generate(random)))));
    return signed;
  }

  /* A full disk does not keep Pharos from starting: links are signed with a key that the next start
   * does not know. */
  private LinkKey ownKey(SecureRandom random) {
    try {
      return LinkKey.readOrMake(options.storagePath().resolve("link-key"), random);
    } catch (UncheckedIOException e) {
      if (Fault.of(e) instanceof Fault.Theirs) {
        throw e;
      }
      LOG.error("silence links end with this process: {}", e.getMessage());
      return LinkKey.of(LinkKey.generate(random));
    }
  }

  private NotifierFactory notifiers(AlertmanagerConfig config) {
    return new Notifiers(
        mail,
        VersionedFiles.templates(options.notificationsFile(), config),
        config.messages(),
        clock,
        clients,
        new SignedLinks(links),
        options.grafanaUrl().map(URI::toString).orElse(""),
        options.capture() ? Optional.of(mailbox) : Optional.empty());
  }

  Notifications notifications() {
    return notifications;
  }

  ReceiverTests tests() {
    return tests;
  }

  SilenceLinks links() {
    return links;
  }
}
