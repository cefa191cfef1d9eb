package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AccessControl;
import io.pharos.access.AuditTrail;
import io.pharos.access.ProviderLogIn;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.cli.Commands;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.cli.serve.TapFlags.TapSettings;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.prometheus.OtlpConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.ClientPool;
import io.pharos.limits.heap.OldGeneration;
import io.pharos.logs.LogSettings;
import io.pharos.logs.LogbackBridge;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.rules.RuleManager;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.app.health.ClassPreloader;
import io.pharos.server.app.health.MemoryPlan;
import io.pharos.server.app.health.SelfStatus;
import io.pharos.server.app.health.SelfWatch;
import io.pharos.trouble.Trouble;
import io.pharos.tsdb.Tsdb.HeadStats;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole service. The constructor builds the parts, [#start] starts them, and [#close] closes
/// them in reverse order. A part uses only parts that were built before it.
final class Service implements ServiceStatus, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);

  /* Three files may hang for ten seconds each; an HTTP client waits about as long. */
  private static final Duration RELOAD_TIMEOUT = Duration.ofSeconds(30);

  final ServeOptions options;
  private final Foundation.ShutdownStack closing = new Foundation.ShutdownStack();
  private final Instant startedAt;
  private final OutsideFiles reading = new OutsideFiles(RELOAD_TIMEOUT);

  final Optional<ServedTap> tap;
  final Foundation base;
  final StorageAssembly storage;
  final EngineAssembly engines;
  final NotifierAssembly notifier;
  final SelfWatch selfWatch;
  final RuleAssembly rules;
  final IntakeAssembly intake;
  final TrustBoundary trustBoundary;
  final AccessControl access;
  final AuditTrail audit;
  final ProviderLogIn providerLogIn;
  final ReleaseAssembly releases;
  final OnCallAssembly onCall;

  /// The files that were read last.
  volatile VersionedFiles files;

  private volatile boolean ready;
  private volatile Optional<FailedReload> failedReload = Optional.empty();
  private volatile Instant reloadedAt;
  private volatile long heartbeatMillis;

  /// Creates the mail transport.
  @FunctionalInterface
  interface MailFactory {
    /// Creates the transport.
    ///
    /// @param mailbox stores mail locally if the options say so
    /// @param files supplies the files that were read last
    OutgoingMail.Transport create(Mailbox mailbox, Supplier<VersionedFiles> files);
  }

  /// Builds all parts.
  ///
  /// @throws ConfigException if settings of a file can't be applied
  Service(
      ServeOptions options,
      VersionedFiles files,
      InstantSource clock,
      JobScheduler scheduler,
      MeterRegistry registry,
      LoopRegistry loops,
      MailFactory mail) {
    this.options = options;
    this.startedAt = clock.instant();
    this.reloadedAt = startedAt;
    this.files = files;
    try {
      tap = options.tap().map(it -> closing.add(startTap(it, clock)));
      base = Foundation.of(options, clock, scheduler, loops, registry, closing);
      storage = new StorageAssembly(base, files.prometheus());
      engines =
          new EngineAssembly(base, files.prometheus().global().evaluationInterval(), storage.tsdb);
      audit = new AuditTrail(storage.store.audit(), clock, registry);
      var schedule =
          new OnCallSchedule(() -> this.files.onCall(), storage.store.overrides(), clock);
      notifier =
          new NotifierAssembly(
              base,
              storage.store,
              audit,
              schedule,
              mailbox -> mail.create(mailbox, () -> this.files));
      SelfStatus selfStatus = selfStatus(loops, registry);
      selfWatch = closing.add(selfWatch(selfStatus));
      rules = new RuleAssembly(base, engines, storage.tsdb, notifier.alerts);
      notifier.courses.set(rules.manager::course);
      intake = new IntakeAssembly(base, files, storage, rules.arrivals());
      selfStatus.watch(intake.pushPeers.peers);
      trustBoundary = trustBoundary();
      access = access(files);
      providerLogIn = providerLogIn();
      releases =
          new ReleaseAssembly(
              base,
              () -> this.files,
              storage.store,
              engines.ruleEvaluator,
              new RuleAlerts(
                  rules.manager::groups,
                  labels -> !notifier.service.silences().mutedBy(labels).isEmpty()),
              intake.probes,
              intake.scrapes);
      onCall = new OnCallAssembly(base, schedule, storage.store, notifier.service.silences());
      registerMeters(registry);
    } catch (RuntimeException e) {
      closing.close();
      throw e;
    }
  }

  private ServedTap startTap(TapSettings settings, InstantSource clock) {
    return ServedTap.start(
        settings,
        new LogSettings(
            "remotegpu-tap",
            options.environment(),
            options.loki().push().map(LogSettings.Loki::at).orElse(null)),
        Launch.logs().map(LogbackBridge::output).orElse(System.out),
        clock);
  }

  private SelfStatus selfStatus(LoopRegistry loops, MeterRegistry registry) {
    return new SelfStatus(
        options.storagePath(),
        storage.tsdb,
        storage.store,
        base.gaps(),
        base.continuity(),
        storage.mark,
        storage.damages,
        loops,
        base.budgets(),
        registry);
  }

  private SelfWatch selfWatch(SelfStatus status) {
    return new SelfWatch(
        now ->
            Stream.concat(status.troubles(now).stream(), notifier.chats.troubles().stream())
                .toList(),
        notifier.alerts,
        base.clock(),
        base.scheduler()::clockSetBack,
        new SelfWatch.Identity(
            this::externalLabels, options.externalUrl().toString(), options.replicaName()),
        base.registry());
  }

  private AccessControl access(VersionedFiles read) {
    return new AccessControl(
        new AccessControl.Rules(
            options.access().mode(), options.access().reads(), read.tokens(), read.people()),
        closing.add(new ClientPool(base.clients())),
        storage.store.sessions(),
        base.clock(),
        base.random(),
        base.registry());
  }

  private TrustBoundary trustBoundary() {
    return new TrustBoundary(
        options.host(), options.externalUrl(), options.access().trustedProxies());
  }

  private ProviderLogIn providerLogIn() {
    return new ProviderLogIn(
        access,
        () -> files.people().oidc(),
        options.externalUrl(),
        closing.add(new ClientPool(base.clients())),
        base.clock(),
        base.random(),
        base.registry());
  }

  private void registerMeters(MeterRegistry registry) {
    if (options.loki().push().isPresent()) {
      Launch.logs().ifPresent(logs -> logs.bindTo(registry));
    }
    Gauge.builder("pharos_build_info", () -> 1)
        .description("The running version; the image sets the revision (PHAROS_REVISION).")
        .tag("version", version())
        .tag("revision", Objects.requireNonNullElse(System.getenv("PHAROS_REVISION"), ""))
        .register(registry);
    Gauge.builder("pharos_external_url_info", () -> 1)
        .description("The external URL of this Pharos, for links in dashboards.")
        .tag("url", options.externalUrl().toString())
        .register(registry);
    Gauge.builder("pharos_heartbeat_timestamp_seconds", this, it -> it.heartbeatMillis / 1000.0)
        .description("When the scheduler last ran its heartbeat job.")
        .register(registry);
    Gauge.builder(
            "prometheus_config_last_reload_successful",
            this,
            it -> it.lastReloadSuccessful() ? 1 : 0)
        .description("Whether the last attempt to load the configuration succeeded.")
        .register(registry);
  }

  /// Starts all parts. The notifier starts first, so that no alert is lost.
  void start() {
    LOG.info(MemoryPlan.ofThisProcess().line());
    LOG.info(base.budgets().line());
    ClassPreloader.run();
    notifier.start();
    selfWatch.start();
    notifier.alerts.prepareReload(files.prometheus()).run();
    storage.tsdb.outOfOrderWindow(files.prometheus().storage().outOfOrderWindow());
    rules.load(files);
    tap.ifPresent(it -> base.every("tap-routes", ServedTap.INTERVAL, _ -> it.reloadIfChanged()));
    intake.start();
    base.every("alertmanager-discovery", Duration.ofSeconds(5), _ -> notifier.alerts.refresh());
    base.every("tsdb-compaction", Duration.ofMinutes(1), storage.tsdb::compactTick);
    base.every("old-generation", Duration.ofMinutes(1), _ -> OldGeneration.collectIfDue());
    releases.start();
    base.every("heartbeat", Duration.ofSeconds(15), slot -> heartbeatMillis = slot.toEpochMilli());
    access.remarks(trustBoundary).forEach(LOG::warn);
    notifier.callHeartbeats(selfWatch, rules.manager);
    ready = true;
  }

  private record ReadFiles(VersionedFiles files, Runnable notifications, Runnable fanout) {}

  @Override
  public synchronized void reload() {
    try {
      loadAnew();
      failedReload = Optional.empty();
      LOG.info("configuration reloaded");
    } catch (RuntimeException | Error e) {
      String problem = e instanceof ConfigException ? String.valueOf(e.getMessage()) : e.toString();
      failedReload = Optional.of(new FailedReload(base.clock().instant(), problem));
      throw e;
    }
  }

  private void loadAnew() {
    ReadFiles read = readInTime();
    read.notifications.run();
    read.fanout.run();
    VersionedFiles previous = files;
    VersionedFiles next = read.files;
    files = next;
    access.replace(next.tokens(), next.people());
    audit.recordPeople(previous.people(), next.people());
    storage.reload(next.prometheus());
    intake.reload(next);
    rules.load(next);
    tap.ifPresent(ServedTap::reload);
    reloadedAt = base.clock().instant();
  }

  /* Reads all files on a platform thread, because folders on a dead file server never answer. */
  private ReadFiles readInTime() {
    Path file = options.configFile().orElse(options.notificationsFile());
    try {
      return reading.run(file, _ -> read());
    } catch (IOException e) {
      throw new ConfigException(
          file.toString(), 0, 0, "all files of the configuration together: " + e.getMessage());
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw new ConfigException(
          file.toString(),
          0,
          0,
          "the configuration is too large or nested too deeply for this process: "
              + e
              + "; the maximum size of each file is "
              + OutsideFiles.bound());
    }
  }

  private ReadFiles read() {
    // The notifier reads its own file before the other files are read, because it counts the failed
    // reloads of its file.
    Runnable notifications;
    try {
      notifications = notifier.service.prepareReload();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          options.notificationsFile().toString(), 0, 0, String.valueOf(e.getMessage()));
    }
    VersionedFiles next = VersionedFiles.read(options);
    return new ReadFiles(next, notifications, notifier.alerts.prepareReload(next.prometheus()));
  }

  @Override
  public void close() {
    ready = false;
    tap.ifPresent(ServedTap::leave);
    closing.close();
  }

  @Override
  public String version() {
    return Commands.version();
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
  public List<String> storageTroubles() {
    return selfWatch.now().stream()
        .filter(trouble -> trouble.kind() == Trouble.Kind.STORAGE)
        .map(Trouble::text)
        .toList();
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
  public List<ShownFlag> shownFlags() {
    Map<String, String> values = flags();
    return ServeFlags.MANUAL.flags().stream()
        .filter(flag -> values.containsKey(flag.name()))
        .map(
            flag -> {
              String value = values.getOrDefault(flag.name(), "");
              return new ShownFlag(
                  flag.name(),
                  value,
                  flag.defaultValue(),
                  flag.help(),
                  !value.equals(flag.defaultValue()));
            })
        .toList();
  }

  @Override
  public List<ConfigurationPart> configuration() {
    return files.parts(options);
  }

  @Override
  public String configYaml() {
    return files.shownPrometheus();
  }

  @Override
  public Optional<FailedReload> failedReload() {
    return failedReload;
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
            Stream.of(options.externalUrl() + "/api/v2/alerts"), notifier.alerts.urls().stream())
        .toList();
  }

  @Override
  public HeadStats headStats() {
    return storage.tsdb.headStats();
  }

  @Override
  public String retention() {
    return PromDuration.format(options.retention());
  }

  OtlpReceiver.Settings otlpSettings() {
    OtlpConfig otlp = files.prometheus().otlp();
    return new OtlpReceiver.Settings(
        otlp.promoteResourceAttributes(), otlp.suffixes(), otlp.keepIdentifying());
  }

  RuleManager rules() {
    return rules.manager;
  }

  /// The flags and their values for the status API. No value is a secret.
  static final class ShownFlags {
    private ShownFlags() {}

    static Map<String, String> of(ServeOptions options) {
      var flags = new TreeMap<String, String>();
      flags.put("config.file", options.configFile().map(String::valueOf).orElse(""));
      flags.put("notifications.file", options.notificationsFile().toString());
      flags.put("storage.path", options.storagePath().toString());
      flags.put("storage.retention", PromDuration.format(options.retention()));
      flags.put("web.listen-address", options.host() + ":" + options.port());
      flags.put("web.external-url", options.externalUrl().toString());
      flags.put("grafana.url", options.grafanaUrl().map(URI::toString).orElse(""));
      flags.put("web.cors.origin", options.corsOrigin().toString());
      flags.put("web.read", options.access().reads().name().toLowerCase(Locale.ROOT));
      flags.put("web.enable-otlp-receiver", Boolean.toString(options.otlpReceiver()));
      flags.put(
          "web.enable-remote-write-receiver", Boolean.toString(options.remoteWriteReceiver()));
      flags.put("engine", options.engine().url().isPresent() ? "remote" : "embedded");
      flags.put("rules.evaluation", options.ruleEvaluation().name().toLowerCase(Locale.ROOT));
      flags.put("query.lookback-delta", PromDuration.format(options.query().lookback()));
      flags.put("query.timeout", PromDuration.format(options.query().timeout()));
      flags.put("query.max-samples", Integer.toString(options.query().maxSamples()));
      options
          .tap()
          .map(TapSettings::options)
          .ifPresent(
              tap -> {
                flags.put("tap.listen", tap.host() + ":" + tap.port());
                flags.put("tap.upstream", tap.upstream().toString());
                flags.put("tap.threads", Integer.toString(tap.loops()));
                flags.put(
                    "tap.max-connections", Integer.toString(tap.connections().maxConnections()));
                flags.put("tap.max-in-flight", Integer.toString(tap.maxInFlight()));
              });
      flags.putAll(options.limitFlags());
      return flags;
    }
  }
}
