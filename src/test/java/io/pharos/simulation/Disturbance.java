package io.pharos.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// A fault of Pharos or its machine, at a time after the start of a run.
sealed interface Disturbance {
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

  /// Returns one to five disturbances, in the order of their time.
  static List<Disturbance> draw(long seed, Duration length) {
    var random = new Random(seed ^ 0x5DEECE66DL);
    var drawn = new ArrayList<Disturbance>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      var at = Duration.ofMillis((long) (random.nextDouble() * length.toMillis() * 0.8));
      drawn.add(
          switch (random.nextInt(4)) {
            case 0 -> new Restart(at, Duration.ofMillis(500 + random.nextInt(4_000)));
            case 1 -> new Restart(at, Duration.ofSeconds(10 + random.nextInt(900)));
            case 2 -> new Pause(at, Duration.ofSeconds(5 + random.nextInt(150)));
            default ->
                new LostScrapes(
                    at,
                    Duration.ofSeconds(20 + random.nextInt(300)),
                    random.nextInt(SimulatedBackend.INSTANCES.size()));
          });
    }
    StoreFault.draw(seed, length).forEach(fault -> drawn.add(new OfStores(fault)));
    drawn.sort(Comparator.comparing(Disturbance::at));
    var absence = new Duration[] {Duration.ZERO};
    drawn.removeIf(
        it -> {
          boolean during = it.at().compareTo(absence[0]) < 0;
          if (!during && it.isAbsence()) {
            absence[0] = it.end();
          }
          return during;
        });
    return drawn;
  }
}
