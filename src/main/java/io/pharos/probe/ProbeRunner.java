package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.schedule.JobScheduler;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs probes again and again, each at its own place in its interval, and writes their samples.
/// Safe for use by many threads.
public final class ProbeRunner implements AutoCloseable, PushPeer.Taker {
  private static final Logger LOG = LoggerFactory.getLogger(ProbeRunner.class);

  /// How often a probe says that it is there. Well below the five minutes after which a sample no
  /// longer counts as now, whatever the probe's own interval is.
  private static final Duration ANNOUNCE_EVERY = Duration.ofSeconds(30);

  private final Appendable storage;
  private final JobScheduler scheduler;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final Counter commitFailures;
  private final Timer lateness;
  private final ObservationGaps blindness;
  private final TimeContinuity continuity;
  private final Prober prober;
  private final Function<ProbeConfig, ProbeResult> attempts;
  private final PushStore pushes;
  private final ArrivalListener arrivals;
  private final Map<String, Running> running = new LinkedHashMap<>();

  /// The same, for those who hold no lock of this: a probe looks at its parents.
  private final Map<String, Running> byName = new ConcurrentHashMap<>();

  private volatile @Nullable PushLedger ledger;
  private volatile List<PushPeer> peers = List.of();
  private List<ProbeConfig> probes;
  private boolean started;
  private JobScheduler.@Nullable Job announcing;

  /// A runner that does nothing before [#start].
  ///
  /// @param pushes what push probes have heard
  /// @param arrivals is told of results
  public ProbeRunner(
      List<ProbeConfig> probes,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      ObservationGaps blindness,
      TimeContinuity continuity,
      PushStore pushes,
      ArrivalListener arrivals) {
    Prober prober = new Prober(clock);
    this(
        probes,
        storage,
        scheduler,
        clock,
        registry,
        blindness,
        continuity,
        pushes,
        arrivals,
        prober,
        prober::probe);
  }

