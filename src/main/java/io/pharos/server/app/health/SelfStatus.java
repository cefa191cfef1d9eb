package io.pharos.server.app.health;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.limits.heap.HeapUse;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.probe.run.PushPeer;
import io.pharos.schedule.LoopRegistry;
import io.pharos.state.Store;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.Descriptors;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import io.pharos.trouble.Trouble;
import io.pharos.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/// Collects the current troubles of this process from its parts.
public final class SelfStatus implements SelfWatch.Source {
  /// Share of open file descriptors above which the next connection may be refused.
  private static final double DESCRIPTORS_FULL = 0.95;

  /// How long damaged data is reported. The data can't be repaired, but somebody must learn of the
  /// damage.
  private static final Duration DAMAGE_REPORTED = Duration.ofHours(12);

  /// How long a refusal is reported. The refused work is retried within two minutes, and a new
  /// refusal is reported again.
  private static final Duration REFUSAL_REPORTED = Duration.ofMinutes(2);

  /// The bounds whose refusals may lose alerts. Refusals by other bounds affect only clients, and
  /// the answers report them.
  private static final Set<MemoryBound> ALERT_LOSING =
      EnumSet.of(
          MemoryBound.SERIES,
          MemoryBound.TARGETS,
          MemoryBound.ALERTS,
          MemoryBound.PAGE,
          MemoryBound.PAGES);

  private final Path folder;
  private final Tsdb tsdb;
  private final Store store;
  private final ObservationGaps gaps;
  private final TimeContinuity continuity;
  private final ClockMark mark;
  private final DamagedData damages;
  private final LoopRegistry loops;
  private final MemoryBounds budgets;
  private volatile List<PushPeer> peers = List.of();

  /// @param folder the storage folder
  /// @param gaps the targets and probes that can't be observed now
  public SelfStatus(
      Path folder,
      Tsdb tsdb,
      Store store,
      ObservationGaps gaps,
      TimeContinuity continuity,
      ClockMark mark,
      DamagedData damages,
      LoopRegistry loops,
      MemoryBounds budgets,
      MeterRegistry registry) {
    this.folder = folder;
    this.tsdb = tsdb;
    this.store = store;
    this.gaps = gaps;
    this.continuity = continuity;
    this.mark = mark;
    this.damages = damages;
    this.loops = loops;
    this.budgets = budgets;
    gauge(
        registry,
        "pharos_disk_free_bytes",
        "Free bytes on the disk of the data.",
        SelfStatus::freeBytes);
    gauge(
        registry,
        "pharos_tsdb_unlogged",
        "1 while samples are only in memory, because the write-ahead log can't be written.",
        it -> it.tsdb.logOutage().isPresent() ? 1 : 0);
    gauge(
        registry,
        "pharos_heap_after_collection_ratio",
        "Share of the heap in use after the last garbage collection.",
        _ -> HeapUse.afterCollection().orElse(Double.NaN));
    for (FailureOrigin.Kind kind : FailureOrigin.Kind.values()) {
      Gauge.builder("pharos_unseen_sources", this, it -> it.unseen(kind))
          .tag("reason", kind.label())
          .description("Targets and probes that Pharos can't observe because of its own faults.")
          .register(registry);
    }
  }

  /// Sets the peers that are checked.
  public void watch(List<PushPeer> others) {
    peers = List.copyOf(others);
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToDoubleFunction<SelfStatus> value) {
    Gauge.builder(name, this, value).description(description).register(registry);
  }

  private double unseen(FailureOrigin.Kind kind) {
    return gaps.gaps().stream().filter(gap -> gap.fault().kind() == kind).count();
  }

