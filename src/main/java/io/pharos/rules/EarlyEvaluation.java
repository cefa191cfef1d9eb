package io.pharos.rules;

import static java.util.Objects.requireNonNull;

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

/// Looks at alerting rules when samples are stored, instead of waiting for the slot of their group:
/// those of scrapes and probes, those that others push, those that groups record.
///
/// A look asks what the rule will give *at the coming slot* for the one instance whose samples have
/// come, and only where nothing that it reads will come before that slot: so it finds what the slot
/// will find, and only sooner. When the next samples come is known of scrapes, probes and groups;
/// of what is pushed it is known as long as that keeps to its pace ([PushedSeries]). It begins
/// alerts and makes them fire, not before their `for` has really passed. All else (samples that are
/// written, ends, errors, metrics of evaluations) is left to the slot, which evaluates as if there
/// had been no look.
///
/// Looked at are groups of short intervals, or all where few targets are watched; elsewhere the
/// rules that read `up`, `probe_up` or `probe_success`, of targets that are down or were. Looks get
/// a share of the time: what does not fit in waits for the slot. However many small batches are
/// pushed, the looks for one instance wait for each other and become one.
///
/// Thread-safe.
public final class EarlyEvaluation implements ArrivalListener {
  private static final Duration SHORT_INTERVAL = Duration.ofSeconds(5);
  private static final int FEW_SOURCES = 10;

  /// What all groups with alerts write.
  private static final Set<String> STATES =
      Set.of(AlertingRule.ALERTS, AlertingRule.ALERTS_FOR_STATE);

  /// What a group recorded is looked at for so many instances at most, and not where it has more
  /// series than this: to find the instances would take as long as a look.
  private static final int MOST_RECORDED = 1000;

  private record Looked(RuleGroup group, AlertingRule rule, InstanceIndependence part) {}

