package io.pharos.probe.run;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.protocol.Prober;
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
import java.util.ArrayDeque;
import java.util.Deque;
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

/// Runs probes at their intervals, each at its own offset, and writes their samples. Thread-safe.
public final class ProbeRunner implements AutoCloseable, PushPeer.Taker {
  private static final Logger LOG = LoggerFactory.getLogger(ProbeRunner.class);

  /// Interval at which a probe writes that it exists, whatever its own interval is. It is well
  /// below the lookback of five minutes.
  private static final Duration ANNOUNCE_EVERY = Duration.ofSeconds(30);

  private final Ports ports;
  private final Counter commitFailures;
  private final Timer lateness;
  private final Prober prober;
  private final Function<ProbeConfig, ProbeResult> attempts;
  private final Map<String, Running> running = new LinkedHashMap<>();

  /// The running probes by name, readable without the lock: probes read the states of their
  /// parents.
  private final Map<String, Running> byName = new ConcurrentHashMap<>();

  private volatile @Nullable PushLedger ledger;
  private volatile List<PushPeer> peers = List.of();
  private List<ProbeConfig> probes;
  private boolean started;
  private JobScheduler.@Nullable Job announcing;

  /// What a runner needs.
  ///
  /// @param pushes stored state of push probes
  /// @param arrivals receives results
  public record Ports(
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      ObservationGaps blindness,
      TimeContinuity continuity,
      PushStore pushes,
      ArrivalListener arrivals) {}

  /// Creates a runner, which runs nothing until [#start].
  public ProbeRunner(List<ProbeConfig> probes, Ports ports) {
    Prober prober = new Prober(ports.clock());
    this(probes, ports, prober, prober::probe);
  }

  /// @param attempts runs a scheduled probe and returns its result
  ProbeRunner(
      List<ProbeConfig> probes,
      Ports ports,
      Prober prober,
      Function<ProbeConfig, ProbeResult> attempts) {
    this.probes = List.copyOf(probes);
    this.ports = ports;
    this.commitFailures =
        Counter.builder("pharos_probe_commit_failures")
            .description("Results of probes lost because the store refused them")
            .register(ports.registry());
    this.lateness =
        Timer.builder("pharos_probe_lateness")
            .description("How long after its time a run of a probe began")
            .publishPercentiles(0.5, 0.99)
            .register(ports.registry());
    this.prober = prober;
    this.attempts = attempts;
  }

  /// Schedules all probes and the regular announcement of their existence.
  public synchronized void start() {
    started = true;
    apply();
    announcing =
        ports
            .scheduler()
            .schedule("probe-intervals", ANNOUNCE_EVERY, Duration.ZERO, _ -> announce());
  }

  private synchronized void announce() {
    running.values().forEach(Running::announce);
  }

