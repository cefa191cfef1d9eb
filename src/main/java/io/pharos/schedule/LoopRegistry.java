package io.pharos.schedule;

import static java.util.Objects.requireNonNull;

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

/// All that runs again and again in this process, and when each last ran. Thread-safe.
///
/// Loops of one name (the targets of a job) share a series: that of the one which ran the longest
/// ago.
public final class LoopRegistry {
  /// A loop stands still when it did not run for this many of its intervals, and
  private static final int INTERVALS = 3;

  /// this much beside: what a pause of the machine or a slow disk may take.
  private static final Duration GRACE = Duration.ofSeconds(30);

  /// A loop that did not run when it should have.
  ///
  /// @param member which of those of its name; may be empty
  public record Standing(String name, String member, Instant lastRun, Duration interval) {
    public Standing {
      requireNonNull(name, "name is null");
      requireNonNull(member, "member is null");
      requireNonNull(lastRun, "lastRun is null");
      requireNonNull(interval, "interval is null");
    }
  }

  /// One loop.
  public final class Loop implements AutoCloseable {
    private final String name;
    private final String member;
    private final Duration interval;
    private volatile long lastRun;
    private volatile long lastRunNanos;

    private Loop(String name, String member, Duration interval) {
      this.name = name;
      this.member = member;
      this.interval = interval;
      this.lastRun = clock.millis();
      this.lastRunNanos = nanos.getAsLong();
    }

    /// Says that it runs; to be called in every turn, whatever comes of it.
    public void ran() {
      lastRun = clock.millis();
      lastRunNanos = nanos.getAsLong();
    }

    /// The loop ended because somebody wanted it to.
    @Override
    public void close() {
      remove(this);
    }

    private boolean stands(long nowNanos) {
      return nowNanos - lastRunNanos > interval.multipliedBy(INTERVALS).plus(GRACE).toNanos();
    }
  }

  private record Group(Set<Loop> members, List<Gauge> gauges) {}

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final MeterRegistry registry;
  private final Map<String, Group> groups = new ConcurrentHashMap<>();

  /// @param nanos a clock that never jumps; one that is set stops no loop
  public LoopRegistry(InstantSource clock, LongSupplier nanos, MeterRegistry registry) {
    this.clock = requireNonNull(clock, "clock is null");
    this.nanos = requireNonNull(nanos, "nanos is null");
    this.registry = requireNonNull(registry, "registry is null");
  }

  /// A loop that begins now.
  ///
  /// @param name the value of the label `loop`
  /// @param member which of those of the name; may be empty
  /// @param interval how often it runs
  public Loop begin(String name, String member, Duration interval) {
    var loop = new Loop(requireNonNull(name, "name is null"), member, interval);
    groups.compute(
        name,
        (_, known) -> {
          Group group = known == null ? register(name) : known;
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
                .description("When a loop last ran; of several, the one that ran the longest ago.")
                .register(registry),
            Gauge.builder(
                    "pharos_loop_interval_seconds", members, LoopRegistry::longestIntervalSeconds)
                .tag("loop", name)
                .description("How often a loop is to run.")
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

  /// The loops that did not run when they should have, the longest first.
  public List<Standing> standing() {
    long now = nanos.getAsLong();
    var standing = new ArrayList<Standing>();
    for (Group group : groups.values()) {
      for (Loop loop : group.members) {
        if (loop.stands(now)) {
          standing.add(
              new Standing(
                  loop.name, loop.member, Instant.ofEpochMilli(loop.lastRun), loop.interval));
        }
      }
    }
    standing.sort(Comparator.comparing(Standing::lastRun));
    return standing;
  }
}
