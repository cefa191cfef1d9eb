package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// All memory bounds of a process: their sizes, current use and refusals. Thread-safe.
public final class MemoryBounds {
  /// The sizes of the bounds.
  ///
  /// @param heapBytes maximum size of the heap, from which the defaults are computed
  /// @param set sizes that flags set
  public record Values(long heapBytes, Map<MemoryBound, Long> set) {
    static final long NO_CAP = Long.MAX_VALUE;

    /// Checks that all values are positive.
    public Values {
      if (heapBytes < 1) {
        throw new IllegalArgumentException("heapBytes is " + heapBytes + ", expected at least 1");
      }
      set = Map.copyOf(set);
      set.forEach(
          (bound, value) -> {
            if (value < 1) {
              throw new IllegalArgumentException(
                  bound.flag() + " is " + value + ", expected at least 1");
            }
          });
    }

    /// Returns the size of a bound, in bytes or objects.
    public long of(MemoryBound bound) {
      Long setByFlag = set.get(bound);
      return setByFlag == null ? bound.of(heapBytes) : setByFlag;
    }

    /// Returns where the size of a bound comes from: the flag that set it, or its share of the
    /// heap.
    public String origin(MemoryBound bound) {
      return set.containsKey(bound) ? "set by --" + bound.flag() : bound.origin();
    }
  }

  /// The current state of a bound.
  ///
  /// @param bound the bound
  /// @param size size of the bound, in bytes or objects
  /// @param origin where the size comes from
  /// @param used how much of the bound is in use; -1 if it applies to each object separately
  /// @param refused number of refusals since the start
  /// @param last text of the last refusal; null if there was none
  /// @param lastAt time of the last refusal; null if there was none
  public record State(
      MemoryBound bound,
      long size,
      String origin,
      long used,
      long refused,
      @Nullable String last,
      @Nullable Instant lastAt) {}

  private record Refusal(String text, Instant at) {}

  private final Values values;
  private final InstantSource clock;
  private final Map<MemoryBound, Counter> refused = new EnumMap<>(MemoryBound.class);
  private final Map<MemoryBound, Refusal> last = new ConcurrentHashMap<>();
  private final Map<MemoryBound, LongSupplier> used = new ConcurrentHashMap<>();
  private final Map<MemoryBound, MemoryPool> pools;

  public MemoryBounds(Values values, InstantSource clock, MeterRegistry registry) {
    this.values = values;
    this.clock = clock;
    Map<MemoryBound, MemoryPool> created = new EnumMap<>(MemoryBound.class);
    for (MemoryBound bound : List.of(MemoryBound.BODIES, MemoryBound.WORK, MemoryBound.LISTS)) {
      created.put(bound, new MemoryPool(this, bound, bound));
    }
    created.put(MemoryBound.ANSWERS, new MemoryPool(this, MemoryBound.ANSWER, MemoryBound.ANSWERS));
    created.put(MemoryBound.QUERIES, new MemoryPool(this, MemoryBound.QUERY, MemoryBound.QUERIES));
    created.put(MemoryBound.PAGES, new MemoryPool(this, MemoryBound.PAGE, MemoryBound.PAGES));
    pools = Collections.unmodifiableMap(created);
    pools.forEach((bound, pool) -> used.put(bound, pool::used));
    for (MemoryBound bound : MemoryBound.values()) {
      refused.put(
          bound,
          Counter.builder("pharos_limit_refusals")
              .description("Refusals because a memory bound was exceeded.")
              .tag("limit", bound.label())
              .register(registry));
      Gauge.builder("pharos_limit", values, it -> it.of(bound))
          .description("The memory bounds, in bytes or objects.")
          .tag("limit", bound.label())
          .strongReference(true)
          .register(registry);
      Gauge.builder("pharos_limit_used", this, it -> usedOrNone(it.used(bound)))
          .description("Current use of a memory bound; NaN if it bounds each object separately.")
          .tag("limit", bound.label())
          .strongReference(true)
          .register(registry);
    }
  }

  /// Returns bounds that are never reached, for tests and commands.
  public static MemoryBounds unbounded() {
    var set = new EnumMap<MemoryBound, Long>(MemoryBound.class);
    for (MemoryBound bound : MemoryBound.values()) {
      set.put(bound, (long) Integer.MAX_VALUE);
    }
    return new MemoryBounds(new Values(1, set), InstantSource.system(), new SimpleMeterRegistry());
  }

  private static double usedOrNone(long used) {
    return used < 0 ? Double.NaN : used;
  }

  /// Returns the size of a bound, in bytes or objects.
  public long of(MemoryBound bound) {
    return values.of(bound);
  }

  /// Returns the size of a bound that counts objects.
  public int count(MemoryBound bound) {
    return (int) Math.min(Integer.MAX_VALUE, of(bound));
  }

  /// Returns the pool that all reservations for a bound share.
  ///
  /// @param bound one of `BODIES`, `WORK`, `LISTS`, `ANSWERS`, `QUERIES`, `PAGES`
  public MemoryPool pool(MemoryBound bound) {
    return requireNonNull(pools.get(bound), () -> bound + " has no pool");
  }

  /// Sets the function that measures how much of a bound is in use.
  public void watch(MemoryBound bound, LongSupplier inUse) {
    used.put(bound, inUse);
  }

  private long used(MemoryBound bound) {
    LongSupplier supplier = used.get(bound);
    return supplier == null ? -1 : supplier.getAsLong();
  }

  /// Counts a refusal and returns the exception, which the caller throws.
  ///
  /// @param temporary whether a retry may succeed, because the memory is in use only temporarily
  /// @param wanted requested amount, or a lower bound of it
  public OverBudgetException over(MemoryBound bound, boolean temporary, long wanted) {
    String text =
        temporary
            ? "no room now: all %d %s are in use; try again later or raise --%s (%s)"
                .formatted(of(bound), bound.text(), bound.flag(), values.origin(bound))
            : "too large: %d or more, expected at most %d %s (--%s, %s)"
                .formatted(wanted, of(bound), bound.text(), bound.flag(), values.origin(bound));
    refuse(bound, text);
    return new OverBudgetException(bound, temporary, text);
  }

  /// Counts a refusal and stores its text.
  ///
  /// @param text message for people that says what was refused
  public void refuse(MemoryBound bound, String text) {
    requireNonNull(refused.get(bound)).increment();
    last.put(bound, new Refusal(text, clock.instant()));
  }

  /// Returns the current state of all bounds.
  public List<State> states() {
    var states = new ArrayList<State>();
    for (MemoryBound bound : MemoryBound.values()) {
      Refusal refusal = last.get(bound);
      states.add(
          new State(
              bound,
              of(bound),
              values.origin(bound),
              used(bound),
              (long) requireNonNull(refused.get(bound)).count(),
              refusal == null ? null : refusal.text(),
              refusal == null ? null : refusal.at()));
    }
    return states;
  }

  /// Returns a line for the log with the size of the heap and of all bounds.
  public String line() {
    var line =
        new StringBuilder("limits for a heap of ").append(values.heapBytes() >> 20).append(" MiB:");
    for (MemoryBound bound : MemoryBound.values()) {
      line.append(' ').append(bound.flag()).append('=').append(of(bound));
    }
    return line.toString();
  }
}