  /// Replaces the probes. Unchanged ones keep their results. The series of removed ones end with
  /// staleness markers.
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
    ports.pushes().retain(wanted.keySet());
    for (ProbeConfig config : wanted.values()) {
      Running one = running.computeIfAbsent(config.name(), _ -> new Running(config));
      byName.put(config.name(), one);
      one.announce();
    }
  }

  /// Returns all probes with their last results, in file order.
  public synchronized List<ProbeStatus> snapshot() {
    return running.values().stream().map(Running::status).toList();
  }

  /// Returns the probe with this name and its last results; empty if there is none.
  public synchronized Optional<ProbeStatus> status(String name) {
    return Optional.ofNullable(running.get(name)).map(Running::status);
  }

  /// Shares push reports with other replicas. Call it before [#start].
  ///
  /// @param ledger records reports that this process receives
  /// @param peers other replicas with the same probes
  public synchronized void listenBeside(PushLedger ledger, List<PushPeer> peers) {
    this.ledger = ledger;
    this.peers = List.copyOf(peers);
  }

  /// Accepts a report for a push probe.
  ///
  /// @return when the next report is late; empty if no push probe has this name
  public Optional<Instant> hear(String name, PushReport report) {
    Optional<Instant> due = Optional.ofNullable(byName.get(name)).flatMap(one -> one.hear(report));
    PushLedger shared = ledger;
    if (shared != null && due.isPresent()) {
      shared.add(name, ports.continuity().latest(), report);
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

  /// Returns the token file of a push probe; empty if it has none.
  public Optional<Path> pushToken(String name) {
    return Optional.ofNullable(byName.get(name)).flatMap(one -> one.config.pushToken());
  }

  /// Returns the token files of all push probes by name.
  public Map<String, Path> pushTokens() {
    var files = new HashMap<String, Path>();
    byName.forEach((name, one) -> one.config.pushToken().ifPresent(it -> files.put(name, it)));
    return files;
  }

  /// Runs a probe once outside its schedule, without retries and without writing samples.
  ///
  /// @return the result; empty if no probe has this name
  public Optional<ProbeResult> once(String name) {
    Optional<ProbeConfig> config = status(name).map(ProbeStatus::probe);
    int gaps = ports.continuity().check();
    return config.map(probe -> judge(attempts.apply(probe.unconfirmed()), gaps));
  }

  /* Makes a result unknown if the clock was set back, because it could not be stored, or if a
   * failure may come from a pause of this process, which misses answers. */
  private ProbeResult judge(ProbeResult result, int gaps) {
    boolean gap = ports.continuity().check() != gaps;
    if (ports.continuity().setBackFrom().isPresent()) {
      return result.unknown(FailureOrigin.Kind.CLOCK, FailureOrigin.Kind.CLOCK.text());
    }
    return gap && result.outcome() instanceof ProbeOutcome.Failure
        ? result.unknown(
            FailureOrigin.Kind.PAUSE, FailureOrigin.Kind.PAUSE.text() + " during the probe")
        : result;
  }

  /// Stops all runs. Writes no staleness markers, because only this process ends, not the targets.
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
    private final Deque<ProbeResult> recent = new ArrayDeque<>();
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
      this.source = ports.blindness().source(samples.labels());
      this.terms = PushTerms.of(config);
      this.listened = ports.clock().instant();
      this.gapsBefore = ports.continuity().check();
      this.pushed =
          terms == null ? PushState.silent(listened) : ports.pushes().open(config.name(), listened);
      pushed.results().forEach(standing::saw);
      if (pushed.outcome().isPresent()) {
        remember(pushed, listened);
      }
      Duration every = terms == null ? config.interval() : terms.lookEvery();
      Duration place = config.offset(every);
      this.arrived = new ProbeArrivals(ports.arrivals(), samples.labels(), every, place, listened);
      this.job =
          ports
              .scheduler()
              .schedule(
                  "probe-" + config.name(),
                  every,
                  place,
                  terms == null ? this::run : _ -> listen());
    }

    synchronized ProbeStatus status() {
      return new ProbeStatus(config, List.copyOf(recent));
    }

    /// Adds a result to the last ones, at most [ProbeStatus#MAX_RECENT]. Logs when a probe begins
    /// to fail or succeeds again.
    private void remember(ProbeResult result) {
      boolean failedBefore =
          !recent.isEmpty() && recent.getLast().outcome() instanceof ProbeOutcome.Failure;
      if (result.outcome() instanceof ProbeOutcome.Failure(String reason) && !failedBefore) {
        LOG.warn("probe {} fails: {}", result.probe(), reason);
      } else if (failedBefore && result.outcome() instanceof ProbeOutcome.Success) {
        LOG.info("probe {} succeeds again", result.probe());
      }
      recent.addLast(result);
      if (recent.size() > ProbeStatus.MAX_RECENT) {
        recent.removeFirst();
      }
    }

    /// Writes samples that show that the probe exists, even if it has no result.
    synchronized void announce() {
      if (!ended) {
        announcedAt = ports.clock().millis();
        append(announcedAt, samples.announced(config));
      }
    }

    private void run(Instant due) {
      lateness.record(Duration.between(due, ports.clock().instant()));
      int gaps = ports.continuity().check();
      ProbeResult result = judge(attempts.apply(config), gaps);
      ports.registry().counter("pharos_probes", "outcome", result.outcome().word()).increment();
      if (result.outcome() instanceof ProbeOutcome.Unknown(_, String reason)) {
        ports.registry().counter("pharos_probe_unknown", "probe", config.name()).increment();
        LOG.warn("probe {} is unknown: {}", config.name(), reason);
      }
      record(result);
    }

    private synchronized void record(ProbeResult result) {
      if (ended) {
        return;
      }
      remember(result);
      if (result.outcome()
          instanceof ProbeOutcome.Unknown(FailureOrigin.Kind kind, String reason)) {
        lost(kind, reason, ports.clock().instant());
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
        lost(FailureOrigin.Kind.STORE, FailureOrigin.Kind.STORE.text(), result.began());
      }
    }

    private void lost(FailureOrigin.Kind kind, String reason, Instant at) {
      source.lost(new FailureOrigin.Own(kind, reason), at, ProbeSamples.NAMES);
    }

    /// Checks whether a report is late, and writes the resulting state.
    private synchronized void listen() {
      if (ended || terms == null) {
        return;
      }
      int gaps = ports.continuity().check();
      if (ports.continuity().setBackFrom().isPresent()) {
        lost(FailureOrigin.Kind.CLOCK, FailureOrigin.Kind.CLOCK.text(), ports.clock().instant());
        return;
      }
      Instant now = ports.clock().instant();
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

    /// Applies a report that another replica received, unless a later one was applied.
    synchronized void hearOf(PushReport report, Instant at) {
      if (!ended && terms != null && pushed.isBefore(at)) {
        take(pushed.hear(report, at), ports.continuity().latest());
      }
    }

    synchronized void deaf(Instant from, Instant to) {
      pushed = pushed.deaf(from, to);
    }

    synchronized Optional<Instant> hear(PushReport report) {
      if (ended || terms == null) {
        return Optional.empty();
      }
      // not the current time: after the clock was set back, the report would soon count as late
      Instant now = ports.continuity().latest();
      take(pushed.hear(report, now), now);
      return Optional.of(pushed.due(terms));
    }

    private void take(PushState next, Instant now) {
      PushState before = pushed;
      pushed = next;
      ports.pushes().keep(config.name(), next, now);
      List<Boolean> results = next.results();
      long fresh = Math.min(next.count() - before.count(), results.size());
      results.subList(results.size() - (int) fresh, results.size()).forEach(standing::saw);
      state = next.known().isDecided() ? standing.state() : ProbeTargetState.State.UNDECIDED;
      if (fresh > 0 || next.known() != before.known()) {
        remember(next, now);
      }
      if (ports.continuity().setBackFrom().isPresent()) {
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
                ports.registry().counter("pharos_probes", "outcome", outcome.word()).increment();
                Duration took = known.took() == null ? Duration.ZERO : known.took();
                remember(
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

    /// Writes samples, and staleness markers for series that are not among them any more.
    ///
    /// @return whether the store accepted them
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
      try (Appender appender = ports.storage().appender()) {
        values.forEach((labels, value) -> appender.append(labels, timestampMillis, value));
        appender.commit();
        return true;
      } catch (RuntimeException | Error e) {
        commitFailures.increment();
        LOG.error("samples of probe {} could not be stored", config.name(), e);
        return false;
      }
    }

    /// Stops the probe and ends its series.
    synchronized void end() {
      ended = true;
      job.close();
      source.end();
      arrived.close();
      if (!written.isEmpty()) {
        long last = recent.isEmpty() ? 0 : recent.getLast().began().toEpochMilli();
        var _ = write(Math.max(ports.clock().millis(), last + 1), Map.of());
      }
      var ends = new LinkedHashMap<Labels, Double>();
      samples.announced(config).keySet().forEach(labels -> ends.put(labels, StaleMarker.VALUE));
      append(Math.max(ports.clock().millis(), announcedAt + 1), ends);
    }
  }
}
