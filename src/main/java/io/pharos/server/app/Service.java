package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AccessControl;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.channel.MailTransport;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.upstream.AlertFanout;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.cli.serve.TapSettings;
import io.pharos.config.prometheus.OtlpConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.ingest.fleet.AgentFleet;
import io.pharos.ingest.login.Logins;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.ScrapeOptions;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.WorkPool;
import io.pharos.logs.LogSettings;
import io.pharos.logs.LogbackBridge;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.probe.ProbeRunner;
import io.pharos.probe.PushStore;
import io.pharos.remote.otlp.OtlpSettings;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.rules.EarlyEvaluation;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.ServiceStatus;
import io.pharos.state.Store;
import io.pharos.state.jdbc.Replica;
import io.pharos.storage.Appendable;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.ArrivalReportingStore;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import io.pharos.trouble.Trouble;
import io.pharos.trouble.Troubles;
import io.pharos.tsdb.HeadStats;
import io.pharos.tsdb.Tsdb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole service as one object graph: built in the constructor, set going by [#start], ended by
/// [#close]. What is built later may use what is built before it, and is closed before it.
final class Service implements ServiceStatus, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);

  /// How long a remote write that came in may wait and take: what a sender waits by default.
  static final Duration WRITE_TIMEOUT = Duration.ofSeconds(30);

  /// Remote writes that come in: one commits at a time, while another is read. The memory of bodies
  /// lets fewer wait.
  private static final WorkPool.Size WRITES = new WorkPool.Size(2, 1_000);

  private final ServeOptions options;
  private final InstantSource clock;
  private final JobScheduler scheduler;
  private final Clients clients;
  private final ShutdownStack closing = new ShutdownStack();
  private final Instant startedAt;

  private final Optional<ServedTap> tap;
  private final MemoryBounds budgets;
  private final ObservationGaps blindness = new ObservationGaps();
  private final TimeContinuity continuity;
  private final DamagedData damages;
  private final Store store;
  private final Tsdb tsdb;
  private final WorkPool writes;
  private final EngineAssembly engines;
  private final Mailbox mailbox;
  private final NotifierAssembly notifying;
  private final AlertFanout alerts;
  private final SelfWatch selfWatch;
  private final RuleManager rules;
  private final Logins logins;
  private final AgentFleet fleet;
  private final ScrapeManager scrapes;
  private final ReceivedMetadata receivedMetadata = new ReceivedMetadata();
  private final ArrivalReportingStore pushed;
  private final WriteReceiver writeReceiver;
  private final ProbeRunner probes;
  private final PushPeers pushPeers;
  private final ReleaseAssembly releasing;
  private final TrustBoundary perimeter;
  private final AccessControl access;

  private volatile VersionedFiles files;
  private volatile boolean ready;
  private volatile boolean reloaded = true;
  private volatile Instant reloadedAt;
  private volatile long heartbeatMillis;

  /// @param mail makes the transport; it gets the mailbox, in case mail is to be kept there
  /// @throws ConfigException when the files can't be put to work
  Service(
      ServeOptions options,
      VersionedFiles files,
      InstantSource clock,
      JobScheduler scheduler,
      MeterRegistry registry,
      LoopRegistry loops,
      Function<Service, MailTransport> mail) {
    this.options = requireNonNull(options, "options is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.scheduler = requireNonNull(scheduler, "scheduler is null");
    this.startedAt = clock.instant();
    this.continuity = new TimeContinuity(clock, blindness);
    this.reloadedAt = startedAt;
    this.files = requireNonNull(files, "files is null");
    try {
      tap = options.tap().map(it -> closing.add(startTap(it)));
      clients = closing.add(new Clients(clock));
      var random = new SecureRandom();
      budgets = new MemoryBounds(options.limits(), clock, registry);
      damages = new DamagedData(clock, registry);
      store =
          closing.add(Store.open(options.store().config(), Optional.of(replica()), damages, loops));
      tsdb = closing.add(openTsdb(registry));
      var mark = closing.add(ClockMark.open(options.storagePath()));
      // Without samples of a time to come nothing is wrong with the clock of now.
      Optional<Instant> lastAlive = mark.read();
      var newest = Instant.ofEpochMilli(tsdb.newestMillis());
      lastAlive.map(seen -> seen.isBefore(newest) ? seen : newest).ifPresent(continuity::resume);
      writes = closing.add(new WorkPool("writes", WRITES, registry));
      budgets.watch(MemoryBound.SERIES, () -> tsdb.seriesCount());
      budgets.watch(MemoryBound.OUT_OF_ORDER, () -> tsdb.outOfOrderBytes());
      engines =
          new EngineAssembly(
              options,
              files.prometheus().global().evaluationInterval(),
              tsdb,
              clients,
              clock,
              budgets,
              registry,
              closing);
      Optional<EarlyEvaluation> looks = looks(registry);
      ArrivalListener arrivals =
          looks.<ArrivalListener>map(it -> it).orElse(ArrivalListener.IGNORED);
      pushed = new ArrivalReportingStore(tsdb, arrivals);
      writeReceiver = new WriteReceiver(pushed, receivedMetadata, clock, registry);
      mailbox = new Mailbox(options.storagePath().resolve("mailbox"), 500);
      notifying =
          new NotifierAssembly(
              options,
              store,
              mail.apply(this),
              mailbox,
              clients,
              clock,
              random,
              scheduler,
              loops,
              budgets,
              registry,
              closing);
      NotifierService notifications = notifying.notifications();
      alerts =
          closing.add(
              new AlertFanout(notifications.dispatcher(), clients, options.port(), registry));
      var ownState =
          new SelfStatus(
              options.storagePath(),
              tsdb,
              store,
              blindness,
              continuity,
              mark,
              damages,
              loops,
              budgets,
              registry);
      selfWatch =
          closing.add(
              new SelfWatch(
                  ownState,
                  alerts,
                  clock,
                  scheduler::clockSetBack,
                  new SelfWatch.Identity(
                      this::externalLabels,
                      options.externalUrl().toString(),
                      options.replicaName()),
                  registry));
      rules =
          closing.add(
              new RuleManager(
                  new RuleContext(
                      engines.steady(),
                      engines.logs(),
                      engines.results(),
                      tsdb,
                      alerts,
                      clock,
                      registry,
                      new RuleOptions(
                          options.resendDelay(),
                          RuleOptions.DEFAULT.forGracePeriod(),
                          RuleOptions.DEFAULT.outageTolerance()),
                      // A remote engine scrapes for itself.
                      options.engine().url().isPresent() ? new ObservationGaps() : blindness,
                      continuity),
                  scheduler,
                  looks));
      ExecutorService loginCalls = Executors.newVirtualThreadPerTaskExecutor();
      logins =
          closing.add(
              new Logins(
                  files.logins(),
                  options.storagePath().resolve("logins"),
                  clients,
                  loginCalls,
                  clock,
                  System::nanoTime,
                  random,
                  registry));
      AutoCloseable endLogins = loginCalls::shutdownNow;
      closing.add(endLogins);
      fleet =
          closing.add(new AgentFleet(files.fleet(), scheduler, clock, System::nanoTime, registry));
      scrapes =
          closing.add(
              new ScrapeManager(
                  files.prometheus(),
                  tsdb,
                  clock,
                  clients,
                  registry,
                  blindness,
                  continuity,
                  scheduler,
                  loops,
                  ScrapeOptions.DEFAULT
                      .withDescriptorReserve(options.connections().reserve())
                      .withTokens(logins),
                  budgets,
                  arrivals));
      probes =
          closing.add(
              new ProbeRunner(
                  files.probes(),
                  tsdb,
                  scheduler,
                  clock,
                  registry,
                  blindness,
                  continuity,
                  PushStore.in(options.storagePath().resolve("push-probes"), lastAlive),
                  arrivals));
      pushPeers =
          PushPeers.of(options.pushPeers(), probes, clients, closing, clock, random, registry);
      ownState.watch(pushPeers.all());

      perimeter =
          new TrustBoundary(
              options.host(), options.externalUrl(), options.access().trustedProxies());
      access =
          new AccessControl(
              files.tokens(),
              options.access().reads(),
              closing.add(new ClientPool(clients)),
              clock,
              random,
              registry);
      releasing =
          new ReleaseAssembly(
              options,
              () -> this.files, // the field: what was read last
              store,
              new ReleaseAssembly.Sight(
                  engines.steady(),
                  blindness,
                  continuity,
                  new RuleAlerts(rules, notifications.silences()),
                  probes),
              clients,
              clock,
              random,
              registry,
              closing);
      if (options.loki().push().isPresent()) {
        Launch.logs().ifPresent(logs -> logs.bindTo(registry));
      }
      Gauge.builder("pharos_build_info", () -> 1)
          .description("What runs; the revision is PHAROS_REVISION, which the image sets.")
          .tag("version", version())
          .tag("revision", Objects.requireNonNullElse(System.getenv("PHAROS_REVISION"), ""))
          .register(registry);
      Gauge.builder("pharos_external_url_info", () -> 1)
          .description("Where people reach this Pharos; dashboards take the links to it from here.")
          .tag("url", options.externalUrl().toString())
          .register(registry);
      Gauge.builder("pharos_heartbeat_timestamp_seconds", this, it -> it.heartbeatMillis / 1000.0)
          .description("When the scheduler last proved that it runs.")
          .register(registry);
      Gauge.builder("prometheus_config_last_reload_successful", this, it -> it.reloaded ? 1 : 0)
          .description("Whether the last attempt to load the configuration worked.")
          .register(registry);
    } catch (RuntimeException e) {
      closing.close();
      throw e;
    }
  }

  private Optional<EarlyEvaluation> looks(MeterRegistry registry) {
    boolean wanted =
        switch (options.ruleEvaluation()) {
          // A remote engine has samples of its own, which come when they come.
          case EVENTS -> options.engine().url().isEmpty();
          case TIMER -> false;
        };
    return wanted
        ? Optional.of(
            new EarlyEvaluation(
                clock,
                System::nanoTime,
                look -> Thread.ofVirtual().name("rules-early").start(look),
                registry))
        : Optional.empty();
  }

  private Replica replica() {
    return new Replica(options.replicaName(), UUID.randomUUID().toString());
  }

  private ServedTap startTap(TapSettings settings) {
    return ServedTap.start(
        settings,
        new LogSettings(
            "remotegpu-tap",
            options.environment(),
            options.loki().push().map(LogSettings.Loki::at).orElse(null)),
        Launch.logs().map(LogbackBridge::output).orElse(System.out),
        clock);
  }

  private Tsdb openTsdb(MeterRegistry registry) {
    try {
      Optional<EarlyStore> early = Launch.takeStore();
      Tsdb opened =
          early.isPresent()
              ? early.get().take(registry)
              : EarlyStore.open(options, clock, registry);
      opened.exemplars().limit(files.prometheus().storage().maxExemplars());
      return opened;
    } catch (IOException e) {
      throw new UncheckedIOException("the samples can't be opened: " + e.getMessage(), e);
    }
  }

  MemoryBounds budgets() {
    return budgets;
  }

  /// Sets everything going: the notifier first, so that no alert finds it closed.
  void start() {
    LOG.info(MemoryPlan.ofThisProcess().line());
    LOG.info(budgets.line());
    ClassPreloader.run();
    notifying.notifications().start();
    selfWatch.start();
    alerts.prepareReload(files.prometheus()).run();
    tsdb.outOfOrderWindow(files.prometheus().storage().outOfOrderWindow());
    rules.load(evaluated(files), ruleSettings(files.prometheus()));
    tap.ifPresent(it -> every("tap-routes", ServedTap.LOOK, _ -> it.look()));
    every("logins", Duration.ofSeconds(1), logins::tick);
    fleet.start();
    scrapes.start();
    pushPeers
        .all()
        .forEach(peer -> every("push-peer-" + peer.name(), PushPeers.EVERY, _ -> peer.ask()));
    probes.start();
    every("alertmanager-discovery", Duration.ofSeconds(5), _ -> alerts.refresh());
    every("tsdb-compaction", Duration.ofMinutes(1), tsdb::compactTick);
    releasing.start(this::every);
    every("heartbeat", Duration.ofSeconds(15), slot -> heartbeatMillis = slot.toEpochMilli());
    access.remarks(perimeter).forEach(LOG::warn);
    ready = true;
  }

  private void every(String name, Duration interval, Consumer<Instant> task) {
    closing.add(scheduler.schedule(name, interval, Duration.ZERO, task));
  }

  private List<RuleFile> evaluated(VersionedFiles read) {
    if (options.loki().query().isPresent()) {
      return Stream.concat(read.rules().stream(), read.logRules().stream()).toList();
    }
    if (!read.logRules().isEmpty()) {
      LOG.info(
          "{} files of rules about log lines are not evaluated: no Loki is named by --loki.url or"
              + " --loki.query-url",
          read.logRules().size());
    }
    return read.rules();
  }

  private RuleSettings ruleSettings(PrometheusConfig config) {
    return new RuleSettings(
        config.global().evaluationInterval(),
        config.global().ruleQueryOffset(),
        config.global().externalLabels(),
        options.externalUrl().toString());
  }

  @Override
  public synchronized void reload() {
    reloaded = false;
    // The notifier looks at its file first, since it counts its own refusals.
    Runnable notifier;
    try {
      notifier = notifying.notifications().prepareReload();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          options.notificationsFile().toString(), 0, 0, String.valueOf(e.getMessage()));
    }
    VersionedFiles next = VersionedFiles.read(options);
    Runnable fanout = alerts.prepareReload(next.prometheus());
    notifier.run();
    fanout.run();
    files = next;
    access.replace(next.tokens());
    logins.reload(next.logins());
    fleet.reload(next.fleet());
    tsdb.exemplars().limit(next.prometheus().storage().maxExemplars());
    tsdb.outOfOrderWindow(next.prometheus().storage().outOfOrderWindow());
    scrapes.reload(next.prometheus());
    probes.reload(next.probes());
    rules.load(evaluated(next), ruleSettings(next.prometheus()));
    tap.ifPresent(ServedTap::reload);
    reloadedAt = clock.instant();
    reloaded = true;
    LOG.info("configuration reloaded");
  }

  @Override
  public void close() {
    ready = false;
    tap.ifPresent(ServedTap::leave);
    closing.close();
  }

  @Override
  public String version() {
    String version = Service.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  @Override
  public Instant startedAt() {
    return startedAt;
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  @Override
  public List<String> troublesOfStorage() {
    return selfWatch.now().stream()
        .filter(trouble -> trouble.kind() == Trouble.Kind.STORAGE)
        .map(Trouble::text)
        .toList();
  }

  Troubles troubles() {
    return selfWatch;
  }

  ObservationGaps blindness() {
    return blindness;
  }

  DamagedData damages() {
    return damages;
  }

  @Override
  public String externalUrl() {
    return options.externalUrl().toString();
  }

  @Override
  public String grafanaUrl() {
    return options.grafanaUrl().map(URI::toString).orElse("");
  }

  @Override
  public Map<String, String> flags() {
    return ShownFlags.of(options);
  }

  @Override
  public String configYaml() {
    return files.shownPrometheus();
  }

  @Override
  public boolean lastReloadSuccessful() {
    return reloaded;
  }

  @Override
  public Instant lastReloadAt() {
    return reloadedAt;
  }

  @Override
  public Labels externalLabels() {
    return files.prometheus().global().externalLabels();
  }

  @Override
  public Duration lookback() {
    return options.query().lookback();
  }

  @Override
  public List<String> alertmanagers() {
    return Stream.concat(
            Stream.of(options.externalUrl() + "/api/v2/alerts"), alerts.urls().stream())
        .toList();
  }

  @Override
  public HeadStats headStats() {
    return tsdb.headStats();
  }

  @Override
  public String retention() {
    return PromDuration.format(options.retention());
  }

  Tsdb tsdb() {
    return tsdb;
  }

  EngineAssembly engines() {
    return engines;
  }

  WorkPool writes() {
    return writes;
  }

  NotifierAssembly notifying() {
    return notifying;
  }

  RuleManager rules() {
    return rules;
  }

  AgentFleet fleet() {
    return fleet;
  }

  ScrapeManager scrapes() {
    return scrapes;
  }

  ReceivedMetadata receivedMetadata() {
    return receivedMetadata;
  }

  OtlpSettings otlpSettings() {
    OtlpConfig otlp = files.prometheus().otlp();
    return new OtlpSettings(
        otlp.promoteResourceAttributes(), otlp.suffixes(), otlp.keepIdentifying());
  }

  /// Where samples go that others push.
  Appendable pushed() {
    return pushed;
  }

  WriteReceiver writeReceiver() {
    return writeReceiver;
  }

  ServeOptions options() {
    return options;
  }

  ProbeRunner probes() {
    return probes;
  }

  PushPeers pushPeers() {
    return pushPeers;
  }

  ReleaseAssembly releasing() {
    return releasing;
  }

  TrustBoundary perimeter() {
    return perimeter;
  }

  AccessControl access() {
    return access;
  }

  Optional<ServedTap> tap() {
    return tap;
  }

  Mailbox mailbox() {
    return mailbox;
  }

  VersionedFiles files() {
    return files;
  }
}
