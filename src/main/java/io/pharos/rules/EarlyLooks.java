package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.model.Labels;
import io.pharos.storage.Arrivals;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/// Looks at alerting rules when a scrape is stored, instead of waiting for the slot of their group.
///
/// A look asks what the rule will give *at the coming slot* for the one instance whose samples have
/// come, and only where nothing that it reads will come before that slot: so it finds what the slot
/// will find, and only sooner. It begins alerts and makes them fire, not before their `for` has
/// really passed. All else (samples that are written, ends, errors, metrics of evaluations) is left
/// to the slot, which evaluates as if there had been no look.
///
/// Looked at are groups of short intervals, or all where few targets are scraped; elsewhere the
/// rules that read `up`, of targets that are down or were. Looks get a share of the time: what does
/// not fit in waits for the slot.
///
/// Thread-safe.
public final class EarlyLooks implements Arrivals {
  private static final Duration SHORT_INTERVAL = Duration.ofSeconds(5);
  private static final int FEW_SOURCES = 10;

  /// A fiftieth of one processor, and what a moment may take beyond that.
  private static final long SHARE = 50;

  private static final long MOST_SAVED_NANOS = Duration.ofMillis(100).toNanos();

  /// Time that looks may take.
  private static final class Allowance {
    private final LongSupplier nanos;
    private long saved = MOST_SAVED_NANOS;
    private long savedAt;

    private Allowance(LongSupplier nanos) {
      this.nanos = nanos;
      savedAt = nanos.getAsLong();
    }

    private synchronized boolean hasSome() {
      long now = nanos.getAsLong();
      saved = Math.min(MOST_SAVED_NANOS, saved + (now - savedAt) / SHARE);
      savedAt = now;
      return saved > 0;
    }

    private synchronized void take(long spent) {
      saved -= spent;
    }
  }

  private record Looked(RuleGroup group, AlertingRule rule, PerInstance part) {}

  private final class ScrapedSource implements Source {
    private final Labels labels;
    private final String instance;
    private volatile long next = Long.MIN_VALUE;
    private volatile boolean notable;

    private ScrapedSource(Labels labels) {
      this.labels = labels;
      this.instance = labels.get(PerInstance.INSTANCE);
    }

    @Override
    public void awaits(long millis) {
      next = millis;
    }

    @Override
    public void stored(long millis, long nextMillis, boolean isNotable) {
      next = nextMillis;
      notable = isNotable;
      // What waited for this one may be about another.
      boolean near =
          byInstance.getOrDefault(instance, Set.of()).stream().anyMatch(it -> it.notable);
      if (!instance.isEmpty() && mayLook(near)) {
        executor.execute(() -> look(this, millis, near));
      }
    }

    @Override
    public void close() {
      remove(this);
    }
  }

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Executor executor;
  private final Counter looks;
  private final Counter unaffordable;

  /* A target that is down must not wait because others are well and have much to say. */
  private final Allowance forNotable;
  private final Allowance forOthers;

  private final Map<String, Set<ScrapedSource>> byInstance = new ConcurrentHashMap<>();

  /// Those that may give series of any labels.
  private final Set<ScrapedSource> anywhere = ConcurrentHashMap.newKeySet();

  private volatile List<Looked> looked = List.of();
  private volatile boolean anyShort;
  private volatile int sources;

  /// @param nanos a clock that never jumps
  /// @param executor runs a look, which asks the evaluator
  public EarlyLooks(
      InstantSource clock, LongSupplier nanos, Executor executor, MeterRegistry registry) {
    this.clock = requireNonNull(clock, "clock is null");
    this.nanos = requireNonNull(nanos, "nanos is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.forNotable = new Allowance(nanos);
    this.forOthers = new Allowance(nanos);
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
    var source = new ScrapedSource(requireNonNull(labels, "labels is null"));
    if (!only) {
      anywhere.add(source);
    }
    byInstance.compute(
        source.instance,
        (_, known) -> {
          Set<ScrapedSource> same = known == null ? ConcurrentHashMap.newKeySet() : known;
          same.add(source);
          return same;
        });
    count(1);
    return source;
  }

  private void remove(ScrapedSource source) {
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

  /// These are the groups from now on.
  void replace(Collection<RuleGroup> groups) {
    Set<String> recorded =
        new HashSet<>(Set.of(AlertingRule.ALERTS, AlertingRule.ALERTS_FOR_STATE));
    groups.forEach(group -> recorded.addAll(group.records()));
    var now = new ArrayList<Looked>();
    for (RuleGroup group : groups) {
      for (AlertingRule rule : group.early()) {
        rule.perInstance()
            .filter(part -> part.metrics().stream().noneMatch(recorded::contains))
            .ifPresent(part -> now.add(new Looked(group, rule, part)));
      }
    }
    looked = List.copyOf(now);
    anyShort = now.stream().anyMatch(one -> isShort(one.group));
  }

  private static boolean isShort(RuleGroup group) {
    return group.interval().compareTo(SHORT_INTERVAL) <= 0;
  }

  private boolean mayLook(boolean notable) {
    return !looked.isEmpty() && (notable || anyShort || sources <= FEW_SOURCES);
  }

  private void look(ScrapedSource source, long millis, boolean notable) {
    boolean few = sources <= FEW_SOURCES;
    Allowance allowance = notable ? forNotable : forOthers;
    for (Looked one : looked) {
      if (isWanted(one, few, notable) && one.part.reads(source.labels)) {
        long now = clock.millis();
        long slot = one.group.slotAfter(now);
        if (millis <= slot && isComplete(source.instance, one.part, slot)) {
          if (!allowance.hasSome()) {
            unaffordable.increment();
            return;
          }
          long began = nanos.getAsLong();
          looks.increment();
          one.group.look(one.rule, one.part, source.instance, slot);
          allowance.take(nanos.getAsLong() - began);
        }
      }
    }
  }

  /* What is said of the health of a target that is well and was is most likely nothing. */
  private static boolean isWanted(Looked one, boolean few, boolean notable) {
    boolean soon = few || isShort(one.group);
    return notable ? soon || one.part.isOfHealth() : soon && !one.part.isOfHealthAlone();
  }

  /// Whether all that an expression will read of an instance at a slot is stored.
  private boolean isComplete(String instance, PerInstance part, long slot) {
    for (ScrapedSource other : anywhere) {
      if (other.next <= slot) {
        return false;
      }
    }
    for (ScrapedSource other : byInstance.getOrDefault(instance, Set.of())) {
      if (other.next <= slot && part.reads(other.labels)) {
        return false;
      }
    }
    return true;
  }
}
