package io.pharos.rules;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.model.Labels;
import io.pharos.storage.ArrivalListener;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Evaluates alerting rules as soon as samples are stored (by scrapes, probes, pushes or recording
/// rules) instead of at the next slot of their group.
///
/// An early evaluation computes the result that the rule will have *at the next slot*, for the one
/// instance whose samples arrived. It takes place only if no further input for that instance
/// arrives before the slot, so it finds the same alerts as the evaluation at the slot, only sooner.
/// Scrapes, probes and groups announce the time of their next samples; for pushed series this time
/// is estimated ([PushedSeries]). Early evaluations start alerts and make them fire once their
/// `for` has passed. They do not write samples, resolve alerts, or record errors and metrics of the
/// rule. The evaluation at the slot does all of this as if there had been no early evaluation.
///
/// If there are few targets, all rules are evaluated early. Otherwise, only rules of groups with
/// short intervals are evaluated early; for targets that are or were down (notable targets), so are
/// rules that read `up`, `probe_up` or `probe_success`. CPU time is limited; beyond the limit there
/// are no early evaluations. Samples of one instance that are pushed while an evaluation runs are
/// evaluated together afterwards.
///
/// Thread-safe.
public final class EarlyEvaluation implements ArrivalListener {
  private static final Duration SHORT_INTERVAL = Duration.ofSeconds(5);
  private static final int FEW_SOURCES = 10;

  /// Metrics that every group with alerting rules writes.
  private static final Set<String> STATES =
      Set.of(AlertSeries.ALERTS, AlertSeries.ALERTS_FOR_STATE);

  /// Maximum number of recorded series of a group. With more series, finding the instances would
  /// take as long as an evaluation.
  private static final int MAX_RECORDED = 1000;

  private record Candidate(RuleGroup group, AlertingRule rule, InstanceIndependence part) {}

  /// A source that announces the time of its next samples.
  private final class KnownSource implements Source {
    private final Labels labels;
    private final String instance;
    private volatile long next = Long.MIN_VALUE;
    private volatile boolean notable;

    private KnownSource(Labels labels) {
      this.labels = labels;
      this.instance = labels.get(InstanceIndependence.INSTANCE);
    }

    @Override
    public void awaits(long millis) {
      next = millis;
    }

    @Override
    public void stored(long millis, long nextMillis, boolean isNotable) {
      next = nextMillis;
      notable = isNotable;
      if (instance.isEmpty()) {
        return;
      }
      boolean notableInstance = isNotable(instance);
      if (isEnabled(notableInstance)) {
        executor.execute(() -> evaluate(labels, millis, false, notableInstance, this::concerns));
      }
    }

    /* Returns whether a rule reads series of this source. A rule that reads only recorded
     * metrics does not. */
    private boolean concerns(InstanceIndependence part) {
      return part.reads(labels) && !recordedBy.keySet().containsAll(part.metrics());
    }

    @Override
    public void close() {
      remove(this);
    }
  }

  /// Samples that are pushed in one request.
  private final class PushedBatch implements Batch {
    private final Set<String> wanted;
    private final List<PushedSeries.Sample> samples = new ArrayList<>();

    private PushedBatch(Set<String> wanted) {
      this.wanted = wanted;
    }

    @Override
    public void add(Labels series, long millis, double value) {
      if (wanted.contains(series.metricName())) {
        samples.add(new PushedSeries.Sample(series, millis, value));
      }
    }

    @Override
    public void stored() {
      if (!samples.isEmpty()) {
        pushed(pushed.stored(samples, clock.millis()));
      }
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(EarlyEvaluation.class);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Executor executor;
  private final Counter evaluations;
  private final Counter skipped;

  /* Two limits, so that healthy targets with many samples can't delay a target that is down. */
  private final CpuAllowance forNotable;
  private final CpuAllowance forOthers;

  private final Map<String, Set<KnownSource>> byInstance = new ConcurrentHashMap<>();

  /// Sources whose series may have any `instance` label.
  private final Set<KnownSource> withAnyInstance = ConcurrentHashMap.newKeySet();

  private final PushedSeries pushed = new PushedSeries();

  /// Pushed samples that are not yet evaluated, by instance.
  private final SequencedMap<String, PushedSeries.Arrived> waiting = new LinkedHashMap<>();

  private boolean evaluatesPushed;

  private volatile List<Candidate> candidates = List.of();

  /// Metrics that any candidate reads. `readForHealth` has only the metrics of candidates that read
  /// the health of a target.
  private volatile Set<String> metricsRead = Set.of();

  private volatile Set<String> readForHealth = Set.of();

  /// For each recorded metric, the groups that record it.
  private volatile Map<String, Set<RuleGroup>> recordedBy = Map.of();

  private volatile boolean anyShort;
  private volatile int sources;

  /// @param nanos a monotonic clock
  /// @param executor runs the evaluations, which may block on queries
  public EarlyEvaluation(
      InstantSource clock, LongSupplier nanos, Executor executor, MeterRegistry registry) {
    this.clock = clock;
    this.nanos = nanos;
    this.executor = executor;
    this.forNotable = new CpuAllowance(nanos);
    this.forOthers = new CpuAllowance(nanos);
    evaluations =
        Counter.builder("pharos.rule.looks")
            .description(
                "Evaluations of an alerting rule for one instance ahead of its group's slot.")
            .register(registry);
    skipped =
        Counter.builder("pharos.rule.looks.skipped")
            .description("Early evaluations skipped because their share of CPU time was used up.")
            .register(registry);
  }

  @Override
  public Source source(Labels labels, boolean only) {
    var source = new KnownSource(labels);
    if (!only) {
      withAnyInstance.add(source);
    }
    byInstance.compute(
        source.instance,
        (_, known) -> {
          Set<KnownSource> ofInstance = known == null ? ConcurrentHashMap.newKeySet() : known;
          ofInstance.add(source);
          return ofInstance;
        });
    addSources(1);
    return source;
  }

  private void remove(KnownSource source) {
    withAnyInstance.remove(source);
    byInstance.computeIfPresent(
        source.instance,
        (_, ofInstance) -> {
          if (ofInstance.remove(source)) {
            addSources(-1);
          }
          return ofInstance.isEmpty() ? null : ofInstance;
        });
  }

  private synchronized void addSources(int added) {
    sources += added;
  }

  @Override
  public Batch batch() {
    Set<String> wanted = anyShort || areFew() ? metricsRead : readForHealth;
    return wanted.isEmpty() ? Batch.IGNORED : new PushedBatch(wanted);
  }

  private void pushed(Collection<PushedSeries.Arrived> arrived) {
    synchronized (waiting) {
      arrived.forEach(
          samples -> waiting.merge(samples.instance(), samples, PushedSeries.Arrived::and));
      if (evaluatesPushed || waiting.isEmpty()) {
        return;
      }
      evaluatesPushed = true;
    }
    executor.execute(this::evaluatePushed);
  }

  private void evaluatePushed() {
    for (var arrived = nextWaiting(); arrived != null; arrived = nextWaiting()) {
      try {
        Set<String> metrics = arrived.metrics();
        boolean notableInstance = arrived.notable() || isNotable(arrived.instance());
        if (isEnabled(notableInstance)) {
          evaluate(
              Labels.of(InstanceIndependence.INSTANCE, arrived.instance()),
              arrived.millis(),
              true,
              notableInstance,
              part -> part.metrics().stream().anyMatch(metrics::contains));
        }
      } catch (RuntimeException | Error e) {
        LOG.error(
            "The early evaluation of samples pushed for instance {} failed", arrived.instance(), e);
      }
    }
  }

  private PushedSeries.@Nullable Arrived nextWaiting() {
    synchronized (waiting) {
      var first = waiting.pollFirstEntry();
      evaluatesPushed = first != null;
      return first == null ? null : first.getValue();
    }
  }

  /// Evaluates rules that read the series that a group has just recorded at a slot.
  void evaluated(RuleGroup group, long slot) {
    Set<String> names = group.records();
    if (!isEnabled(false) || names.stream().noneMatch(metricsRead::contains)) {
      return;
    }
    Set<String> instances = group.recordedInstances(MAX_RECORDED);
    if (instances.size() > FEW_SOURCES) {
      skipped.increment();
      return;
    }
    executor.execute(
        () -> {
          for (String instance : instances) {
            evaluate(
                Labels.of(InstanceIndependence.INSTANCE, instance),
                slot,
                false,
                isNotable(instance),
                part -> part.metrics().stream().anyMatch(names::contains));
          }
        });
  }

  /// Replaces the groups whose rules are evaluated early.
  void replace(Collection<RuleGroup> groups) {
    var recorders = new HashMap<String, Set<RuleGroup>>();
    for (RuleGroup group : groups) {
      group
          .records()
          .forEach(name -> recorders.computeIfAbsent(name, _ -> new HashSet<>()).add(group));
    }
    var newCandidates = new ArrayList<Candidate>();
    for (RuleGroup group : groups) {
      for (AlertingRule rule : group.earlyRules()) {
        rule.perInstance()
            .filter(part -> part.metrics().stream().noneMatch(STATES::contains))
            .ifPresent(part -> newCandidates.add(new Candidate(group, rule, part)));
      }
    }
    recordedBy = Map.copyOf(recorders);
    candidates = List.copyOf(newCandidates);
    anyShort = newCandidates.stream().anyMatch(candidate -> isShort(candidate.group));
    metricsRead = metrics(newCandidates.stream());
    readForHealth =
        metrics(newCandidates.stream().filter(candidate -> candidate.part.isOfHealth()));
  }

  private static Set<String> metrics(Stream<Candidate> candidates) {
    return candidates
        .flatMap(candidate -> candidate.part.metrics().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isShort(RuleGroup group) {
    return group.interval().compareTo(SHORT_INTERVAL) <= 0;
  }

  private boolean areFew() {
    return sources + pushed.instances() <= FEW_SOURCES;
  }

  private boolean isEnabled(boolean notable) {
    return !candidates.isEmpty() && (notable || anyShort || areFew());
  }

  /* Returns whether any source of an instance last reported that the target is or was down. */
  private boolean isNotable(String instance) {
    return byInstance.getOrDefault(instance, Set.of()).stream().anyMatch(source -> source.notable)
        || pushed.isNotable(instance);
  }

  /// Evaluates rules for the instance of a source only, or for the probe of a source only.
  ///
  /// @param source labels of all series of the source
  /// @param millis time of the new samples
  /// @param pushed whether the samples were pushed and may therefore be late. Samples from before
  ///   the last slot of a rule are late, and not evaluated early
  /// @param notable whether the target is or was down
  /// @param concerns returns whether a rule reads the new samples
  private void evaluate(
      Labels source,
      long millis,
      boolean pushed,
      boolean notable,
      Predicate<InstanceIndependence> concerns) {
    boolean few = areFew();
    CpuAllowance allowance = notable ? forNotable : forOthers;
    for (Candidate candidate : candidates) {
      if (!isWanted(candidate, few, notable) || !concerns.test(candidate.part)) {
        continue;
      }
      long slot = candidate.group.slotAfter(clock.millis());
      boolean late = pushed && millis < slot - candidate.group.interval().toMillis();
      Labels key = candidate.part.key(source);
      if (millis > slot || late) {
        continue;
      }
      if (!allowance.isLeft()) {
        skipped.increment();
        return;
      }
      long began = nanos.getAsLong();
      if (isComplete(key, candidate.part, slot)) {
        evaluations.increment();
        candidate.group.evaluateEarly(candidate.rule, candidate.part, key, slot);
      }
      allowance.spend(nanos.getAsLong() - began);
    }
  }

  /* Returns whether to evaluate a candidate early. Rules that read only the health of targets
   * are skipped for a target that neither is nor was down, because they most likely return
   * nothing. */
  private static boolean isWanted(Candidate candidate, boolean few, boolean notable) {
    boolean soon = few || isShort(candidate.group);
    return notable
        ? soon || candidate.part.isOfHealth()
        : soon && !candidate.part.isOfHealthAlone();
  }

  /// Returns whether the store has all samples up to a slot that an expression reads for an
  /// [InstanceIndependence#key].
  private boolean isComplete(Labels key, InstanceIndependence part, long slot) {
    for (KnownSource other : withAnyInstance) {
      if (other.next <= slot) {
        return false;
      }
    }
    for (KnownSource other :
        byInstance.getOrDefault(key.get(InstanceIndependence.INSTANCE), Set.of())) {
      if (other.next <= slot && part.reads(key, other.labels)) {
        return false;
      }
    }
    for (String metric : part.metrics()) {
      for (RuleGroup recorder : recordedBy.getOrDefault(metric, Set.of())) {
        if (recorder.nextSlot() <= slot) {
          return false;
        }
      }
    }
    return pushed.isComplete(key, part, slot);
  }

  /// A limit for the CPU time of early evaluations: on average one fiftieth of a processor, with a
  /// reserve for bursts. Thread-safe.
  static final class CpuAllowance {
    private static final long SHARE = 50;
    private static final long MAX_RESERVE_NANOS = Duration.ofMillis(100).toNanos();

    private final LongSupplier nanos;
    private long reserve = MAX_RESERVE_NANOS;
    private long updatedAt;

    /// @param nanos a monotonic clock
    CpuAllowance(LongSupplier nanos) {
      this.nanos = nanos;
      updatedAt = nanos.getAsLong();
    }

    synchronized boolean isLeft() {
      long now = nanos.getAsLong();
      reserve = Math.min(MAX_RESERVE_NANOS, reserve + (now - updatedAt) / SHARE);
      updatedAt = now;
      return reserve > 0;
    }

    synchronized void spend(long spentNanos) {
      reserve -= spentNanos;
    }
  }
}
