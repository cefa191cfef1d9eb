package io.pharos.simulation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.scrape.PlayedScrapes;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Scrape, rules, notifier and stores of one Pharos on virtual time. The stores survive restarts.
final class SimulatedPharos {
  private static final String NOTIFICATIONS =
      """
      route: {receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 5s, repeat_interval: 24h}
      receivers: [{name: hook, webhook_configs: [{url: 'http://hook.example/'}]}]
      """;
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration STEP = Duration.ofSeconds(1);

  /// A message about one alert.
  ///
  /// @param at seconds since the start
  record Told(double at, Labels alert, boolean firing) {
    @Override
    public String toString() {
      return "%.0f %s%s".formatted(at, firing ? "" : "-", alert);
    }
  }

  /// A run of a job.
  ///
  /// @param due time from the start of the simulation at which it should begin
  private record Begin(String job, Duration due) {}

  private final boolean trustsWindows;
  private final SimulatedBackend backend;
  private final PrometheusConfig config;
  private final List<RuleFile> files;
  private final NotifierRig notifier;
  private final VirtualTime time;
  private final Optional<SimulatedStores> stores;
  private final InMemoryStorage inMemory = new InMemoryStorage();
  private final Map<String, Duration> unreachable = new HashMap<>();
  private final Map<String, Disturbance.LateScrapes> late = new HashMap<>();
  private final Random random = new Random(1);
  private final Map<Begin, Duration> lateness = new LinkedHashMap<>(); // in their order
  private final Map<Begin, Duration> replayed = new HashMap<>();
  private Optional<Disturbance.SlowMachine> slow = Optional.empty();
  private VirtualJobs jobs;
  private Supplier<List<ObservationGaps.Missing>> steps = List::of;
  private int starts;
  private List<JobScheduler.Job> scrapes = List.of();
  private RuleManager rules;
  private JobScheduler.Job watch;
  private JobScheduler.Job compaction;
  private Optional<Instant> lastAlive = Optional.empty();

  /// @param trustsWindows whether rules ignore past gaps, as in Prometheus
  /// @param begin time after the start at which it starts, without samples
  /// @param ahead how far its clock is ahead of the backend's
  /// @param disk seed of the disk with the stores; empty to keep everything in memory
  SimulatedPharos(
      SimulatedBackend backend,
      PrometheusConfig config,
      List<RuleFile> files,
      boolean trustsWindows,
      Duration begin,
      Duration ahead,
      Optional<Long> disk)
      throws IOException {
    this.trustsWindows = trustsWindows;
    this.backend = backend;
    this.config = config;
    this.files = files;
    this.notifier =
        disk.isEmpty()
            ? new NotifierRig(NOTIFICATIONS)
            : new NotifierRig(() -> stores().orElseThrow().notifier());
    this.time = notifier.time;
    time.advance(begin);
    time.jump(ahead);
    this.stores = disk.map(seed -> new SimulatedStores(seed, time));
    if (stores.isPresent()) {
      boot(stores.get());
    } else {
      start(inMemory, inMemory, lastAlive);
    }
  }

  private Optional<SimulatedStores> stores() {
    return stores;
  }

  private boolean isDown() {
    return stores.isPresent() && stores.get().isDown();
  }

  /* Starts the process, again and again while its stores can't be opened, as systemd does. */
  private void boot(SimulatedStores onDisk) {
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
    starts++;
    var registry = new SimpleMeterRegistry();
    var gaps = new ObservationGaps();
    steps.get().forEach(gaps::add);
    var continuity = new TimeContinuity(time, () -> time.elapsed().toNanos(), gaps);
    steps = continuity::measuredSteps;
    jobs = new VirtualJobs(time);
    newest.ifPresent(continuity::resume);
    continuity.begin(newest);
    EarlierGaps.find(queryable, time.instant(), config.scrapeIntervals()).forEach(gaps::add);
    gaps.setHistory(EarlierGaps.history(queryable));
    scrapes =
        PlayedScrapes.start(
            config, appendable, this::schedule, time, registry, gaps, continuity, this::page);
    var engine = new Engine(queryable, EngineOptions.defaults(), System::nanoTime, registry);
    rules =
        new RuleManager(
            new RuleContext(
                engine,
                RuleContext.NO_LOGS,
                appendable,
                queryable,
                sink(),
                time,
                registry,
                RuleOptions.DEFAULT,
                gaps,
                continuity,
                trustsWindows ? GapFills.NONE : GapFills.of(gaps, queryable, engine::over)),
            this::schedule,
            Optional.empty());
    rules.load(
        files,
        new RuleSettings(
            Disturbance.INTERVAL, Duration.ZERO, Labels.empty(), "http://pharos.example"));
    watch = jobs.schedule("watch", Duration.ofSeconds(5), Duration.ZERO, _ -> continuity.check());
    compaction =
        jobs.schedule(
            "tsdb-compaction",
            Duration.ofMinutes(1),
            Duration.ZERO,
            _ -> stores.ifPresent(SimulatedStores::compact));
  }

  private AlertSink sink() {
    return new AlertSink() {
      @Override
      public void send(List<Alert> alerts) {
        beSlow();
        notifier.dispatcher.send(alerts);
      }

      @Override
      public Optional<Instant> postedEnd(Labels alert) {
        return notifier.dispatcher.postedEnd(alert);
      }
    };
  }

