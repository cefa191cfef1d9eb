package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.channel.email.EmailConfig;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.alertmanager.AlertmanagerIdentity;
import io.pharos.server.web.Documents;
import io.pharos.server.web.Runbooks;
import io.pharos.server.web.target.WatchFiles;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.MailClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/// Creates the service and the objects that it needs, as beans. [Parts] provides the parts of the
/// service as beans.
@ApplicationScoped
class Wiring {
  @Singleton
  InstantSource clock() {
    return InstantSource.system();
  }

  @Singleton
  LoopRegistry loops(InstantSource clock, MeterRegistry registry) {
    return new LoopRegistry(clock, System::nanoTime, registry);
  }

  @Singleton
  Service service(
      InstantSource clock,
      QuarkusJobs scheduler,
      MeterRegistry registry,
      LoopRegistry loops,
      Vertx vertx,
      Instance<MailClient> configured) {
    try {
      return new Service(
          Launch.options(),
          Launch.files(),
          clock,
          scheduler,
          registry,
          loops,
          (mailbox, files) -> mail(mailbox, files, clock, vertx, configured));
    } catch (StoreUnavailableException | UncheckedIOException e) {
      // Quarkus prints only the message of this exception, without a stack trace.
      throw new ConfigurationException("pharos: not started: " + e.getMessage());
    }
  }

  private static OutgoingMail.Transport mail(
      Mailbox mailbox,
      Supplier<VersionedFiles> files,
      InstantSource clock,
      Vertx vertx,
      Instance<MailClient> configured) {
    boolean inEnvironment =
        ConfigProvider.getConfig()
            .getConfigValue("quarkus.mailer.host")
            .getSourceName()
            .contains("Env");
    if (Launch.options().capture() && !inEnvironment) {
      return new MailboxMail(mailbox, clock);
    }
    return new VertxMail(
        vertx,
        clock,
        inEnvironment
            ? Optional.of(
                new VertxMail.Configured(configured.get(), () -> defaultServer(files.get())))
            : Optional.empty());
  }

  private static @Nullable HostPort defaultServer(VersionedFiles files) {
    return files
        .notifications()
        .global()
        .defaults(EmailConfig.Defaults.class)
        .map(EmailConfig.Defaults::smarthost)
        .orElse(null);
  }

  @Singleton
  WatchFiles watchFiles(Service service) {
    return new CheckedEdits(service.options, () -> service.files);
  }

  @Singleton
  Runbooks runbooks() {
    Path ownFolder = Path.of("docs", "runbooks").toAbsolutePath();
    return new Runbooks(ownFolder, shippedDocuments().resolve("runbooks"));
  }

  @Singleton
  Documents documents() {
    return new Documents(shippedDocuments());
  }

  private static Path shippedDocuments() {
    return Path.of(System.getProperty("pharos.home", "."), "docs");
  }

  @Singleton
  AlertmanagerIdentity identity(Service service, MeterRegistry registry) {
    var identity =
        new AlertmanagerIdentity("0.28.1", "pharos-" + service.version(), service.startedAt());
    identity.bindTo(registry);
    return identity;
  }

  /// Stores mail in the local mailbox instead of sending it.
  record MailboxMail(Mailbox mailbox, InstantSource clock) implements OutgoingMail.Transport {
    @Override
    public NotifyResult send(OutgoingMail mail, Instant deadline) {
      String id = mail.messageId().replaceAll("[^A-Za-z0-9]+", "-").replaceAll("^-|-$", "");
      mailbox.add(
          new Mailbox.Message(
              id.substring(0, Math.min(id.length(), 100)),
              clock.instant(),
              "email",
              String.join(", ", mail.to()),
              mail.subject(),
              mail.text() == null ? "" : mail.text(),
              mail.html() == null ? "" : mail.html()));
      return new NotifyResult.Sent(Mailbox.STORED);
    }
  }
}
