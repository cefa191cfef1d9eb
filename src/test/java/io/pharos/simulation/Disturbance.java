package io.pharos.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// A fault of Pharos or its machine, at a time after the start of a run.
sealed interface Disturbance {
  /// Time between scrapes, and between evaluations.
  Duration INTERVAL = Duration.ofSeconds(15);

  /// Time from the start of the run.
  Duration at();

  /// Time from the start of the run from which Pharos works again.
  Duration end();

  /// Whether Pharos does not run meanwhile, so that nothing else can happen to it.
  default boolean isAbsence() {
    return this instanceof Restart || this instanceof Pause;
  }

  /// The process is killed and started again.
  record Restart(Duration at, Duration away) implements Disturbance {
    @Override
    public Duration end() {
      return at.plus(away);
    }
  }

  /// The process does not run, as after SIGSTOP.
  record Pause(Duration at, Duration length) implements Disturbance {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// Pharos can't open connections to one instance.
  record LostScrapes(Duration at, Duration length, int instance) implements Disturbance {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// The clock of the machine is set ahead, or back if `by` is negative.
  record ClockStep(Duration at, Duration by) implements Disturbance {
    @Override
    public Duration end() {
      return by.isNegative() ? at.minus(by) : at;
    }
  }

  /// Scrapes of one instance begin late.
  record LateScrapes(Duration at, Duration length, int instance, Duration late)
      implements Disturbance {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// The machine is slow: scrapes, evaluations and their messages take up to this time each.
  record SlowMachine(Duration at, Duration length, Duration most) implements Disturbance {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// The disk or the memory of the stores has a fault.
  record OfStores(StoreFault fault) implements Disturbance {
    @Override
    public Duration at() {
      return fault.at();
    }

    @Override
    public Duration end() {
      return fault.end();
    }

    @Override
    public boolean isAbsence() {
      return fault instanceof StoreFault.Crash;
    }
  }

  /// Returns whether the clock is never set. Only then the stores are on a disk.
  static boolean keepClock(List<Disturbance> disturbances) {
    return disturbances.stream().noneMatch(ClockStep.class::isInstance);
  }

  /// Returns how far the clock is ahead before and after each step, modulo the intervals: a step
  /// also moves the times of scrapes, so that they see another part of a short fault.
  static List<Duration> clocks(List<Disturbance> disturbances) {
    var clocks = new ArrayList<Duration>();
    Duration ahead = Duration.ZERO;
    clocks.add(ahead);
    for (Disturbance disturbance : disturbances) {
      if (disturbance instanceof ClockStep step) {
        ahead = ahead.plus(step.by());
        clocks.add(Duration.ofMillis(Math.floorMod(ahead.toMillis(), 15_000L)));
      }
    }
    return clocks;
  }

  /// Returns one to five disturbances, in the order of their time.
  static List<Disturbance> draw(long seed, Duration length) {
    var random = new Random(seed ^ 0x5DEECE66DL);
    var drawn = new ArrayList<Disturbance>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      var at = Duration.ofMillis((long) (random.nextDouble() * length.toMillis() * 0.8));
      drawn.add(
          switch (random.nextInt(8)) {
            case 0 -> new Restart(at, Duration.ofMillis(500 + random.nextInt(4_000)));
            case 1 -> new Restart(at, Duration.ofSeconds(10 + random.nextInt(900)));
            case 2 -> new Pause(at, Duration.ofSeconds(5 + random.nextInt(150)));
            case 3 -> new ClockStep(at, step(random));
            case 4 -> new ClockStep(at, step(random).negated());
            case 5 ->
                new LateScrapes(
                    at,
                    Duration.ofSeconds(20 + random.nextInt(300)),
                    random.nextInt(SimulatedBackend.INSTANCES.size()),
                    Duration.ofMillis(500 + random.nextInt(50_000)));
            case 6 ->
                new SlowMachine(
                    at,
                    Duration.ofSeconds(20 + random.nextInt(600)),
                    Duration.ofMillis(200 + random.nextInt(4_000)));
            default ->
                new LostScrapes(
                    at,
                    Duration.ofSeconds(20 + random.nextInt(300)),
                    random.nextInt(SimulatedBackend.INSTANCES.size()));
          });
    }
    if (random.nextInt(6) == 0) {
      drawn.add(killDuring(drawn.getFirst(), random));
    }
    List<StoreFault> faults = keepClock(drawn) ? StoreFault.draw(seed, length) : List.of();
    faults.forEach(fault -> drawn.add(new OfStores(fault)));
    drawn.sort(Comparator.comparing(Disturbance::at));
    if (!faults.isEmpty()) {
      removeOverlaps(drawn);
    }
    return drawn;
  }

  /* What is known of pending alerts when a process ends in the middle of its own trouble must not
   * be lost. */
  private static Disturbance killDuring(Disturbance other, Random random) {
    long length = other.end().minus(other.at()).plus(INTERVAL.multipliedBy(4)).toMillis();
    return new Restart(
        other.at().plusMillis((long) (random.nextDouble() * length)), Duration.ofSeconds(2));
  }

  private static void removeOverlaps(List<Disturbance> drawn) {
    Duration absent = Duration.ZERO;
    for (Disturbance disturbance : List.copyOf(drawn)) {
      if (disturbance.at().compareTo(absent) < 0) {
        drawn.remove(disturbance);
      } else if (disturbance.isAbsence()) {
        absent = disturbance.end();
      }
    }
  }

  /* From one second to two hours; short steps are as frequent as long ones. */
  private static Duration step(Random random) {
    return Duration.ofMillis((long) (1_000 * Math.pow(7_200, random.nextDouble())));
  }
}
