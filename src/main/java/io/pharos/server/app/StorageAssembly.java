package io.pharos.server.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.limits.heap.HeapUse;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.work.WorkPool;
import io.pharos.model.PlainReason;
import io.pharos.promql.engine.query.Feature;
import io.pharos.rules.gap.EarlierGaps;
import io.pharos.server.app.health.ClockMark;
import io.pharos.state.Store;
import io.pharos.state.jdbc.Replica;
import io.pharos.trouble.DamagedData;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Opens the data that remains after a restart: the database, the samples and the clock mark.
final class StorageAssembly {
  /// Two threads, so that one remote write is parsed while another is committed. Up to 1,000
  /// requests may wait for the threads; the memory bound of request bodies allows fewer.
  private static final WorkPool.Size WRITES = new WorkPool.Size(2, 1_000);

  final DamagedData damages;
  final Store store;
  final Tsdb tsdb;
  final ClockMark mark;

  /// When an earlier process last used this data; empty if unknown.
  final Optional<Instant> lastAlive;

  /// The threads that parse and store pushed samples.
  final WorkPool writes;

  StorageAssembly(Foundation base, PrometheusConfig config) {
    Foundation.ShutdownStack closing = base.closing();
    damages = new DamagedData(base.clock(), base.registry());
    var replica = new Replica(base.options().replicaName(), UUID.randomUUID().toString());
    store =
        closing.add(
            Store.open(
                base.options().store().config(), Optional.of(replica), damages, base.loops()));
    tsdb = closing.add(openTsdb(base));
    tsdb.exemplars().limit(config.storage().maxExemplars());
    mark = closing.add(ClockMark.open(base.options().storagePath()));
    lastAlive = mark.read();
    mark.readSteps().forEach(base.gaps()::add);
    // The clock counts as set back only if it is before the mark and before the newest sample.
    var newest = Instant.ofEpochMilli(tsdb.newestMillis());
    lastAlive
        .map(alive -> alive.isBefore(newest) ? alive : newest)
        .ifPresent(base.continuity()::resume);
    base.continuity()
        .begin(tsdb.newestMillis() == Long.MIN_VALUE ? Optional.empty() : Optional.of(newest));
    EarlierGaps.find(tsdb, base.clock().instant(), config.scrapeIntervals())
        .forEach(base.gaps()::add);
    base.gaps().setHistory(EarlierGaps.history(tsdb));
    writes = closing.add(new WorkPool("writes", WRITES, base.registry()));
    base.budgets().watch(MemoryBound.SERIES, () -> tsdb.seriesCount());
    base.budgets().watch(MemoryBound.OUT_OF_ORDER, () -> tsdb.outOfOrderBytes());
  }

  private static Tsdb openTsdb(Foundation base) {
    try {
      Optional<EarlyStore> early = Launch.takeStore();
      return early.isPresent()
          ? early.get().await(base.registry())
          : EarlyStore.open(base.options(), base.clock(), base.registry());
    } catch (Tsdb.InUseException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the folder %s can't be used: %s"
              .formatted(base.options().storagePath(), PlainReason.of(e)),
          e);
    }
  }

  /// Applies the limits in a configuration that was read again.
  void reload(PrometheusConfig config) {
    tsdb.exemplars().limit(config.storage().maxExemplars());
    tsdb.outOfOrderWindow(config.storage().outOfOrderWindow());
  }

  /// Opens the store of samples on a separate thread as soon as the process starts. So the store
  /// reads its log while the configuration files are read and the service is built. [#await] waits
  /// for the store, and throws the error if it can't be opened.
  ///
  /// If a configuration file is invalid, the process exits without closing the store. This does no
  /// harm, because the store also survives a kill of the process.
  static final class EarlyStore {
    /// Divisor of the heap's size in bytes, for the maximum number of unlogged samples. An unlogged
    /// sample takes two bytes, so all of them take at most 1/16 of the heap.
    private static final long UNLOGGED_DIVISOR = 32;

    private final CompositeMeterRegistry meters = new CompositeMeterRegistry();
    private final SimpleMeterRegistry initialRegistry = new SimpleMeterRegistry();
    private final FutureTask<Tsdb> opening;

    private EarlyStore(ServeOptions options) {
      meters.add(initialRegistry);
      opening = new FutureTask<>(() -> open(options, InstantSource.system(), meters));
    }

    /// Starts to open the store in the folder that the options name.
    static EarlyStore begin(ServeOptions options) {
      var store = new EarlyStore(options);
      Thread.ofPlatform().daemon().name("tsdb-open").start(store.opening);
      return store;
    }

    /// Waits until the store is open and returns it.
    ///
    /// @param registry receives the store's meters
    /// @throws IOException if the store can't be opened
    Tsdb await(MeterRegistry registry) throws IOException {
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

    /// Moves the meters and their counts to another registry. No meter may be incremented
    /// meanwhile.
    private void moveMeters(MeterRegistry other) {
      meters.add(other);
      for (Meter meter : initialRegistry.getMeters()) {
        if (meter instanceof Counter counter && counter.count() > 0) {
          Meter.Id id = counter.getId();
          Counter.builder(id.getName())
              .tags(id.getTags())
              .description(id.getDescription())
              .register(other)
              .increment(counter.count());
        }
      }
      meters.remove(initialRegistry);
      initialRegistry.close();
    }

    /// Opens the store in the folder that the options name. The number of exemplars is not limited
    /// yet, because the limit is in a file that is read later.
    static Tsdb open(ServeOptions options, InstantSource clock, MeterRegistry registry)
        throws IOException {
      return Tsdb.open(
          options.storagePath().resolve("tsdb"),
          TsdbOptions.defaults()
              .with(
                  draft -> {
                    draft.retention = options.retention();
                    draft.keepStarts =
                        options.query().features().contains(Feature.START_TIMESTAMPS);
                    draft.maxExemplars = Integer.MAX_VALUE;
                    draft.maxSeries =
                        (int) Math.min(Integer.MAX_VALUE, options.limits().of(MemoryBound.SERIES));
                    draft.maxLateBytes = options.limits().of(MemoryBound.OUT_OF_ORDER);
                    draft.heapIsFull = HeapUse::isFull;
                    draft.maxUnloggedSamples = Runtime.getRuntime().maxMemory() / UNLOGGED_DIVISOR;
                  }),
          clock,
          registry);
    }
  }
}
