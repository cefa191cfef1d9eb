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
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
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

/// Scrape, rules and notifier of one Pharos on virtual time, with a store that survives restarts.
final class SimulatedPharos {
  private static final String NOTIFICATIONS =
      """
      route: {receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 5s, repeat_interval: 24h}
      receivers: [{name: hook, webhook_configs: [{url: 'http://hook.example/'}]}]
      """;
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
  private final NotifierRig notifier = new NotifierRig(NOTIFICATIONS);
  private final VirtualTime time = notifier.time;
  private final InMemoryStorage store = new InMemoryStorage();
  private final Map<String, Instant> unreachable = new HashMap<>();
  private List<JobScheduler.Job> scrapes = List.of();
  private RuleManager rules;
  private JobScheduler.Job watch;
  private Optional<Instant> lastAlive = Optional.empty();

  /// @param trustsWindows whether rules ignore past gaps, as in Prometheus
  SimulatedPharos(
      SimulatedBackend backend, PrometheusConfig config, Path ruleFile, boolean trustsWindows)
      throws IOException {
    this.trustsWindows = trustsWindows;
    this.backend = backend;
    this.config = config;
    this.files = RuleFile.readAll(List.of(ruleFile), ParserOptions.defaults());
    start();
  }

  private void start() {
    var registry = new SimpleMeterRegistry();
    var gaps = new ObservationGaps();
    var continuity = new TimeContinuity(time, gaps);
    var jobs = new VirtualJobs(time);
    continuity.begin(lastAlive);
    EarlierGaps.find(store, time.instant()).forEach(gaps::add);
    gaps.setHistory(EarlierGaps.history(store));
    scrapes =
        PlayedScrapes.start(config, store, jobs, time, registry, gaps, continuity, this::page);
    var engine = new Engine(store, EngineOptions.defaults(), System::nanoTime, registry);
    rules =
        new RuleManager(
            new RuleContext(
                engine,
                RuleContext.NO_LOGS,
                store,
                store,
                alerts -> notifier.dispatcher.send(alerts),
                time,
                registry,
                RuleOptions.DEFAULT,
                gaps,
                continuity,
                trustsWindows ? GapFills.NONE : GapFills.of(gaps, store, engine::over)),
            jobs,
            Optional.empty());
    rules.load(
        files, new RuleSettings(INTERVAL, Duration.ZERO, Labels.empty(), "http://pharos.example"));
    watch = jobs.schedule("watch", Duration.ofSeconds(5), Duration.ZERO, _ -> continuity.check());
  }

  private Optional<String> page(URI url) throws IOException {
    String instance = url.getAuthority();
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
    if (left.isPositive()) {
      time.advance(left);
    }
  }

  void disturb(Disturbance disturbance) {
    runTo(disturbance.at());
    switch (disturbance) {
      case Disturbance.Restart(_, Duration away) -> {
        scrapes.forEach(JobScheduler.Job::close);
        watch.close();
        rules.close();
        notifier.killAndStart(NOTIFICATIONS, away);
        start();
      }
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