  private JobScheduler.Job schedule(
      String name, Duration every, Duration offset, Consumer<Instant> task) {
    var runs = new Runs(name, task);
    return jobs.schedule(name, every, offset, runs::due);
  }

  /// The runs of a job. Those of a target with late scrapes wait before they begin. As in
  /// `JobSlots`, a slot that is due meanwhile runs after that, and of several only the last one.
  private final class Runs {
    private final String name;
    private final Consumer<Instant> task;
    private final int process = starts;
    private boolean waiting;
    private Optional<Instant> missed = Optional.empty();

    Runs(String name, Consumer<Instant> task) {
      this.name = name;
      this.task = task;
    }

    void due(Instant slot) {
      beSlow();
      if (waiting) {
        missed = Optional.of(slot);
      } else {
        begin(slot);
      }
    }

    private void begin(Instant slot) {
      Duration wait = lateness(name, slot);
      if (wait.isZero()) {
        run(slot);
      } else {
        waiting = true;
        time.schedule(wait, () -> endWait(slot));
      }
    }

    private void endWait(Instant slot) {
      waiting = false;
      if (process == starts) {
        run(slot);
        Optional<Instant> next = missed;
        missed = Optional.empty();
        next.ifPresent(this::begin);
      }
    }

    private void run(Instant slot) {
      lateness.put(key(name, slot), Duration.between(slot, time.instant()));
      task.accept(slot);
    }
  }

  private Begin key(String job, Instant slot) {
    return new Begin(job, time.elapsed().minus(Duration.between(slot, time.instant())));
  }

  /// Begins each scrape and evaluation as late as another Pharos did, but so that none is skipped
  /// and that at most one and a half intervals are between two: more is a gap.
  void beAsLateAs(SimulatedPharos other) {
    Duration latest = Disturbance.INTERVAL.minusMillis(1);
    var before = new HashMap<String, Duration>();
    other.lateness.forEach(
        (begin, late) -> {
          Duration inTime = begin.due.minus(Disturbance.INTERVAL);
          Duration last = later(inTime, before.getOrDefault(begin.job, inTime));
          Duration longest = last.plus(Disturbance.INTERVAL.multipliedBy(3).dividedBy(2));
          Duration most = earlier(latest, longest.minus(begin.due));
          Duration replay = earlier(late, most);
          replayed.put(begin, replay);
          before.put(begin.job, begin.due.plus(replay));
        });
  }

  private static Duration earlier(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration later(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private Duration lateness(String job, Instant slot) {
    return late.entrySet().stream()
        .filter(it -> job.contains(it.getKey()))
        .filter(it -> time.elapsed().compareTo(it.getValue().end()) < 0)
        .map(it -> it.getValue().late())
        .findAny()
        .orElse(replayed.getOrDefault(key(job, slot), Duration.ZERO));
  }

  private void beSlow() {
    slow.filter(it -> time.elapsed().compareTo(it.end()) < 0)
        .ifPresent(it -> time.spend(Duration.ofMillis(random.nextLong(it.most().toMillis()))));
  }

  private Optional<String> page(URI url) throws IOException {
    String instance = url.getAuthority();
    if (isDown()) {
      throw new SocketException("the process has ended");
    }
    Duration until = unreachable.get(instance);
    if (until != null && time.elapsed().compareTo(until) < 0) {
      throw new SocketException("Too many open files");
    }
    if (lastAlive.isEmpty() || time.instant().isAfter(lastAlive.get())) {
      lastAlive = Optional.of(time.instant());
    }
    Optional<String> page = backend.page(instance, VirtualTime.START.plus(time.elapsed()));
    beSlow();
    return page;
  }

  /// Runs to a time after the start.
  void runTo(Duration end) {
    Duration left = end.minus(time.elapsed());
    while (left.isPositive()) {
      time.advance(stores.isEmpty() || left.compareTo(STEP) < 0 ? left : STEP);
      if (isDown()) {
        restart(stores.orElseThrow().awayAfterCrash());
      }
      left = end.minus(time.elapsed());
    }
  }

  private void restart(Duration away) {
    if (stores.isPresent()) {
      end();
      time.advance(away);
      boot(stores.get());
    } else {
      closeJobs();
      notifier.killAndStart(NOTIFICATIONS, away);
      start(inMemory, inMemory, lastAlive);
    }
  }

  /// Kills the process.
  void end() {
    closeJobs();
    notifier.kill();
    stores.ifPresent(SimulatedStores::end);
  }

  private void closeJobs() {
    scrapes.forEach(JobScheduler.Job::close);
    watch.close();
    compaction.close();
    rules.close();
  }

  void disturb(Disturbance disturbance) {
    runTo(disturbance.at());
    switch (disturbance) {
      case Disturbance.Restart(_, Duration away) -> restart(away);
      case Disturbance.OfStores(StoreFault fault) -> stores.orElseThrow().strike(fault);
      case Disturbance.Pause(_, Duration length) -> time.stall(length);
      case Disturbance.LostScrapes(_, Duration length, int instance) ->
          unreachable.put(SimulatedBackend.INSTANCES.get(instance), time.elapsed().plus(length));
      case Disturbance.ClockStep(_, Duration by) -> {
        time.jump(by);
        jobs.clockSet();
      }
      case Disturbance.LateScrapes scrapes ->
          late.put(SimulatedBackend.INSTANCES.get(scrapes.instance()), scrapes);
      case Disturbance.SlowMachine machine -> slow = Optional.of(machine);
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