  private double freeBytes() {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException _) {
      return Double.NaN;
    }
  }

  /* If one check fails, the other checks still run. A check may fail because of the trouble that it
   * would report. */
  @Override
  public List<Trouble> troubles(Instant now) {
    mark.write(continuity.latest(), continuity.measuredSteps());
    var troubles = new ArrayList<Trouble>();
    List<Consumer<List<Trouble>>> checks =
        List.of(
            found -> storage(found, now),
            this::unobserved,
            this::loops,
            found -> resources(found, now),
            found -> limits(found, now),
            found -> damage(found, now),
            this::peers);
    for (Consumer<List<Trouble>> check : checks) {
      try {
        check.accept(troubles);
      } catch (RuntimeException | Error e) {
        troubles.add(
            new Trouble(
                Trouble.Kind.MEANS, "a check of Pharos itself failed: " + e.getMessage(), now));
      }
    }
    return troubles;
  }

  private void storage(List<Trouble> troubles, Instant now) {
    tsdb.logOutage()
        .ifPresent(
            outage ->
                troubles.add(
                    new Trouble(
                        Trouble.Kind.STORAGE,
                        "samples are only in memory, because the write-ahead log can't be written: "
                            + cause(outage.reason()),
                        outage.since())));
    store.troubles().forEach(text -> troubles.add(new Trouble(Trouble.Kind.STORAGE, text, now)));
    if (freeBytes() == 0) {
      troubles.add(new Trouble(Trouble.Kind.STORAGE, "the disk of " + folder + " is full", now));
    }
  }

  private void loops(List<Trouble> troubles) {
    loops
        .stalled()
        .forEach(
            loop ->
                troubles.add(
                    new Trouble(
                        Trouble.Kind.LOOP,
                        "the periodic job %s is overdue"
                            .formatted((loop.name() + " " + loop.member()).strip()),
                        loop.lastRun())));
  }

  private void limits(List<Trouble> troubles, Instant now) {
    for (MemoryBounds.State state : budgets.states()) {
      Instant lastRefusal = state.lastAt();
      if (ALERT_LOSING.contains(state.bound())
          && lastRefusal != null
          && lastRefusal.plus(REFUSAL_REPORTED).isAfter(now)) {
        troubles.add(new Trouble(Trouble.Kind.MEANS, String.valueOf(state.last()), lastRefusal));
      }
    }
  }

  private void damage(List<Trouble> troubles, Instant now) {
    damages.found().stream()
        .filter(damage -> damage.at().plus(DAMAGE_REPORTED).isAfter(now))
        .forEach(
            damage ->
                troubles.add(new Trouble(Trouble.Kind.DAMAGE, damage.description(), damage.at())));
  }

  private void peers(List<Trouble> troubles) {
    for (PushPeer peer : peers) {
      if (!peer.answers()) {
        troubles.add(
            new Trouble(
                Trouble.Kind.PEER,
                peer.name()
                    + " does not answer. Reports may have arrived there, so push probes without a"
                    + " report here are unknown",
                peer.knownUntil()));
      }
    }
  }

  private static String cause(String reason) {
    return reason.substring(reason.lastIndexOf(": ") + 1).strip();
  }

  private void unobserved(List<Trouble> troubles) {
    Map<FailureOrigin.Kind, List<ObservationGaps.Gap>> byKind =
        new EnumMap<>(FailureOrigin.Kind.class);
    for (ObservationGaps.Gap gap : gaps.gaps()) {
      byKind.computeIfAbsent(gap.fault().kind(), _ -> new ArrayList<>()).add(gap);
    }
    byKind.remove(FailureOrigin.Kind.PAUSE); // a pause has ended when it is detected
    List<ObservationGaps.Gap> clock = byKind.remove(FailureOrigin.Kind.CLOCK);
    if (clock != null) {
      // A wrong clock affects all targets and probes, not only those that have been scraped since
      // then.
      troubles.add(
          new Trouble(
              Trouble.Kind.SIGHT,
              "no target or probe can be observed: " + FailureOrigin.Kind.CLOCK.text(),
              clock.getFirst().since()));
    }
    byKind.forEach(
        (kind, gaps) -> {
          ObservationGaps.Gap first = gaps.getFirst();
          String sources =
              gaps.size() == 1 ? name(first) : "%d targets and probes".formatted(gaps.size());
          troubles.add(
              new Trouble(
                  kind == FailureOrigin.Kind.CREDENTIALS
                      ? Trouble.Kind.CREDENTIALS
                      : Trouble.Kind.SIGHT,
                  sources + " can't be observed: " + kind.text(),
                  first.since()));
        });
  }

  private static String name(ObservationGaps.Gap gap) {
    String job = gap.labels().get("job");
    String instance = gap.labels().get("instance");
    return job.isEmpty() && instance.isEmpty() ? "a target" : (job + " " + instance).strip();
  }

  private static void resources(List<Trouble> troubles, Instant now) {
    Descriptors.now()
        .filter(it -> it.open() > DESCRIPTORS_FULL * it.max())
        .ifPresent(
            it ->
                troubles.add(
                    new Trouble(
                        Trouble.Kind.MEANS,
                        "nearly all of %d file descriptors are in use".formatted(it.max()),
                        now)));
    if (HeapUse.isFull()) {
      troubles.add(
          new Trouble(
              Trouble.Kind.MEANS, "the heap is nearly full, so new series are refused", now));
    }
  }
}