  /// @param attempts what a scheduled run does
  ProbeRunner(
      List<ProbeConfig> probes,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      ObservationGaps blindness,
      TimeContinuity continuity,
      PushStore pushes,
      ArrivalListener arrivals,
      Prober prober,
      Function<ProbeConfig, ProbeResult> attempts) {
    this.probes = List.copyOf(probes);
    this.storage = requireNonNull(storage, "storage is null");
    this.scheduler = requireNonNull(scheduler, "scheduler is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.registry = requireNonNull(registry, "registry is null");
    this.commitFailures =
        Counter.builder("pharos_probe_commit_failures")
            .description("Results of probes lost because the store refused them")
            .register(registry);
    this.lateness =
        Timer.builder("pharos_probe_lateness")
            .description("How long after its time a run of a probe began")
            .publishPercentiles(0.5, 0.99)
            .register(registry);
    this.blindness = requireNonNull(blindness, "blindness is null");
    this.continuity = requireNonNull(continuity, "continuity is null");
    this.pushes = requireNonNull(pushes, "pushes is null");
    this.arrivals = requireNonNull(arrivals, "arrivals is null");
    this.prober = requireNonNull(prober, "prober is null");
    this.attempts = requireNonNull(attempts, "attempts is null");
  }

  /// Schedules all probes, and says every now and then which there are.
  public synchronized void start() {
    started = true;
    apply();
    announcing =
        scheduler.schedule("probe-intervals", ANNOUNCE_EVERY, Duration.ZERO, _ -> announce());
  }

  private synchronized void announce() {
    running.values().forEach(Running::announce);
  }

  /// Takes over other probes. Those that stay the same keep their results; the series of those that
  /// are gone end with staleness markers.
  public synchronized void reload(List<ProbeConfig> newProbes) {
    probes = List.copyOf(newProbes);
    if (started) {
      apply();
    }
  }

  private void apply() {
    var wanted = new LinkedHashMap<String, ProbeConfig>();
    probes.forEach(probe -> wanted.put(probe.name(), probe));
    for (Running one : List.copyOf(running.values())) {
      ProbeConfig config = wanted.get(one.config.name());
      if (config == null || !config.isSame(one.config)) {
        running.remove(one.config.name());
        byName.remove(one.config.name());
        one.end();
      }
    }
    pushes.retain(wanted.keySet());
    for (ProbeConfig config : wanted.values()) {
      Running one = running.computeIfAbsent(config.name(), _ -> new Running(config));
      byName.put(config.name(), one);
      one.announce();
    }
  }

  /// All probes with their last results, in file order.
  public synchronized List<ProbeStatus> snapshot() {
    return running.values().stream().map(Running::status).toList();
  }

  /// The probe of that name with its last results.
  public synchronized Optional<ProbeStatus> status(String name) {
    return Optional.ofNullable(running.get(name)).map(Running::status);
  }

  /// Has reports be told to others, and what is missing here be known only as far as they were
  /// asked; before the start.
  ///
  /// @param ledger takes what comes here
  /// @param peers who listens for the same probes
  public synchronized void listenBeside(PushLedger ledger, List<PushPeer> peers) {
    this.ledger = requireNonNull(ledger, "ledger is null");
    this.peers = List.copyOf(peers);
  }

  /// Takes a report of a thing that a push probe watches.
  ///
  /// @return by when the next is expected; empty where no push probe has the name
  public Optional<Instant> hear(String name, PushReport report) {
    Optional<Instant> due = Optional.ofNullable(byName.get(name)).flatMap(one -> one.hear(report));
    PushLedger told = ledger;
    if (told != null && due.isPresent()) {
      told.add(name, continuity.latest(), report);
    }
    return due;
  }

  @Override
  public void hearOf(String name, PushReport report, Instant at) {
    Running one = byName.get(name);
    if (one != null) {
      one.hearOf(report, at);
    }
  }

  @Override
  public void deaf(Instant from, Instant to) {
    byName.values().forEach(one -> one.deaf(from, to));
  }

  /// The file whose content permits reports for a push probe; empty where there is none.
  public Optional<Path> pushToken(String name) {
    return Optional.ofNullable(byName.get(name)).flatMap(one -> one.config.pushToken());
  }

  /// The files of all push probes that have one, by the probes' names.
  public Map<String, Path> pushTokens() {
    var files = new HashMap<String, Path>();
    byName.forEach((name, one) -> one.config.pushToken().ifPresent(it -> files.put(name, it)));
    return files;
  }

  /// Runs a probe once beside its schedule: a failure is not tried again, and nothing is written.
  ///
  /// @return what came of it; empty where no probe has the name
  public Optional<ProbeResult> once(String name) {
    Optional<ProbeConfig> config = status(name).map(ProbeStatus::probe);
    int gaps = continuity.check();
    return config.map(probe -> judge(attempts.apply(probe.unconfirmed()), gaps));
  }

  /* What was found while the clock was set back can't be stored behind what was, and whoever stands
   * still misses the answer. */
  private ProbeResult judge(ProbeResult result, int gaps) {
    boolean gap = continuity.check() != gaps;
    if (continuity.setBackFrom().isPresent()) {
      return result.unknown(FailureOrigin.Kind.CLOCK, FailureOrigin.Kind.CLOCK.text());
    }
    return gap && result.outcome() instanceof ProbeOutcome.Failure
        ? result.unknown(
            FailureOrigin.Kind.PAUSE, FailureOrigin.Kind.PAUSE.text() + " during the probe")
        : result;
  }

  /// Runs single probes with the means of this runner.
  public Prober prober() {
    return prober;
  }

  /// Stops further runs. Series get no staleness markers: this process goes away, the targets do
  /// not.
  @Override
  public synchronized void close() {
    if (announcing != null) {
      announcing.close();
    }
    running.values().forEach(one -> one.job.close());
    running.clear();
    prober.close();
  }

  private final class Running {
    private final ProbeConfig config;
    private final ProbeSamples samples;
    private final ProbeHistory history = new ProbeHistory();
    private final ProbeTargetState standing;
    private volatile ProbeTargetState.State state = ProbeTargetState.State.UNDECIDED;
    private final JobScheduler.Job job;
    private final ObservationGaps.Source source;
    private final ProbeArrivals arrived;
    private Set<Labels> written = Set.of();
    private boolean ended;
    private long announcedAt;
    private final @Nullable PushTerms terms;
    private PushState pushed;
    private Instant listened;
    private int gapsBefore;
    private long writtenAt;

    Running(ProbeConfig config) {
      this.config = config;
      this.samples = new ProbeSamples(config);
      this.standing =
          new ProbeTargetState(config.alarming().downAfter(), config.alarming().upAfter());
      this.source = blindness.source(samples.labels());
      this.terms = PushTerms.of(config);
      this.listened = clock.instant();
      this.gapsBefore = continuity.check();
      this.pushed =
          terms == null ? PushState.silent(listened) : pushes.open(config.name(), listened);
      pushed.results().forEach(standing::saw);
      if (pushed.outcome().isPresent()) {
        remember(pushed, listened);
      }
      Duration every = terms == null ? config.interval() : terms.lookEvery();
      Duration place = config.place(every);
      this.arrived = new ProbeArrivals(arrivals, samples.labels(), every, place, listened);
      this.job =
          scheduler.schedule(
              "probe-" + config.name(), every, place, terms == null ? this::run : _ -> listen());
    }

    synchronized ProbeStatus status() {
      return new ProbeStatus(config, history.all());
    }

    /// Writes that it is there, whether it has a result or not.
    synchronized void announce() {
      if (!ended) {
        announcedAt = clock.millis();
        append(announcedAt, samples.announced(config));
      }
    }

    private void run(Instant due) {
      lateness.record(Duration.between(due, clock.instant()));
      int gaps = continuity.check();
      ProbeResult result = judge(attempts.apply(config), gaps);
      registry.counter("pharos_probes", "outcome", result.outcome().word()).increment();
      if (result.outcome() instanceof ProbeOutcome.Unknown(_, String reason)) {
        registry.counter("pharos_probe_unknown", "probe", config.name()).increment();
        LOG.warn("probe {} is unknown: {}", config.name(), reason);
      }
      record(result);
    }

    private synchronized void record(ProbeResult result) {
      if (ended) {
        return;
      }
      history.remember(result);
      if (result.outcome()
          instanceof ProbeOutcome.Unknown(FailureOrigin.Kind kind, String reason)) {
        source.lost(new FailureOrigin.Own(kind, reason), clock.instant(), ProbeSamples.NAMES);
        return;
      }
      standing.saw(result.outcome() instanceof ProbeOutcome.Success);
      state = standing.state();
      var now = new LinkedHashMap<>(samples.of(result));
      now.putAll(samples.of(standing, parentDown()));
      if (write(result.began().toEpochMilli(), now)) {
        source.seen(result.began());
        arrived.ran(result.began().toEpochMilli(), isBad(result.outcome()));
      } else {
        source.lost(
            new FailureOrigin.Own(FailureOrigin.Kind.STORE, FailureOrigin.Kind.STORE.text()),
            result.began(),
            ProbeSamples.NAMES);
      }
    }

    /// Looks whether a report is late, and writes what is known.
    private synchronized void listen() {
      if (ended || terms == null) {
        return;
      }
      int gaps = continuity.check();
      if (continuity.setBackFrom().isPresent()) {
        source.lost(
            new FailureOrigin.Own(FailureOrigin.Kind.CLOCK, FailureOrigin.Kind.CLOCK.text()),
            clock.instant(),
            ProbeSamples.NAMES);
        return;
      }
      Instant now = clock.instant();
      if (gaps != gapsBefore) {
        pushed = pushed.deaf(listened, now);
        gapsBefore = gaps;
      }
      listened = now;
      Instant known = PushPeer.known(peers, now);
      if (known.isBefore(now.minus(PushPeer.PATIENCE))) {
        pushed = pushed.deaf(known, now);
        known = now;
      }
      take(pushed.look(terms, known), now);
    }

    /// Takes what came to another Pharos, but for what was heard after it.
    synchronized void hearOf(PushReport report, Instant at) {
      if (!ended && terms != null && pushed.isBefore(at)) {
        take(pushed.hear(report, at), continuity.latest());
      }
    }

    synchronized void deaf(Instant from, Instant to) {
      pushed = pushed.deaf(from, to);
    }

    synchronized Optional<Instant> hear(PushReport report) {
      if (ended || terms == null) {
        return Optional.empty();
      }
      // By a clock that was set back it would soon count as late.
      Instant now = continuity.latest();
      take(pushed.hear(report, now), now);
      return Optional.of(pushed.due(terms));
    }

    private void take(PushState next, Instant now) {
      PushState before = pushed;
      pushed = next;
      pushes.keep(config.name(), next, now);
      List<Boolean> results = next.results();
      long fresh = Math.min(next.count() - before.count(), results.size());
      results.subList(results.size() - (int) fresh, results.size()).forEach(standing::saw);
      state = next.known().isDecided() ? standing.state() : ProbeTargetState.State.UNDECIDED;
      if (fresh > 0 || next.known() != before.known()) {
        remember(next, now);
      }
      if (continuity.setBackFrom().isPresent()) {
        return;
      }
      writtenAt = Math.max(now.toEpochMilli(), writtenAt + 1);
      if (write(writtenAt, samples.of(next, standing, parentDown()))) {
        source.seen(now);
        arrived.known(
            writtenAt, next, requireNonNull(terms), next.outcome().filter(this::isBad).isPresent());
      }
    }

    private boolean isBad(ProbeOutcome outcome) {
      return outcome instanceof ProbeOutcome.Failure || state == ProbeTargetState.State.DOWN;
    }

    private void remember(PushState known, Instant now) {
      known
          .outcome()
          .ifPresent(
              outcome -> {
                registry.counter("pharos_probes", "outcome", outcome.word()).increment();
                Duration took = known.took() == null ? Duration.ZERO : known.took();
                history.remember(
                    new ProbeResult(config.name(), now, took, outcome, 1, ProbeObservations.NONE));
              });
    }

    private @Nullable Boolean parentDown() {
      List<String> parents = config.alarming().parents();
      if (parents.isEmpty()) {
        return null;
      }
      List<ProbeTargetState.State> states =
          parents.stream().map(byName::get).filter(Objects::nonNull).map(one -> one.state).toList();
      return states.contains(ProbeTargetState.State.DOWN)
          ? Boolean.TRUE
          : states.contains(ProbeTargetState.State.UNDECIDED) ? null : Boolean.FALSE;
    }

    /// @return whether the store took them
    private boolean write(long timestampMillis, Map<Labels, Double> now) {
      var samplesAndEnds = new LinkedHashMap<>(now);
      written.forEach(labels -> samplesAndEnds.putIfAbsent(labels, StaleMarker.VALUE));
      if (append(timestampMillis, samplesAndEnds)) {
        written = Set.copyOf(now.keySet());
        return true;
      }
      return false;
    }

    private boolean append(long timestampMillis, Map<Labels, Double> values) {
      try (Appender appender = storage.appender()) {
        values.forEach((labels, value) -> appender.append(labels, timestampMillis, value));
        appender.commit();
        return true;
      } catch (RuntimeException | Error e) {
        commitFailures.increment();
        LOG.error("samples of probe {} could not be stored", config.name(), e);
        return false;
      }
    }

    /// Stops it and ends its series.
    synchronized void end() {
      ended = true;
      job.close();
      source.end();
      arrived.close();
      if (!written.isEmpty()) {
        long last = history.last().map(it -> it.began().toEpochMilli()).orElse(0L);
        var _ = write(Math.max(clock.millis(), last + 1), Map.of());
      }
      var ends = new LinkedHashMap<Labels, Double>();
      samples.announced(config).keySet().forEach(labels -> ends.put(labels, StaleMarker.VALUE));
      append(Math.max(clock.millis(), announcedAt + 1), ends);
    }
  }
}
