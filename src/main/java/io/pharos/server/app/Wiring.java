package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AccessControl;
import io.pharos.access.SilenceLinkTokens;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.channel.email.EmailConfig;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.message.ReceiverTests;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.silence.Silences;
import io.pharos.callback.Callbacks;
import io.pharos.callback.GithubWebhook;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.ingest.fleet.AgentFleet;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushLedger;
import io.pharos.probe.run.PushTokens;
import io.pharos.promql.value.Evaluator;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.remote.read.ReadService;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.rollout.RolloutService;
import io.pharos.rules.RuleManager;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.alertmanager.AlertmanagerIdentity;
import io.pharos.server.api.prometheus.WriteWork;
import io.pharos.server.web.Runbooks;
import io.pharos.storage.Exemplars;
import io.pharos.storage.Queryable;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.Troubles;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.MailClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/// Creates the service and provides its parts as beans for the HTTP resources.
@ApplicationScoped
class Wiring {
  /// The default timeout of Prometheus' remote write.
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(30);

  @Produces
  @Singleton
  InstantSource clock() {
    return InstantSource.system();
  }

  @Produces
  @Singleton
  LoopRegistry loops(InstantSource clock, MeterRegistry registry) {
    return new LoopRegistry(clock, System::nanoTime, registry);
  }

  @Produces
  @Singleton
  Troubles troubles(Service service) {
    return service.troubles();
  }

  @Produces
  @Singleton
  ObservationGaps gaps(Service service) {
    return service.base().gaps();
  }

  @Produces
  @Singleton
  DamagedData damages(Service service) {
    return service.storage().damages();
  }

  @Produces
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
    } catch (StoreUnavailableException e) {
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

  @Produces
  @Singleton
  Evaluator evaluator(Service service) {
    return service.engines().evaluator();
  }

  @Produces
  @Singleton
  Queryable samples(Service service) {
    return service.storage().tsdb();
  }

  @Produces
  @Singleton
  Exemplars exemplars(Service service) {
    return service.storage().tsdb().exemplars();
  }

  @Produces
  @Singleton
  Silences silences(Service service) {
    return service.notifier().service().silences();
  }

  @Produces
  @Singleton
  Outbox outbox(Service service) {
    return service.notifier().service().outbox();
  }

  @Produces
  @Singleton
  ReceiverTests receiverTests(Service service) {
    return service.notifier().tests();
  }

  @Produces
  @Singleton
  Dispatcher dispatcher(Service service) {
    return service.notifier().service().dispatcher();
  }

  @Produces
  @Singleton
  RuleManager rules(Service service) {
    return service.rules();
  }

  @Produces
  @Singleton
  AgentFleet fleet(Service service) {
    return service.intake().fleet();
  }

  @Produces
  @Singleton
  ScrapeManager scrapes(Service service) {
    return service.intake().scrapes();
  }

  @Produces
  @Singleton
  ReceivedMetadata receivedMetadata(Service service) {
    return service.intake().metadata();
  }

  @Produces
  @Singleton
  WriteReceiver writeReceiver(Service service) {
    return service.intake().writeReceiver();
  }

  @Produces
  @Singleton
  OtlpReceiver otlpReceiver(Service service, InstantSource clock, MeterRegistry registry) {
    return new OtlpReceiver(
        service.intake().pushed(),
        service.intake().metadata(),
        service::otlpSettings,
        clock,
        registry);
  }

  @Produces
  @Singleton
  QueryWork queryWork(Service service) {
    return new QueryWork(
        service.engines().queries(), service.options().query().timeout(), System::nanoTime);
  }

  @Produces
  @Singleton
  WriteWork writeWork(Service service) {
    return new WriteWork(service.storage().writes(), WRITE_TIMEOUT, System::nanoTime);
  }

  @Produces
  @Singleton
  MemoryBounds budgets(Service service) {
    return service.base().budgets();
  }

  @Produces
  @Singleton
  ReadService readService(Service service) {
    return new ReadService(
        service.storage().tsdb(), service::externalLabels, service.base().budgets());
  }

  @Produces
  @Singleton
  ApiSwitches switches(Service service) {
    return new ApiSwitches(
        service.options().remoteWriteReceiver(),
        service.options().otlpReceiver(),
        service.options().corsOrigin());
  }

  @Produces
  @Singleton
  ProbeRunner probes(Service service) {
    return service.intake().probes();
  }

  @Produces
  @Singleton
  PushLedger pushLedger(Service service) {
    return service.intake().pushPeers().ledger();
  }

  @Produces
  @Singleton
  PushTokens pushTokens(Service service, InstantSource clock) {
    return new PushTokens(() -> service.intake().probes().pushTokens(), clock);
  }

  @Produces
  @Singleton
  DeploymentRegister deployments(Service service) {
    return service.releases().deployments();
  }

  @Produces
  @Singleton
  SchemaCompatibility migrations(Service service) {
    return service.releases().migrations();
  }

  @Produces
  @Singleton
  GateService gates(Service service) {
    return service.releases().gates();
  }

  @Produces
  @Singleton
  Hindsight hindsight(Service service) {
    return service.releases().hindsight();
  }

  @Produces
  @Singleton
  Callbacks callbacks(Service service) {
    return service.releases().callbacks();
  }

  @Produces
  @Singleton
  GithubWebhook webhook(Service service) {
    return service.releases().webhook();
  }

  @Produces
  @Singleton
  RolloutService rollouts(Service service) {
    return service.releases().rollouts();
  }

  @Produces
  @Singleton
  AccessControl access(Service service) {
    return service.access();
  }

  @Produces
  @Singleton
  TrustBoundary trustBoundary(Service service) {
    return service.trustBoundary();
  }

  @Produces
  @Singleton
  RequestClient requestClient(Service service) {
    return new RequestClient(service.trustBoundary());
  }

  @Produces
  @Singleton
  SilenceLinkTokens silenceLinks(Service service) {
    return service.notifier().links();
  }

  @Produces
  @Singleton
  Mailbox mailbox(Service service) {
    return service.notifier().mailbox();
  }

  @Produces
  @Singleton
  Runbooks runbooks() {
    Path own = Path.of("docs", "runbooks").toAbsolutePath();
    return new Runbooks(own, Path.of(System.getProperty("pharos.home", "."), "docs", "runbooks"));
  }

  @Produces
  @Singleton
  AlertmanagerIdentity identity(Service service, MeterRegistry registry) {
    var identity =
        new AlertmanagerIdentity("0.28.1", "pharos-" + service.version(), service.startedAt());
    identity.bindTo(registry);
    return identity;
  }
}
