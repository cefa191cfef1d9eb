package io.pharos.simulation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.simulation.disk.SimulatedDisk;
import io.pharos.state.log.NotifierLog;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.Queryable;
import io.pharos.trouble.DamagedData;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import io.pharos.tsdb.wal.SyncTimer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The samples and the state of the notifier of one Pharos, on a simulated disk. They survive its
/// restarts.
final class SimulatedStores {
  private static final int MAX_SERIES = 500;
  private static final int RAISED_MAX_SERIES = 5_000;

  private final SimulatedDisk disk;
  private final VirtualTime time;
  private final List<SyncTimer> timers = new ArrayList<>();
  private final long maxUnlogged;
  private int maxSeries = MAX_SERIES;
  private Path root;
  private @Nullable Tsdb samples;
  private @Nullable NotifierLog notifier;
  private Duration awayAfterCrash = Duration.ofSeconds(5);
  private int eachWithoutHeap;
  private int batches;

  SimulatedStores(long seed, VirtualTime time) {
    this.disk = new SimulatedDisk(seed);
    this.time = time;
    this.maxUnlogged = seed % 2 == 0 ? 0 : 500;
    this.root = disk.mount();
  }

  /// Opens the stores for a new process.
  void open() throws IOException {
    root = disk.mount();
    samples =
        Tsdb.open(
            root.resolve("tsdb"),
            TsdbOptions.defaults()
                .with(
                    draft -> {
                      draft.maxSeries = maxSeries;
                      draft.maxUnloggedSamples = maxUnlogged;
                      draft.maxSampleAge = Duration.ofMinutes(5);
                      draft.walSegmentBytes = 64 << 10;
                      draft.headPartBytes = 1;
                    }),
            time,
            new SimpleMeterRegistry(),
            syncTimer());
    var registry = new SimpleMeterRegistry();
    notifier =
        NotifierLog.open(
            root.resolve("notifier"),
            new DamagedData(time, registry),
            new LoopRegistry(time, () -> time.instant().toEpochMilli() * 1_000_000, registry));
  }

  private SyncTimer syncTimer() {
    var timer =
        new SyncTimer() {
          private boolean closed;

          @Override
          public void later(Runnable sync) {
            var _ =
                time.schedule(
                    Duration.ofSeconds(1),
                    () -> {
                      if (!closed) {
                        sync.run();
                      }
                    });
          }

          @Override
          public void close() {
            closed = true;
          }
        };
    timers.add(timer);
    return timer;
  }

  Queryable queryable() {
    return samples;
  }

  /// Returns where scrapes and rules store their samples.
  Appendable appendable() {
    Tsdb store = samples;
    return () -> {
      if (eachWithoutHeap > 0 && ++batches % eachWithoutHeap == 0) {
        throw new OutOfMemoryError("Java heap space");
      }
      return store.appender();
    };
  }

  /// Time of the newest stored sample.
  Optional<Instant> newest() {
    long newest = samples.newestMillis();
    return newest == Long.MIN_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(newest));
  }

  NotifierService.Stores notifier() {
    return new NotifierService.Stores(notifier.alerts(), notifier.silences(), notifier.outbox());
  }

  /// Writes blocks.
  void compact() {
    try {
      var _ = samples.compactTick(time.instant());
    } catch (RuntimeException _) {
      // The next run continues.
    }
  }

  /// Returns whether the process has ended.
  boolean isDown() {
    return disk.isDown();
  }

  Duration awayAfterCrash() {
    return awayAfterCrash;
  }

  /// Kills the process.
  void end() {
    disk.crash(SimulatedDisk.End.KILL);
    timers.forEach(SyncTimer::close);
    timers.clear();
    if (notifier != null) {
      notifier.close();
      notifier = null;
    }
    batches = 0;
  }

  /// Causes a fault.
  void strike(StoreFault fault) {
    Duration length = fault.end().minus(fault.at());
    switch (fault) {
      case StoreFault.FailingCalls(_, _, SimulatedDisk.Call call, int each) -> {
        disk.fail(call, each);
        var _ = time.schedule(length, disk::heal);
      }
      case StoreFault.Crash(_, int call, SimulatedDisk.End by, Duration away) -> {
        awayAfterCrash = away;
        disk.crashAt(call, by);
        Path process = root;
        var _ =
            time.schedule(
                StoreFault.Crash.LATEST,
                () -> {
                  if (root.equals(process)) {
                    disk.crash(by);
                  }
                });
      }
      case StoreFault.FullDisk(_, _, int left) -> {
        disk.leave(left);
        var _ = time.schedule(length, disk::free);
      }
      case StoreFault.FullMemory _ -> {
        flood();
        var _ =
            time.schedule(
                length,
                () -> {
                  maxSeries = RAISED_MAX_SERIES;
                  awayAfterCrash = Duration.ofSeconds(2);
                  disk.crash(SimulatedDisk.End.KILL);
                });
      }
      case StoreFault.NoHeap(_, _, int each) -> {
        eachWithoutHeap = each;
        var _ = time.schedule(length, () -> eachWithoutHeap = 0);
      }
    }
  }

  private void flood() {
    try (Appender appender = samples.appender()) {
      for (int i = 0; i < MAX_SERIES; i++) {
        var _ =
            appender.append(
                Labels.of("__name__", "flood", "number", "" + i), time.instant().toEpochMilli(), i);
      }
      appender.commit();
    } catch (RuntimeException _) {
      // The disk rejects it.
    }
  }
}
