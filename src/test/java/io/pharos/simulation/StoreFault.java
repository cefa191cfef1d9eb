package io.pharos.simulation;

import io.pharos.simulation.disk.SimulatedDisk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A fault of the disk or the memory that Pharos' stores use.
sealed interface StoreFault {
  /// Time from the start of the run.
  Duration at();

  /// Time from the start of the run from which the stores work again.
  Duration end();

  /// Each n-th call of a kind fails.
  record FailingCalls(Duration at, Duration length, SimulatedDisk.Call call, int each)
      implements StoreFault {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// The process is killed, or the power is lost, in the middle of the n-th call, but at the latest
  /// after [#LATEST].
  record Crash(Duration at, int call, SimulatedDisk.End by, Duration away) implements StoreFault {
    static final Duration LATEST = Duration.ofSeconds(60);

    @Override
    public Duration end() {
      return at.plus(LATEST).plus(away);
    }
  }

  /// The disk has only a few bytes left.
  record FullDisk(Duration at, Duration length, int left) implements StoreFault {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// Another source takes all series that the store may have in memory, until Pharos is restarted
  /// with a higher limit.
  record FullMemory(Duration at, Duration length) implements StoreFault {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// The heap is exhausted: each n-th batch of samples finds no memory.
  record NoHeap(Duration at, Duration length, int each) implements StoreFault {
    @Override
    public Duration end() {
      return at.plus(length);
    }
  }

  /// Returns faults for about half of the seeds, in the order of their time.
  static List<StoreFault> draw(long seed, Duration length) {
    var random = new Random(seed ^ 0x2545F4914F6CDD1DL);
    var drawn = new ArrayList<StoreFault>();
    for (int i = Math.max(0, random.nextInt(5) - 2); i > 0; i--) {
      var at = Duration.ofMillis((long) (random.nextDouble() * length.toMillis() * 0.8));
      Duration lasts = Duration.ofSeconds(5 + (long) (1200 * Math.pow(random.nextDouble(), 2)));
      drawn.add(
          switch (random.nextInt(7)) {
            case 0, 1 ->
                new FailingCalls(
                    at,
                    lasts,
                    SimulatedDisk.Call.values()[random.nextInt(SimulatedDisk.Call.values().length)],
                    1 + random.nextInt(4));
            case 2, 3 ->
                new Crash(
                    at,
                    1 + random.nextInt(30),
                    SimulatedDisk.End.values()[random.nextInt(2)],
                    Duration.ofSeconds(1 + random.nextInt(300)));
            case 4 -> new FullDisk(at, lasts, random.nextInt(20_000));
            case 5 -> new FullMemory(at, lasts);
            default -> new NoHeap(at, lasts, 1 + random.nextInt(4));
          });
    }
    return drawn;
  }
}
