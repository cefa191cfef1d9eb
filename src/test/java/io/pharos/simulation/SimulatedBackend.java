package io.pharos.simulation;

import io.pharos.alerting.outbox.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Three instances of a backend with real faults. What they answer depends only on the seed and the
/// time, so that two processes that ask at the same time get the same page.
final class SimulatedBackend {
  static final List<String> INSTANCES = List.of("a:1", "b:1", "c:1");

  private static final double REQUESTS_PER_SECOND = 10;

  /// Earliest second of a new series: after the first scrapes of a first start. Before, nobody can
  /// know whether it is new.
  private static final long FIRST_FEATURE = 60;

  private enum Kind {
    DOWN,
    ERRORS,
    SLOW,
    NO_TRAFFIC,
    RESTART
  }

  private record Fault(Kind kind, int instance, long from, long to) {
    boolean holds(int asked, long second) {
      return instance == asked && second >= from && second < to;
    }
  }

  private final List<Fault> faults = new ArrayList<>();
  private final List<Disturbance> hidden = new ArrayList<>();
  private final long featureSince;

  /// @param length time of the run; faults begin within it
  SimulatedBackend(long seed, Duration length) {
    var random = new Random(seed);
    for (int i = random.nextInt(5); i > 0; i--) {
      long from = (long) (random.nextDouble() * length.toSeconds());
      long lasts = 30 + (long) (Math.pow(random.nextDouble(), 2) * 1200);
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      faults.add(new Fault(kind, random.nextInt(INSTANCES.size()), from, from + lasts));
    }
    featureSince =
        random.nextInt(3) == 0
            ? FIRST_FEATURE + (long) (random.nextDouble() * (length.toSeconds() - FIRST_FEATURE))
            : Long.MIN_VALUE;
  }

  /// Returns this backend without its failures to answer during absences of Pharos and while the
  /// clock catches up: nobody saw them.
  static SimulatedBackend withoutUnseenFailures(
      long seed, Duration length, List<Disturbance> disturbances) {
    var backend = new SimulatedBackend(seed, length);
    disturbances.stream()
        .filter(it -> it.isAbsence() || it instanceof Disturbance.ClockStep)
        .forEach(backend.hidden::add);
    return backend;
  }

  private boolean isHidden(Duration since) {
    return hidden.stream()
        .anyMatch(it -> it.at().compareTo(since) <= 0 && it.end().compareTo(since) >= 0);
  }

  /// Returns the page of an instance; empty while it is down.
  Optional<String> page(String instance, Instant at) {
    int index = INSTANCES.indexOf(instance);
    Duration since = Duration.between(VirtualTime.START, at);
    long second = since.toSeconds();
    if (during(Kind.DOWN, index, second) && !isHidden(since)) {
      return Optional.empty();
    }
    long started = started(index, second);
    double requests = 0;
    double errors = 0;
    // Whole seconds are enough: two pages differ only by what happened in between.
    long quiet = passed(Kind.NO_TRAFFIC, index, started, second);
    long broken = passed(Kind.ERRORS, index, started, second);
    long served = second - started - quiet;
    requests += served * REQUESTS_PER_SECOND;
    errors += served * 0.02 + broken * 3.0;
    double latency = during(Kind.SLOW, index, second) ? 2 : 0.1;
    long start = VirtualTime.START.getEpochSecond();
    // Not formatted: that would take a fiftieth of the run.
    return Optional.of(
        ("requests_total " + requests)
            + ("\nerrors_total " + errors)
            + ("\nlatency_seconds " + latency)
            + ("\nprocess_start_time_seconds " + (start + started))
            + ("\nbackup_timestamp_seconds " + (start + Math.floorDiv(second, 600) * 600))
            + (second >= featureSince ? "\nfeature_info 1\n" : "\n"));
  }

  private boolean during(Kind kind, int instance, long second) {
    return faults.stream().anyMatch(fault -> fault.kind == kind && fault.holds(instance, second));
  }

  private long passed(Kind kind, int instance, long from, long to) {
    return faults.stream()
        .filter(fault -> fault.kind == kind && fault.instance == instance)
        .mapToLong(fault -> Math.max(0, Math.min(to, fault.to) - Math.max(from, fault.from)))
        .sum();
  }

  /* Counters begin anew when the process does. */
  private long started(int instance, long second) {
    return faults.stream()
        .filter(fault -> fault.kind == Kind.RESTART && fault.instance == instance)
        .filter(fault -> fault.from <= second)
        .mapToLong(Fault::from)
        .max()
        .orElse(-100_000L * (instance + 1));
  }

  @Override
  public String toString() {
    return faults + " feature " + featureSince;
  }
}
