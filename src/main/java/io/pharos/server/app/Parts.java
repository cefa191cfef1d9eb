package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AccessControl;
import io.pharos.access.AuditTrail;
import io.pharos.access.LinkSignatures;
import io.pharos.access.ProviderLogIn;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.heartbeat.HeartbeatCalls;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.message.ReceiverTests;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.silence.Silences;
import io.pharos.callback.Callbacks;
import io.pharos.callback.GithubWebhook;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.ingest.fleet.AgentFleet;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.oncall.device.Devices;
import io.pharos.oncall.drill.DrillService;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.OpenEscalations;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.window.PlannedWindows;
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
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import io.pharos.server.api.prometheus.WriteWork;
import io.pharos.server.web.dashboard.DashboardFolder;
import io.pharos.server.web.query.SeriesIndex;
import io.pharos.storage.Exemplars;
import io.pharos.storage.Queryable;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.Troubles;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;

/// Provides the parts of the service as beans, for the HTTP resources.
@Singleton
final class Parts {
  /// Timeout of a remote write, the same as Prometheus' default.
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(30);

  @Produces @Singleton final Troubles troubles;
  @Produces @Singleton final ObservationGaps gaps;
  @Produces @Singleton final DamagedData damages;
  @Produces @Singleton final Evaluator evaluator;
  @Produces @Singleton final Queryable samples;
  @Produces @Singleton final Exemplars exemplars;
  @Produces @Singleton final Silences silences;
  @Produces @Singleton final Outbox outbox;
  @Produces @Singleton final HeartbeatCalls heartbeats;
  @Produces @Singleton final EpisodeService episodes;
  @Produces @Singleton final OpenEscalations escalations;
  @Produces @Singleton final DrillService drills;
  @Produces @Singleton final ReceiverTests receiverTests;
  @Produces @Singleton final Dispatcher dispatcher;
  @Produces @Singleton final RuleManager rules;
  @Produces @Singleton final AgentFleet fleet;
  @Produces @Singleton final ScrapeManager scrapes;
  @Produces @Singleton final ReceivedMetadata receivedMetadata;
  @Produces @Singleton final WriteReceiver writeReceiver;
  @Produces @Singleton final OtlpReceiver otlpReceiver;
  @Produces @Singleton final QueryWork queryWork;
  @Produces @Singleton final WriteWork writeWork;
  @Produces @Singleton final MemoryBounds budgets;
  @Produces @Singleton final ReadService readService;
  @Produces @Singleton final ApiSwitches switches;
  @Produces @Singleton final ProbeRunner probes;
  @Produces @Singleton final PushLedger pushLedger;
  @Produces @Singleton final PushTokens pushTokens;
  @Produces @Singleton final DeploymentRegister deployments;
  @Produces @Singleton final SchemaCompatibility migrations;
  @Produces @Singleton final GateService gates;
  @Produces @Singleton final Hindsight hindsight;
  @Produces @Singleton final Callbacks callbacks;
  @Produces @Singleton final GithubWebhook webhook;
  @Produces @Singleton final RolloutService rollouts;
  @Produces @Singleton final AccessControl access;
  @Produces @Singleton final AuditTrail audit;
  @Produces @Singleton final ProviderLogIn providerLogIn;
  @Produces @Singleton final TrustBoundary trustBoundary;
  @Produces @Singleton final RequestClient requestClient;
  @Produces @Singleton final LinkSignatures silenceLinks;
  @Produces @Singleton final Mailbox mailbox;
  @Produces @Singleton final OnCallSchedule onCall;
  @Produces @Singleton final PlannedWindows windows;
  @Produces @Singleton final Devices devices;
  @Produces @Singleton final DashboardFolder dashboards;
  @Produces @Singleton final SeriesIndex seriesIndex;

  private static ApiSwitches switches(ServeOptions options) {
    return new ApiSwitches(
        options.remoteWriteReceiver(), options.otlpReceiver(), options.corsOrigin());
  }

  private static WriteWork writeWork(Service service) {
    return new WriteWork(new QueryWork(service.storage.writes, WRITE_TIMEOUT, System::nanoTime));
  }

  Parts(Service service, InstantSource clock, MeterRegistry registry) {
    troubles = service.selfWatch;
    gaps = service.base.gaps();
    damages = service.storage.damages;
    evaluator = service.engines.evaluator;
    samples = service.storage.tsdb;
    exemplars = service.storage.tsdb.exemplars();
    silences = service.notifier.service.silences();
    outbox = service.notifier.service.outbox();
    heartbeats = service.notifier.heartbeats;
    episodes = service.notifier.episodes;
    escalations = new OpenEscalations(episodes, service.notifier.escalations);
    drills = service.notifier.drills;
    receiverTests = service.notifier.tests;
    dispatcher = service.notifier.service.dispatcher();
    rules = service.rules.manager;
    fleet = service.intake.fleet;
    scrapes = service.intake.scrapes;
    receivedMetadata = service.intake.metadata;
    writeReceiver = service.intake.writeReceiver;
    otlpReceiver =
        new OtlpReceiver(
            service.intake.pushed,
            service.intake.metadata,
            service::otlpSettings,
            clock,
            service.base.budgets(),
            registry);
    queryWork =
        new QueryWork(service.engines.queries, service.options.query().timeout(), System::nanoTime);
    writeWork = writeWork(service);
    budgets = service.base.budgets();
    readService = new ReadService(service.storage.tsdb, service::externalLabels, budgets);
    switches = switches(service.options);
    probes = service.intake.probes;
    pushLedger = service.intake.pushPeers.ledger;
    pushTokens = new PushTokens(() -> service.intake.probes.pushTokens(), clock);
    deployments = service.releases.deployments;
    migrations = service.releases.migrations;
    gates = service.releases.gates;
    hindsight = service.releases.hindsight;
    callbacks = service.releases.callbacks();
    webhook = service.releases.webhook;
    rollouts = service.releases.rollouts;
    access = service.access;
    audit = service.audit;
    providerLogIn = service.providerLogIn;
    trustBoundary = service.trustBoundary;
    requestClient = new RequestClient(service.trustBoundary);
    silenceLinks = service.notifier.links;
    mailbox = service.notifier.mailbox;
    onCall = service.onCall.schedule;
    windows = service.onCall.windows;
    devices = service.notifier.devices;
    dashboards = dashboards(service);
    seriesIndex = seriesIndex(service, clock);
  }

  private static DashboardFolder dashboards(Service service) {
    return new DashboardFolder(
        service.options.dashboardsDir(),
        new QuerySources(
            service.engines.evaluator,
            service.engines.logLines(),
            () -> AlertmanagerJson.tree(service.notifier.service.dispatcher().groups(_ -> true))),
        () -> service.files.prometheus().global().scrapeInterval());
  }

  private static SeriesIndex seriesIndex(Service service, InstantSource clock) {
    return new EngineSeriesIndex(
        service.storage.tsdb,
        service.engines.evaluator,
        service.options.engine().url().isPresent(),
        service.intake.scrapes,
        service.intake.metadata,
        clock,
        new EngineSeriesIndex.Recent());
  }
}
