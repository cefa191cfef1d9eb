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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs probes at their intervals, each at its own offset, and writes their samples. Thread-safe.
public final class ProbeRunner implements AutoCloseable, PushPeer.Receiver {
  private static final Logger LOG = LoggerFactory.getLogger(ProbeRunner.class);

  /// Interval at which each probe writes that it exists, independent of the interval of its runs.
  /// It is well below the lookback of five minutes.
  private static final Duration ANNOUNCE_INTERVAL = Duration.ofSeconds(30);

  private final Ports ports;
  private final Counter commitFailures;
  private final Timer lateness;
  private final Prober prober;
  private final Function<ProbeConfig, ProbeResult> attempts;
  private final Map<String, Running> running = new LinkedHashMap<>();

  /// The running probes by name, readable without the lock: probes read the states of their
  /// parents.
  private final Map<String, Running> byName = new ConcurrentHashMap<>();

  private final LongAdder changes = new LongAdder();
  private volatile @Nullable PushLedger ledger;
  private volatile List<PushPeer> peers = List.of();
  private List<ProbeConfig> probes;
  private boolean started;
  private JobScheduler.@Nullable Job announceJob;

  /// The dependencies of a runner.
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
            .description("Results of probes lost because the store rejected them")
            .register(ports.registry());
    this.lateness =
        Timer.builder("pharos_probe_lateness")
            .description("Time from the scheduled time to the start of a run of a probe")
            .publishPercentiles(0.5, 0.99)
            .register(ports.registry());
    this.prober = prober;
    this.attempts = attempts;
  }

  /// Schedules all probes and the regular announcement of their existence.
  public synchronized void start() {
    started = true;
    apply();
    announceJob =
        ports
            .scheduler()
            .schedule("probe-intervals", ANNOUNCE_INTERVAL, Duration.ZERO, _ -> announce());
  }

  private synchronized void announce() {
    running.values().forEach(Running::announce);
  }

  /// Replaces the probes. Unchanged probes keep their results. The series of removed probes end
  /// with staleness markers.
  public synchronized void reload(List<ProbeConfig> newProbes) {
    probes = List.copyOf(newProbes);
    if (started) {
      apply();
    }
  }

  private void apply() {
    var configured = new LinkedHashMap<String, ProbeConfig>();
    probes.forEach(probe -> configured.put(probe.name(), probe));
    for (Running probe : List.copyOf(running.values())) {
      ProbeConfig config = configured.get(probe.config.name());
      if (config == null || !config.isSame(probe.config)) {
        running.remove(probe.config.name());
        byName.remove(probe.config.name());
        probe.end();
      }
    }
    ports.pushes().retain(configured.keySet());
    for (ProbeConfig config : configured.values()) {
      Running probe = running.computeIfAbsent(config.name(), _ -> new Running(config));
      byName.put(config.name(), probe);
      probe.announce();
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
  public synchronized void shareReports(PushLedger ledger, List<PushPeer> peers) {
    this.ledger = ledger;
    this.peers = List.copyOf(peers);
  }

  /// Accepts a report for a push probe.
  ///
  /// @return when the next report counts as late; empty if no push probe has this name
  public Optional<Instant> accept(String name, PushReport report) {
    Optional<Instant> due =
        Optional.ofNullable(byName.get(name)).flatMap(probe -> probe.accept(report));
    PushLedger shared = ledger;
    if (shared != null && due.isPresent()) {
      shared.add(name, ports.continuity().latest(), report);
    }
    return due;
  }

  @Override
  public void acceptFromPeer(String name, PushReport report, Instant arrivedAt) {
    Optional.ofNullable(byName.get(name)).ifPresent(it -> it.acceptFromPeer(report, arrivedAt));
  }

  @Override
  public void addGap(Instant from, Instant to) {
    byName.values().forEach(probe -> probe.addGap(from, to));
  }

  /// Returns the token file of a push probe; empty if it has none.
  public Optional<Path> pushToken(String name) {
    return Optional.ofNullable(byName.get(name)).flatMap(probe -> probe.config.pushToken());
  }

  /// Returns the token files of all push probes by name.
  public Map<String, Path> pushTokens() {
    var files = new HashMap<String, Path>();
    byName.forEach((name, probe) -> probe.config.pushToken().ifPresent(it -> files.put(name, it)));
    return files;
  }

  /// Runs a probe once outside of its schedule, without retries and without writing samples.
  ///
  /// @return the result; empty if no probe has this name
  public Optional<ProbeResult> once(String name) {
    return status(name).map(status -> once(status.probe()));
  }

  /// Runs a probe that need not be one of the scheduled ones.
  public ProbeResult once(ProbeConfig probe) {
    int gaps = ports.continuity().check();
    return withOwnTrouble(attempts.apply(probe.unconfirmed()), gaps);
  }

  /// Returns how often the outcome of a probe changed, for readers that wait for changes.
  public long changes() {
    return changes.sum();
  }

  private ProbeResult withOwnTrouble(ProbeResult result, int gaps) {
    boolean paused = ports.continuity().check() != gaps;
    return result.judged(ports.continuity().setBackFrom().isPresent(), paused);
  }

  /// Stops all runs. Writes no staleness markers, because only this process ends, not the targets.
  @Override
  public synchronized void close() {
    if (announceJob != null) {
      announceJob.close();
    }
    running.values().forEach(probe -> probe.job.close());
    running.clear();
    prober.close();
  }

  private final class Running {
    private final ProbeConfig config;
    private final ProbeSamples samples;
    private final Deque<ProbeResult> recent = new ArrayDeque<>();
    private final ProbeTargetState targetState;
    private volatile ProbeTargetState.State state = ProbeTargetState.State.UNDECIDED;
    private final JobScheduler.Job job;
    private final ObservationGaps.Source source;
    private final ProbeArrivals arrivals;
    private Set<Labels> written = Set.of();
    private boolean ended;
    private long announcedAt;
    private final @Nullable PushTerms terms;
    private PushState pushState;
    private Instant lastCheck;
    private int gapsBefore;
    private long writtenAt;

    Running(ProbeConfig config) {
      this.config = config;
      this.samples = new ProbeSamples(config);
      this.targetState =
          new ProbeTargetState(config.alarming().downAfter(), config.alarming().upAfter());
      this.terms = PushTerms.of(config);
      this.source =
          samples.source(ports.blindness(), terms == null ? config.interval() : Duration.ZERO);
      this.lastCheck = ports.clock().instant();
      this.gapsBefore = ports.continuity().check();
      this.pushState =
          terms == null
              ? PushState.silent(lastCheck)
              : ports.pushes().open(config.name(), lastCheck);
      pushState.results().forEach(targetState::record);
      if (pushState.outcome().isPresent()) {
        remember(pushState, lastCheck);
      }
      Duration period = terms == null ? config.interval() : terms.checkInterval();
      Duration offset = config.offset(period);
      this.arrivals =
          new ProbeArrivals(ports.arrivals(), samples.labels(), period, offset, lastCheck);
      this.job =
          ports
              .scheduler()
              .schedule(
                  "probe-" + config.name(),
                  period,
                  offset,
                  terms == null ? this::run : _ -> checkReports());
    }

    synchronized ProbeStatus status() {
      return new ProbeStatus(
          config,
          List.copyOf(recent),
          state,
          targetState.isFlapping(),
          terms == null ? config.nextRun(ports.clock().instant()) : pushState.due(terms));
    }

    /// Adds a result. Removes the oldest result if there are more than [ProbeStatus#MAX_RECENT].
    /// Logs when a probe begins to fail or succeeds again.
    private void remember(ProbeResult result) {
      String before = recent.isEmpty() ? "" : recent.getLast().outcome().word();
      if (!before.equals(result.outcome().word())) {
        changes.increment();
        if (result.outcome() instanceof ProbeOutcome.Failure(String reason)) {
          LOG.warn("probe {} fails: {}", result.probe(), reason);
        } else if (before.equals("failure") && result.outcome() instanceof ProbeOutcome.Success) {
          LOG.info("probe {} succeeds again", result.probe());
        }
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
      ProbeResult result = withOwnTrouble(attempts.apply(config), gaps);
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
      targetState.record(result.outcome() instanceof ProbeOutcome.Success);
      state = targetState.state();
      var now = new LinkedHashMap<>(samples.of(result));
      now.putAll(samples.of(targetState, parentDown()));
      if (write(result.began().toEpochMilli(), now)) {
        source.seen(result.began());
        arrivals.resultStored(result.began().toEpochMilli(), isBad(result.outcome()));
      } else {
        lost(FailureOrigin.Kind.STORE, FailureOrigin.Kind.STORE.text(), result.began());
      }
    }

    private void lost(FailureOrigin.Kind kind, String reason, Instant time) {
      source.lost(new FailureOrigin.Own(kind, reason), time, ProbeSamples.NAMES);
    }

    /// Checks whether a report is late, and writes the resulting state.
    private synchronized void checkReports() {
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
        pushState = pushState.withGap(lastCheck, now);
        gapsBefore = gaps;
      }
      lastCheck = now;
      Instant knownUntil = PushPeer.knownUntil(peers, now);
      if (knownUntil.isBefore(now.minus(PushPeer.MAX_SILENCE))) {
        pushState = pushState.withGap(knownUntil, now);
        knownUntil = now;
      }
      apply(pushState.checked(terms, knownUntil), now);
    }

    /// Applies a report that another replica received, unless a later report was applied.
    synchronized void acceptFromPeer(PushReport report, Instant arrivedAt) {
      if (!ended && terms != null && pushState.isBefore(arrivedAt)) {
        apply(pushState.withReport(report, arrivedAt), ports.continuity().latest());
      }
    }

    synchronized void addGap(Instant from, Instant to) {
      pushState = pushState.withGap(from, to);
    }

    synchronized Optional<Instant> accept(PushReport report) {
      if (ended || terms == null) {
        return Optional.empty();
      }
      // not the current time: after the clock was set back, the report would soon count as late
      Instant now = ports.continuity().latest();
      apply(pushState.withReport(report, now), now);
      return Optional.of(pushState.due(terms));
    }

    private void apply(PushState next, Instant now) {
      PushState previous = pushState;
      pushState = next;
      ports.pushes().store(config.name(), next, now);
      List<Boolean> results = next.results();
      long newResults = Math.min(next.count() - previous.count(), results.size());
      results
          .subList(results.size() - (int) newResults, results.size())
          .forEach(targetState::record);
      state = next.condition().isDecided() ? targetState.state() : ProbeTargetState.State.UNDECIDED;
      if (newResults > 0 || next.condition() != previous.condition()) {
        remember(next, now);
      }
      if (ports.continuity().setBackFrom().isPresent()) {
        return;
      }
      writtenAt = Math.max(now.toEpochMilli(), writtenAt + 1);
      if (write(writtenAt, samples.of(next, targetState, parentDown()))) {
        source.seen(now);
        arrivals.stateStored(
            writtenAt, next, requireNonNull(terms), next.outcome().filter(this::isBad).isPresent());
      }
    }

    private boolean isBad(ProbeOutcome outcome) {
      return outcome instanceof ProbeOutcome.Failure || state == ProbeTargetState.State.DOWN;
    }

    private void remember(PushState current, Instant now) {
      ProbeOutcome outcome = current.outcome().orElse(null);
      if (outcome != null) {
        ports.registry().counter("pharos_probes", "outcome", outcome.word()).increment();
        Duration took = current.took() == null ? Duration.ZERO : current.took();
        remember(new ProbeResult(config.name(), now, took, outcome, 1, ProbeObservations.NONE));
      }
    }

    private @Nullable Boolean parentDown() {
      List<String> parents = config.alarming().parents();
      if (parents.isEmpty()) {
        return null;
      }
      List<ProbeTargetState.State> states =
          parents.stream()
              .flatMap(parent -> Stream.ofNullable(byName.get(parent)))
              .map(probe -> probe.state)
              .toList();
      return states.contains(ProbeTargetState.State.DOWN)
          ? Boolean.TRUE
          : states.contains(ProbeTargetState.State.UNDECIDED) ? null : Boolean.FALSE;
    }

    /// Writes samples, and staleness markers for series that are no longer among the samples.
    ///
    /// @return whether the store accepted the samples
    private boolean write(long timestampMillis, Map<Labels, Double> now) {
      var samplesAndMarkers = new LinkedHashMap<>(now);
      written.forEach(labels -> samplesAndMarkers.putIfAbsent(labels, StaleMarker.VALUE));
      if (append(timestampMillis, samplesAndMarkers)) {
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
      arrivals.close();
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