  /// One that says when it gives the next samples.
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
      boolean near = isNotable(instance);
      if (mayLook(near)) {
        executor.execute(() -> look(labels, millis, false, near, this::concerns));
      }
    }

    /* What is recorded is none of its series. */
    private boolean concerns(InstanceIndependence part) {
      return part.reads(labels) && !recordedBy.keySet().containsAll(part.metrics());
    }

    @Override
    public void close() {
      remove(this);
    }
  }

  /// Samples that are pushed together.
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
  private final Counter looks;
  private final Counter unaffordable;

  /* A target that is down must not wait because others are well and have much to say. */
  private final CpuAllowance forNotable;
  private final CpuAllowance forOthers;

  private final Map<String, Set<KnownSource>> byInstance = new ConcurrentHashMap<>();

  /// Those that may give series of any labels.
  private final Set<KnownSource> anywhere = ConcurrentHashMap.newKeySet();

  private final PushedSeries pushed = new PushedSeries();

  /// What was pushed and is not looked at yet, by instance.
  private final SequencedMap<String, PushedSeries.Arrived> waiting = new LinkedHashMap<>();

  private boolean isLooking;

  private volatile List<Looked> looked = List.of();

  /// What the rules read that are looked at, and what of it those that are of health do.
  private volatile Set<String> read = Set.of();

  private volatile Set<String> readOfHealth = Set.of();

  /// The groups that record a series of a name.
  private volatile Map<String, Set<RuleGroup>> recordedBy = Map.of();

  private volatile boolean anyShort;
  private volatile int sources;

  /// @param nanos a clock that never jumps
  /// @param executor runs a look, which asks the evaluator
  public EarlyEvaluation(
      InstantSource clock, LongSupplier nanos, Executor executor, MeterRegistry registry) {
    this.clock = requireNonNull(clock, "clock is null");
    this.nanos = requireNonNull(nanos, "nanos is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.forNotable = new CpuAllowance(nanos);
    this.forOthers = new CpuAllowance(nanos);
    looks =
        Counter.builder("pharos.rule.looks")
            .description("Looks at an alerting rule for one instance, ahead of its group's slot.")
            .register(registry);
    unaffordable =
        Counter.builder("pharos.rule.looks.skipped")
            .description("Looks that were left to the slot, having had their share of the time.")
            .register(registry);
  }

  @Override
  public Source source(Labels labels, boolean only) {
    var source = new KnownSource(requireNonNull(labels, "labels is null"));
    if (!only) {
      anywhere.add(source);
    }
    byInstance.compute(
        source.instance,
        (_, known) -> {
          Set<KnownSource> same = known == null ? ConcurrentHashMap.newKeySet() : known;
          same.add(source);
          return same;
        });
    count(1);
    return source;
  }

  private void remove(KnownSource source) {
    anywhere.remove(source);
    byInstance.computeIfPresent(
        source.instance,
        (_, same) -> {
          if (same.remove(source)) {
            count(-1);
          }
          return same.isEmpty() ? null : same;
        });
  }

  private synchronized void count(int more) {
    sources += more;
  }

  @Override
  public Batch batch() {
    Set<String> wanted = anyShort || areFew() ? read : readOfHealth;
    return wanted.isEmpty() ? Batch.IGNORED : new PushedBatch(wanted);
  }

  private void pushed(Collection<PushedSeries.Arrived> arrived) {
    synchronized (waiting) {
      arrived.forEach(it -> waiting.merge(it.instance(), it, PushedSeries.Arrived::and));
      if (isLooking || waiting.isEmpty()) {
        return;
      }
      isLooking = true;
    }
    executor.execute(this::lookAtPushed);
  }

  private void lookAtPushed() {
    for (PushedSeries.Arrived it = nextWaiting(); it != null; it = nextWaiting()) {
      try {
        Set<String> metrics = it.metrics();
        boolean near = it.notable() || isNotable(it.instance());
        if (mayLook(near)) {
          look(
              Labels.of(InstanceIndependence.INSTANCE, it.instance()),
              it.millis(),
              true,
              near,
              part -> part.metrics().stream().anyMatch(metrics::contains));
        }
      } catch (RuntimeException | Error e) {
        LOG.error("A look at what was pushed for instance {} failed", it.instance(), e);
      }
    }
  }

  private PushedSeries.@Nullable Arrived nextWaiting() {
    synchronized (waiting) {
      var first = waiting.pollFirstEntry();
      isLooking = first != null;
      return first == null ? null : first.getValue();
    }
  }

  /// A group was evaluated: what it recorded is stored.
  void evaluated(RuleGroup group, long slot) {
    Set<String> names = group.records();
    if (!mayLook(false) || names.stream().noneMatch(read::contains)) {
      return;
    }
    Set<String> instances = group.recordedInstances(MOST_RECORDED);
    if (instances.size() > FEW_SOURCES) {
      unaffordable.increment();
      return;
    }
    executor.execute(
        () -> {
          for (String instance : instances) {
            look(
                Labels.of(InstanceIndependence.INSTANCE, instance),
                slot,
                false,
                isNotable(instance),
                part -> part.metrics().stream().anyMatch(names::contains));
          }
        });
  }

  /// These are the groups from now on.
  void replace(Collection<RuleGroup> groups) {
    var recorders = new HashMap<String, Set<RuleGroup>>();
    for (RuleGroup group : groups) {
      group
          .records()
          .forEach(name -> recorders.computeIfAbsent(name, _ -> new HashSet<>()).add(group));
    }
    var now = new ArrayList<Looked>();
    for (RuleGroup group : groups) {
      for (AlertingRule rule : group.early()) {
        rule.perInstance()
            .filter(part -> part.metrics().stream().noneMatch(STATES::contains))
            .ifPresent(part -> now.add(new Looked(group, rule, part)));
      }
    }
    recordedBy = Map.copyOf(recorders);
    looked = List.copyOf(now);
    anyShort = now.stream().anyMatch(one -> isShort(one.group));
    read = metrics(now.stream());
    readOfHealth = metrics(now.stream().filter(one -> one.part.isOfHealth()));
  }

  private static Set<String> metrics(Stream<Looked> looked) {
    return looked
        .flatMap(one -> one.part.metrics().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isShort(RuleGroup group) {
    return group.interval().compareTo(SHORT_INTERVAL) <= 0;
  }

  private boolean areFew() {
    return sources + pushed.instances() <= FEW_SOURCES;
  }

  private boolean mayLook(boolean notable) {
    return !looked.isEmpty() && (notable || anyShort || areFew());
  }

  /* What waited for one source may be about another of the same instance. */
  private boolean isNotable(String instance) {
    return byInstance.getOrDefault(instance, Set.of()).stream().anyMatch(it -> it.notable)
        || pushed.isNotable(instance);
  }

  /// Looks at rules for the instance of a source, or for its probe.
  ///
  /// @param source labels that all series of it have
  /// @param millis the time of what came
  /// @param pushed whether it may come late: what is older than a rule's last slot is left to the
  ///   next
  private void look(
      Labels source,
      long millis,
      boolean pushed,
      boolean notable,
      Predicate<InstanceIndependence> concerns) {
    boolean few = areFew();
    CpuAllowance allowance = notable ? forNotable : forOthers;
    for (Looked one : looked) {
      if (!isWanted(one, few, notable) || !concerns.test(one.part)) {
        continue;
      }
      long slot = one.group.slotAfter(clock.millis());
      boolean late = pushed && millis < slot - one.group.interval().toMillis();
      Labels key = one.part.key(source);
      if (millis > slot || late) {
        continue;
      }
      if (!allowance.hasSome()) {
        unaffordable.increment();
        return;
      }
      long began = nanos.getAsLong();
      if (isComplete(key, one.part, slot)) {
        looks.increment();
        one.group.look(one.rule, one.part, key, slot);
      }
      allowance.take(nanos.getAsLong() - began);
    }
  }

  /* What is said of the health of a target that is well and was is most likely nothing. */
  private static boolean isWanted(Looked one, boolean few, boolean notable) {
    boolean soon = few || isShort(one.group);
    return notable ? soon || one.part.isOfHealth() : soon && !one.part.isOfHealthAlone();
  }

  /// Whether all that an expression will read of a [InstanceIndependence#key] at a slot is stored.
  private boolean isComplete(Labels key, InstanceIndependence part, long slot) {
    for (KnownSource other : anywhere) {
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
}
