package io.pharos.schedule;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// The recurring loops of this process, with the times of their last runs. Thread-safe.
///
/// Loops with the same name (such as the targets of a job) share one metric, which shows the loop
/// that has not run for the longest time.
public final class LoopRegistry {
  /* A loop has stalled if it has not run for this many intervals plus a grace period. The grace
   * period covers a pause of the machine or a slow disk. */
  private static final int MAX_INTERVALS = 3;
  private static final Duration GRACE = Duration.ofSeconds(30);

  /// A loop whose last run is too long ago.
  ///
  /// @param member distinguishes loops of the same name; may be empty
  public record Stalled(String name, String member, Instant lastRun, Duration interval) {}

  /// The loops of one name.
  ///
  /// @param count number of loops
  /// @param interval the longest interval
  /// @param lastRun the oldest last run
  /// @param took duration of the longest of the last runs; negative if it is not measured
  public record Seen(
      String name,
      int count,
      Duration interval,
      Instant lastRun,
      Duration took,
      boolean isStalled) {}

  /// One registered loop.
  public final class Loop implements AutoCloseable {
    private final String name;
    private final String member;
    private final Duration interval;
    private volatile long lastRun;
    private volatile long lastRunNanos;
    private volatile long tookNanos = -1;

    private Loop(String name, String member, Duration interval) {
      this.name = name;
      this.member = member;
      this.interval = interval;
      this.lastRun = clock.millis();
      this.lastRunNanos = nanos.getAsLong();
    }

    /// Records a run. Must be called for each run, even if the run fails.
    public void ran() {
      lastRun = clock.millis();
      lastRunNanos = nanos.getAsLong();
    }

    /// Records how long the last run took.
    void ended() {
      tookNanos = nanos.getAsLong() - lastRunNanos;
    }

    /// Removes the loop from the registry, because it ended as intended.
    @Override
    public void close() {
      remove(this);
    }

    private boolean isStalled(long nowNanos) {
      return nowNanos - lastRunNanos > interval.multipliedBy(MAX_INTERVALS).plus(GRACE).toNanos();
    }
  }

  private record Group(Set<Loop> members, List<Gauge> gauges) {}

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final MeterRegistry registry;
  private final Map<String, Group> groups = new ConcurrentHashMap<>();

  /// @param nanos a monotonic clock in nanoseconds, so that a changed wall clock makes no loop seem
  ///   stalled
  public LoopRegistry(InstantSource clock, LongSupplier nanos, MeterRegistry registry) {
    this.clock = clock;
    this.nanos = nanos;
    this.registry = registry;
  }

  /// Registers a loop that begins now.
  ///
  /// @param name value of the metric label `loop`
  /// @param member distinguishes loops of the same name; may be empty
  /// @param interval interval at which the loop runs
  public Loop begin(String name, String member, Duration interval) {
    var loop = new Loop(name, member, interval);
    groups.compute(
        name,
        (_, existing) -> {
          Group group = existing == null ? register(name) : existing;
          group.members.add(loop);
          return group;
        });
    return loop;
  }

  private Group register(String name) {
    Set<Loop> members = ConcurrentHashMap.newKeySet();
    return new Group(
        members,
        List.of(
            Gauge.builder(
                    "pharos_loop_last_run_timestamp_seconds",
                    members,
                    LoopRegistry::earliestRunSeconds)
                .tag("loop", name)
                .description(
                    "When a loop last ran; the oldest run if several loops share the name.")
                .register(registry),
            Gauge.builder(
                    "pharos_loop_interval_seconds", members, LoopRegistry::longestIntervalSeconds)
                .tag("loop", name)
                .description("The interval at which a loop should run.")
                .register(registry)));
  }

  private static double earliestRunSeconds(Set<Loop> members) {
    return members.stream().mapToLong(loop -> loop.lastRun).min().orElse(0) / 1000.0;
  }

  private static double longestIntervalSeconds(Set<Loop> members) {
    return members.stream().mapToLong(loop -> loop.interval.toMillis()).max().orElse(0) / 1000.0;
  }

  private void remove(Loop loop) {
    groups.computeIfPresent(
        loop.name,
        (_, group) -> {
          group.members.remove(loop);
          if (!group.members.isEmpty()) {
            return group;
          }
          group.gauges.forEach(registry::remove);
          return null;
        });
  }

  /// Returns all loops by name.
  public List<Seen> all() {
    long now = nanos.getAsLong();
    return groups.entrySet().stream()
        .map(
            group -> {
              Set<Loop> members = group.getValue().members;
              return new Seen(
                  group.getKey(),
                  members.size(),
                  Duration.ofMillis(Math.round(longestIntervalSeconds(members) * 1000)),
                  Instant.ofEpochMilli(Math.round(earliestRunSeconds(members) * 1000)),
                  Duration.ofNanos(members.stream().mapToLong(it -> it.tookNanos).max().orElse(-1)),
                  members.stream().anyMatch(loop -> loop.isStalled(now)));
            })
        .toList();
  }

  /// Returns the stalled loops, ordered by the times of their last runs.
  public List<Stalled> stalled() {
    long now = nanos.getAsLong();
    var stalled = new ArrayList<Stalled>();
    for (Group group : groups.values()) {
      for (Loop loop : group.members) {
        if (loop.isStalled(now)) {
          stalled.add(
              new Stalled(
                  loop.name, loop.member, Instant.ofEpochMilli(loop.lastRun), loop.interval));
        }
      }
    }
    stalled.sort(Comparator.comparing(Stalled::lastRun));
    return stalled;
  }
}
