package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AccessControl;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.cli.serve.TapFlags.TapSettings;
import io.pharos.config.prometheus.OtlpConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.ClientPool;
import io.pharos.logs.LogSettings;
import io.pharos.logs.LogbackBridge;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
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
import io.pharos.trouble.Troubles;
import io.pharos.tsdb.Tsdb;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole service: the constructor builds its parts, [#start] starts them, [#close] closes them
/// in reverse order. A part uses only parts that are built before it.
final class Service implements ServiceStatus, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);

  private final ServeOptions options;
  private final ShutdownStack closing = new ShutdownStack();
  private final Instant startedAt;

  private final Optional<ServedTap> tap;
  private final Foundation base;
  private final StorageAssembly storage;
  private final EngineAssembly engines;
  private final NotifierAssembly notifier;
  private final SelfWatch selfWatch;
  private final RuleAssembly rules;
  private final IntakeAssembly intake;
  private final TrustBoundary trustBoundary;
  private final AccessControl access;
  private final ReleaseAssembly releases;

  private volatile VersionedFiles files;
  private volatile boolean ready;
  private volatile boolean reloaded = true;
  private volatile Instant reloadedAt;
  private volatile long heartbeatMillis;

  /// Makes the mail transport.
  @FunctionalInterface
  interface MailFactory {
    /// Makes the transport.
    ///
    /// @param mailbox keeps mail locally, if the options say so
    /// @param files returns the files that were read last
    OutgoingMail.Transport create(Mailbox mailbox, Supplier<VersionedFiles> files);
  }

  /// Builds all parts.
  ///
  /// @throws ConfigException if a file's settings can't be applied
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
          new EngineAssembly(
              base, files.prometheus().global().evaluationInterval(), storage.tsdb());
      notifier =
          new NotifierAssembly(
              base, storage.store(), mailbox -> mail.create(mailbox, () -> this.files));
      var selfStatus =
          new SelfStatus(
              options.storagePath(),
              storage.tsdb(),
              storage.store(),
              base.gaps(),
              base.continuity(),
              storage.mark(),
              storage.damages(),
              loops,
              base.budgets(),
              registry);
      selfWatch = closing.add(selfWatch(selfStatus));
      rules = new RuleAssembly(base, engines, storage.tsdb(), notifier.alerts());
      intake = new IntakeAssembly(base, files, storage, rules.arrivals());
      selfStatus.watch(intake.pushPeers().all());
      trustBoundary =
          new TrustBoundary(
              options.host(), options.externalUrl(), options.access().trustedProxies());
      access = access(files);
      releases =
          new ReleaseAssembly(
              base,
              () -> this.files,
              storage.store(),
              engines.steady(),
              new RuleAlerts(rules.manager(), notifier.service().silences()),
              intake.probes());
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

  private SelfWatch selfWatch(SelfStatus status) {
    return new SelfWatch(
        status,
        notifier.alerts(),
        base.clock(),
        base.scheduler()::clockSetBack,
        new SelfWatch.Identity(
            this::externalLabels, options.externalUrl().toString(), options.replicaName()),
        base.registry());
  }

  private AccessControl access(VersionedFiles read) {
    return new AccessControl(
        read.tokens(),
        options.access().reads(),
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
    Gauge.builder("prometheus_config_last_reload_successful", this, it -> it.reloaded ? 1 : 0)
        .description("Whether the last attempt to load the configuration succeeded.")
        .register(registry);
  }

  /// Starts all parts; the notifier first, so that no alert is lost.
  void start() {
    LOG.info(MemoryPlan.ofThisProcess().line());
    LOG.info(base.budgets().line());
    ClassPreloader.run();
    notifier.service().start();
    selfWatch.start();
    notifier.alerts().prepareReload(files.prometheus()).run();
    storage.tsdb().outOfOrderWindow(files.prometheus().storage().outOfOrderWindow());
    rules.load(files);
    tap.ifPresent(it -> base.every("tap-routes", ServedTap.INTERVAL, _ -> it.reloadIfChanged()));
    intake.start();
    base.every("alertmanager-discovery", Duration.ofSeconds(5), _ -> notifier.alerts().refresh());
    base.every("tsdb-compaction", Duration.ofMinutes(1), storage.tsdb()::compactTick);
    releases.start();
    base.every("heartbeat", Duration.ofSeconds(15), slot -> heartbeatMillis = slot.toEpochMilli());
    access.remarks(trustBoundary).forEach(LOG::warn);
    ready = true;
  }

  @Override
  public synchronized void reload() {
    reloaded = false;
    // The notifier reads its file first, because it counts its own failed reloads.
    Runnable notifications;
    try {
      notifications = notifier.service().prepareReload();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          options.notificationsFile().toString(), 0, 0, String.valueOf(e.getMessage()));
    }
    VersionedFiles next = VersionedFiles.read(options);
    Runnable fanout = notifier.alerts().prepareReload(next.prometheus());
    notifications.run();
    fanout.run();
    files = next;
    access.replace(next.tokens());
    storage.reload(next.prometheus());
    intake.reload(next);
    rules.load(next);
    tap.ifPresent(ServedTap::reload);
    reloadedAt = base.clock().instant();
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
            Stream.of(options.externalUrl() + "/api/v2/alerts"), notifier.alerts().urls().stream())
        .toList();
  }

  @Override
  public Tsdb.HeadStats headStats() {
    return storage.tsdb().headStats();
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

  ServeOptions options() {
    return options;
  }

  /// The files that were read last.
  VersionedFiles files() {
    return files;
  }

  Troubles troubles() {
    return selfWatch;
  }

  Foundation base() {
    return base;
  }

  StorageAssembly storage() {
    return storage;
  }

  EngineAssembly engines() {
    return engines;
  }

  NotifierAssembly notifier() {
    return notifier;
  }

  RuleManager rules() {
    return rules.manager();
  }

  IntakeAssembly intake() {
    return intake;
  }

  ReleaseAssembly releases() {
    return releases;
  }

  TrustBoundary trustBoundary() {
    return trustBoundary;
  }

  AccessControl access() {
    return access;
  }

  Optional<ServedTap> tap() {
    return tap;
  }
}
