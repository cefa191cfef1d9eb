package io.pharos.server.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.promql.engine.query.Feature;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Opens the store of samples on a separate thread as soon as the process starts, so that its log
/// is read while configuration files are read and the service is built. [#take] waits for the store
/// and reports errors.
///
/// If a configuration file is invalid, the process exits without closing the store, which survives
/// that like a kill.
final class EarlyStore {
  /// A sample takes two bytes, so unlogged samples take at most a sixteenth of the heap.
  private static final long UNLOGGED_SHARE = 32;

  private final CompositeMeterRegistry meters = new CompositeMeterRegistry();
  private final SimpleMeterRegistry first = new SimpleMeterRegistry();
  private final FutureTask<Tsdb> opening;

  private EarlyStore(ServeOptions options) {
    meters.add(first);
    opening = new FutureTask<>(() -> open(options, InstantSource.system(), meters));
  }

  /// Starts to open the store that the options name.
  static EarlyStore begin(ServeOptions options) {
    var store = new EarlyStore(options);
    Thread.ofPlatform().daemon().name("tsdb-open").start(store.opening);
    return store;
  }

  /// Waits until the store is open.
  ///
  /// @param registry has the store's meters from now on
  /// @throws IOException if the store can't be opened
  Tsdb take(MeterRegistry registry) throws IOException {
    Tsdb store;
    try {
      store = opening.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException unchecked -> throw unchecked;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the samples were being read", e);
    }
    moveMeters(registry);
    return store;
  }

  /// Moves the meters with their counts to another registry. Nothing may count during that.
  private void moveMeters(MeterRegistry other) {
    meters.add(other);
    for (Meter meter : first.getMeters()) {
      if (meter instanceof Counter counter && counter.count() > 0) {
        Meter.Id id = counter.getId();
        Counter.builder(id.getName())
            .tags(id.getTags())
            .description(id.getDescription())
            .register(other)
            .increment(counter.count());
      }
    }
    meters.remove(first);
    first.close();
  }

  /// Opens the store that the options name, with no limit of exemplars: that is in a file which is
  /// read later.
  static Tsdb open(ServeOptions options, InstantSource clock, MeterRegistry registry)
      throws IOException {
    return Tsdb.open(
        options.storagePath().resolve("tsdb"),
        TsdbOptions.defaults()
            .with(
                draft -> {
                  draft.retention = options.retention();
                  draft.keepStarts = options.query().features().contains(Feature.START_TIMESTAMPS);
                  draft.maxExemplars = Integer.MAX_VALUE;
                  draft.maxSeries =
                      (int) Math.min(Integer.MAX_VALUE, options.limits().of(MemoryBound.SERIES));
                  draft.maxLateBytes = options.limits().of(MemoryBound.OUT_OF_ORDER);
                  draft.maxUnloggedSamples = Runtime.getRuntime().maxMemory() / UNLOGGED_SHARE;
                }),
        clock,
        registry);
  }
}
