package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.LinkSigningKey;
import io.pharos.access.SilenceLinkTokens;
import io.pharos.alerting.channel.MailTransport;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.message.ReceiverTests;
import io.pharos.alerting.pipeline.NotifierFactory;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.http.Clients;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.state.Store;
import io.pharos.trouble.FailureOrigin;
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
final class NotifierAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(NotifierAssembly.class);

  private final ServeOptions options;
  private final Clients clients;
  private final InstantSource clock;
  private final MailTransport mail;
  private final Mailbox mailbox;
  private final SilenceLinkTokens links;
  private final NotifierService notifications;
  private final ReceiverTests tests;

  /// @param mailbox where messages go that have no way out, if the options say so
  NotifierAssembly(
      ServeOptions options,
      Store store,
      MailTransport mail,
      Mailbox mailbox,
      Clients clients,
      InstantSource clock,
      SecureRandom random,
      JobScheduler scheduler,
      LoopRegistry loops,
      MemoryBounds budgets,
      MeterRegistry registry,
      ShutdownStack closing) {
    this.options = options;
    this.clients = clients;
    this.clock = clock;
    this.mail = mail;
    this.mailbox = mailbox;
    links = links(store, random);
    notifications =
        closing.add(
            new NotifierService(
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

  private SilenceLinkTokens links(Store store, SecureRandom random) {
    Optional<Path> file = options.access().linkKeyFile();
    if (file.isPresent()) {
      return new SilenceLinkTokens(LinkSigningKey.read(file.get()));
    }
    if (!store.isShared()) {
      return new SilenceLinkTokens(ownKey(random));
    }
    // Until the database is there only this process knows what it has signed.
    var signed = new SilenceLinkTokens(LinkSigningKey.of(LinkSigningKey.generate(random)));
    store.whenReached(
        () ->
            signed.exchange(
                LinkSigningKey.of(
                    store.sharedKey("silence-links", () -> LinkSigningKey.generate(random)))));
    return signed;
  }

  /* A full disk does not keep Pharos from starting: links are signed with a key that the next start
   * does not know. */
  private LinkSigningKey ownKey(SecureRandom random) {
    try {
      return LinkSigningKey.readOrMake(options.storagePath().resolve("link-key"), random);
    } catch (UncheckedIOException e) {
      if (FailureOrigin.of(e) instanceof FailureOrigin.Remote) {
        throw e;
      }
      LOG.error("silence links end with this process: {}", e.getMessage());
      return LinkSigningKey.of(LinkSigningKey.generate(random));
    }
  }

  private NotifierFactory notifiers(AlertmanagerConfig config) {
    return new Notifiers(
        mail,
        VersionedFiles.templates(options.notificationsFile(), config),
        config.messages(),
        clock,
        clients,
        new SilencePageLinkSigner(links),
        options.grafanaUrl().map(URI::toString).orElse(""),
        options.capture() ? Optional.of(mailbox) : Optional.empty());
  }

  NotifierService notifications() {
    return notifications;
  }

  ReceiverTests tests() {
    return tests;
  }

  SilenceLinkTokens links() {
    return links;
  }
}
