package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.probe.PushPeer;
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
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/// What can be wrong with this process, as its parts say.
final class SelfStatus implements SelfWatch.Look {
  /// Above this share of the descriptors the next connection may be refused.
  private static final double DESCRIPTORS_FULL = 0.95;

  /// Above this share of the heap, after a collection, the next query may be the last.
  private static final double HEAP_FULL = 0.95;

  /// Damage is told for this long: what is lost is lost, somebody must see to it once.
  private static final Duration DAMAGE_TOLD = Duration.ofHours(12);

  /// A refusal is told for this long: what was refused is tried again within a minute or two.
  private static final Duration REFUSAL_TOLD = Duration.ofMinutes(2);

  private final Path folder;
  private final Tsdb tsdb;
  private final Store store;
  private final ObservationGaps blindness;
  private final TimeContinuity continuity;
  private final ClockMark mark;
  private final DamagedData damages;
  private final LoopRegistry loops;
  private final MemoryBounds budgets;
  private volatile List<PushPeer> peers = List.of();

  SelfStatus(
      Path folder,
      Tsdb tsdb,
      Store store,
      ObservationGaps blindness,
      TimeContinuity continuity,
      ClockMark mark,
      DamagedData damages,
      LoopRegistry loops,
      MemoryBounds budgets,
      MeterRegistry registry) {
    this.folder = folder;
    this.tsdb = tsdb;
    this.store = store;
    this.blindness = blindness;
    this.continuity = continuity;
    this.mark = mark;
    this.damages = damages;
    this.loops = loops;
    this.budgets = budgets;
    gauge(registry, "pharos_disk_free_bytes", "Room for the data.", SelfStatus::freeBytes);
    gauge(
        registry,
        "pharos_tsdb_unlogged",
        "1 while samples are kept in memory only, because the log can't be written.",
        it -> it.tsdb.logOutage().isPresent() ? 1 : 0);
    gauge(
        registry,
        "pharos_heap_after_collection_ratio",
        "The share of the heap that the last collection left in use.",
        it -> heapAfterCollection().orElse(Double.NaN));
    for (FailureOrigin.Kind kind : FailureOrigin.Kind.values()) {
      Gauge.builder("pharos_unseen_sources", this, it -> it.unseen(kind))
          .tag("reason", kind.label())
          .description("Targets and probes of which nothing is known for reasons of Pharos' own.")
          .register(registry);
    }
  }

  /// Looks from now on whether these answer.
  void watch(List<PushPeer> others) {
    peers = List.copyOf(others);
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToDoubleFunction<SelfStatus> value) {
    Gauge.builder(name, this, value).description(description).register(registry);
  }

  private double unseen(FailureOrigin.Kind kind) {
    return blindness.gaps().stream().filter(spot -> spot.fault().kind() == kind).count();
  }

  private double freeBytes() {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException _) {
      return Double.NaN;
    }
  }

  /// The pool of objects that live long: what the last collection could not free, by its size.
  private static OptionalDouble heapAfterCollection() {
    long used = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage after = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
      if (after != null) {
        used += after.getUsed();
      }
    }
    long max = Runtime.getRuntime().maxMemory();
    return used == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) used / max);
  }

  /* What is wrong may be what keeps from looking: each part is looked at by itself. */
  @Override
  public List<Trouble> at(Instant now) {
    mark.write(continuity.latest());
    var troubles = new ArrayList<Trouble>();
    List<Consumer<List<Trouble>>> looks =
        List.of(
            found -> storage(found, now),
            this::unseen,
            this::loops,
            found -> means(found, now),
            found -> limits(found, now),
            found -> damage(found, now),
            this::peers);
    for (Consumer<List<Trouble>> look : looks) {
      try {
        look.accept(troubles);
      } catch (RuntimeException | Error e) {
        troubles.add(
            new Trouble(Trouble.Kind.MEANS, "Pharos can't look at itself: " + e.getMessage(), now));
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
                        "samples are kept in memory only: " + cause(outage.reason()),
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
                        "%s %s stands still".formatted(loop.name(), loop.member()).strip(),
                        loop.lastRun())));
  }

  /// What was refused of what is watched: alerts may be missed by it. What clients were refused
  /// they know themselves.
  private void limits(List<Trouble> troubles, Instant now) {
    for (MemoryBounds.State state : budgets.states()) {
      boolean watched =
          switch (state.budget()) {
            case SERIES, TARGETS, ALERTS, PAGE, PAGES -> true;
            case BODY,
                BODIES,
                WORK,
                LISTS,
                ANSWER,
                ANSWERS,
                QUERY,
                QUERIES,
                SILENCES,
                WINDOWS,
                OUT_OF_ORDER ->
                false;
          };
      Instant at = state.lastAt();
      if (watched && at != null && at.plus(REFUSAL_TOLD).isAfter(now)) {
        troubles.add(new Trouble(Trouble.Kind.MEANS, String.valueOf(state.last()), at));
      }
    }
  }

  private void damage(List<Trouble> troubles, Instant now) {
    damages.found().stream()
        .filter(damage -> damage.at().plus(DAMAGE_TOLD).isAfter(now))
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
                    + " can't be asked for the reports of push probes that come there: one that is"
                    + " missing is unknown",
                peer.known()));
      }
    }
  }

  private static String cause(String reason) {
    return reason.substring(reason.lastIndexOf(": ") + 1).strip();
  }

  private void unseen(List<Trouble> troubles) {
    Map<FailureOrigin.Kind, List<ObservationGaps.Gap>> byKind =
        new EnumMap<>(FailureOrigin.Kind.class);
    for (ObservationGaps.Gap spot : blindness.gaps()) {
      byKind.computeIfAbsent(spot.fault().kind(), _ -> new ArrayList<>()).add(spot);
    }
    byKind.remove(FailureOrigin.Kind.PAUSE); // over when it is noticed
    List<ObservationGaps.Gap> clock = byKind.remove(FailureOrigin.Kind.CLOCK);
    if (clock != null) {
      // All are unseen, whichever were asked since.
      troubles.add(
          new Trouble(
              Trouble.Kind.SIGHT,
              "nothing is seen: " + FailureOrigin.Kind.CLOCK.text(),
              clock.getFirst().since()));
    }
    byKind.forEach(
        (kind, spots) -> {
          ObservationGaps.Gap first = spots.getFirst();
          String which =
              spots.size() == 1
                  ? name(first) + " is"
                  : "%d targets and probes are".formatted(spots.size());
          troubles.add(
              new Trouble(
                  kind == FailureOrigin.Kind.CREDENTIALS
                      ? Trouble.Kind.CREDENTIALS
                      : Trouble.Kind.SIGHT,
                  which + " not seen: " + kind.text(),
                  first.since()));
        });
  }

  private static String name(ObservationGaps.Gap spot) {
    String job = spot.labels().get("job");
    String instance = spot.labels().get("instance");
    return job.isEmpty() && instance.isEmpty() ? "a target" : (job + " " + instance).strip();
  }

  private static void means(List<Trouble> troubles, Instant now) {
    Descriptors.now()
        .filter(it -> it.open() > DESCRIPTORS_FULL * it.most())
        .ifPresent(
            it ->
                troubles.add(
                    new Trouble(
                        Trouble.Kind.MEANS,
                        "nearly all of %d file descriptors are in use".formatted(it.most()),
                        now)));
    if (heapAfterCollection().orElse(0) > HEAP_FULL) {
      troubles.add(new Trouble(Trouble.Kind.MEANS, "the heap is nearly full", now));
    }
  }
}
