package io.pharos.simulation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.scrape.PlayedScrapes;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.rules.gap.EarlierGaps;
import io.pharos.rules.gap.GapFills;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.VirtualJobs;
import io.pharos.storage.Appendable;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Scrape, rules, notifier and stores of one Pharos on virtual time. The stores survive restarts.
final class SimulatedPharos {
  private static final String NOTIFICATIONS =
      """
      route: {receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 5s, repeat_interval: 24h}
      receivers: [{name: hook, webhook_configs: [{url: 'http://hook.example/'}]}]
      """;
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration STEP = Duration.ofSeconds(1);
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  /// A message about one alert.
  ///
  /// @param at seconds since the start
  record Told(double at, Labels alert, boolean firing) {
    @Override
    public String toString() {
      return "%.0f %s%s".formatted(at, firing ? "" : "-", alert);
    }
  }

  private final boolean trustsWindows;
  private final SimulatedBackend backend;
  private final PrometheusConfig config;
  private final List<RuleFile> files;
  private final NotifierRig notifier;
  private final VirtualTime time;
  private final Optional<SimulatedStores> stores;
  private final InMemoryStorage inMemory = new InMemoryStorage();
  private final Map<String, Instant> unreachable = new HashMap<>();
  private List<JobScheduler.Job> scrapes = List.of();
  private RuleManager rules;
  private JobScheduler.Job watch;
  private JobScheduler.Job compaction;
  private Optional<Instant> lastAlive = Optional.empty();

  /// @param trustsWindows whether rules ignore past gaps, as in Prometheus
  /// @param disk seed of the disk with the stores; empty to keep everything in memory
  SimulatedPharos(
      SimulatedBackend backend,
      PrometheusConfig config,
      Path ruleFile,
      boolean trustsWindows,
      Optional<Long> disk)
      throws IOException {
    this.trustsWindows = trustsWindows;
    this.backend = backend;
    this.config = config;
    this.files = RuleFile.readAll(List.of(ruleFile), ParserOptions.defaults());
    this.notifier =
        disk.isEmpty()
            ? new NotifierRig(NOTIFICATIONS)
            : new NotifierRig(() -> stores().orElseThrow().notifier());
    this.time = notifier.time;
    this.stores = disk.map(seed -> new SimulatedStores(seed, time));
    boot();
  }

  private Optional<SimulatedStores> stores() {
    return stores;
  }

  /* Starts the process, again and again while its stores can't be opened, as systemd does. */
  private void boot() {
    if (stores.isEmpty()) {
      start(inMemory, inMemory, lastAlive);
      return;
    }
    SimulatedStores onDisk = stores.get();
    notifier.ended = onDisk::isDown;
    while (true) {
      try {
        onDisk.open();
        notifier.start(NOTIFICATIONS);
        break;
      } catch (IOException | UncheckedIOException | StoreUnavailableException _) {
        onDisk.end();
        time.advance(RETRY);
      }
    }
    start(onDisk.queryable(), onDisk.appendable(), onDisk.newest());
  }

  private void start(Queryable queryable, Appendable appendable, Optional<Instant> newest) {
    var registry = new SimpleMeterRegistry();
    var gaps = new ObservationGaps();
    var continuity = new TimeContinuity(time, gaps);
    var jobs = new VirtualJobs(time);
    continuity.begin(newest);
    EarlierGaps.find(queryable, time.instant()).forEach(gaps::add);
    gaps.setHistory(EarlierGaps.history(queryable));
    scrapes =
        PlayedScrapes.start(config, appendable, jobs, time, registry, gaps, continuity, this::page);
    var engine = new Engine(queryable, EngineOptions.defaults(), System::nanoTime, registry);
    rules =
        new RuleManager(
            new RuleContext(
                engine,
                RuleContext.NO_LOGS,
                appendable,
                queryable,
                alerts -> notifier.dispatcher.send(alerts),
                time,
                registry,
                RuleOptions.DEFAULT,
                gaps,
                continuity,
                trustsWindows ? GapFills.NONE : GapFills.of(gaps, queryable, engine::over)),
            jobs,
            Optional.empty());
    rules.load(
        files, new RuleSettings(INTERVAL, Duration.ZERO, Labels.empty(), "http://pharos.example"));
    watch = jobs.schedule("watch", Duration.ofSeconds(5), Duration.ZERO, _ -> continuity.check());
    compaction =
        jobs.schedule(
            "tsdb-compaction",
            Duration.ofMinutes(1),
            Duration.ZERO,
            _ -> stores.ifPresent(SimulatedStores::compact));
  }

  private Optional<String> page(URI url) throws IOException {
    String instance = url.getAuthority();
    if (stores.isPresent() && stores.get().isDown()) {
      throw new SocketException("the process has ended");
    }
    Instant until = unreachable.get(instance);
    if (until != null && time.instant().isBefore(until)) {
      throw new SocketException("Too many open files");
    }
    lastAlive = Optional.of(time.instant());
    return backend.page(instance, time.instant());
  }

  /// Runs to a time after the start.
  void runTo(Duration end) {
    Duration left = Duration.between(time.instant(), VirtualTime.START.plus(end));
    while (left.isPositive()) {
      Duration step = left.compareTo(STEP) < 0 ? left : STEP;
      time.advance(step);
      if (stores.isPresent() && stores.get().isDown()) {
        restart(stores.get().awayAfterCrash());
      }
      left = Duration.between(time.instant(), VirtualTime.START.plus(end));
    }
  }

  private void restart(Duration away) {
    end();
    time.advance(away);
    boot();
  }

  /// Kills the process.
  void end() {
    scrapes.forEach(JobScheduler.Job::close);
    watch.close();
    compaction.close();
    rules.close();
    notifier.kill();
    stores.ifPresent(SimulatedStores::end);
  }

  void disturb(Disturbance disturbance) {
    runTo(disturbance.at());
    switch (disturbance) {
      case Disturbance.Restart(_, Duration away) -> restart(away);
      case Disturbance.OfStores(StoreFault fault) -> stores.orElseThrow().strike(fault);
      case Disturbance.Pause(_, Duration length) -> time.stall(length);
      case Disturbance.LostScrapes(_, Duration length, int instance) ->
          unreachable.put(SimulatedBackend.INSTANCES.get(instance), time.instant().plus(length));
    }
  }

  /// Returns all messages so far, one for each alert in them.
  List<Told> told() {
    var told = new ArrayList<Told>();
    for (NotifierRig.Message message : notifier.messages) {
      message
          .notification()
          .alerts()
          .forEach(alert -> told.add(new Told(message.at(), alert.labels(), alert.isFiring())));
    }
    return told;
  }
}
