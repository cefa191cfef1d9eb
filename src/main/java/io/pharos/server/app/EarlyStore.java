package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.promql.engine.Feature;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The store of samples, opened on a thread of its own from the first moments of the process on:
/// its log is read back while the files of people are read and the service is put together, which
/// waits for it in [#take]. What goes wrong meanwhile is told there too.
///
/// Whether the process goes on is not known yet: a file may be wrong. It ends then as by a kill,
/// which the store bears.
final class EarlyStore {
  /// Two bytes a sample: a sixteenth of the heap holds what the disk does not take.
  private static final long UNLOGGED_SHARE = 32;

  private final EarlyMeters meters = new EarlyMeters();
  private final FutureTask<Tsdb> opening;

  private EarlyStore(ServeOptions options) {
    opening = new FutureTask<>(() -> open(options, InstantSource.system(), meters.registry()));
  }

  /// Begins to open the store that the options name.
  static EarlyStore begin(ServeOptions options) {
    var store = new EarlyStore(options);
    Thread.ofPlatform().daemon().name("tsdb-open").start(store.opening);
    return store;
  }

  /// The store, once it is open.
  ///
  /// @param registry where its meters stand from now on
  /// @throws IOException when it can't be opened
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
      throw new IOException("interrupted while the samples were read back", e);
    }
    meters.handOver(registry);
    return store;
  }

  /// Opens the store that the options name. What the files of people say about it is still to be
  /// told: how many exemplars are kept.
  static Tsdb open(ServeOptions options, InstantSource clock, MeterRegistry registry)
      throws IOException {
    return Tsdb.open(
        folder(options),
        TsdbOptions.defaults()
            .withRetention(options.retention())
            .withKeepStarts(options.query().features().contains(Feature.START_TIMESTAMPS))
            .withMaxExemplars(Integer.MAX_VALUE)
            .withMaxSeries(
                (int) Math.min(Integer.MAX_VALUE, options.limits().of(MemoryBound.SERIES)))
            .withMaxLateBytes(options.limits().of(MemoryBound.OUT_OF_ORDER))
            .withMaxUnloggedSamples(Runtime.getRuntime().maxMemory() / UNLOGGED_SHARE),
        clock,
        registry);
  }

  private static Path folder(ServeOptions options) {
    return options.storagePath().resolve("tsdb");
  }
}
