package io.pharos.server.app;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.work.WorkPool;
import io.pharos.server.app.health.ClockMark;
import io.pharos.state.Store;
import io.pharos.state.jdbc.Replica;
import io.pharos.trouble.DamagedData;
import io.pharos.tsdb.Tsdb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// Opens what outlives a restart: the facts, the samples and the mark of the clock.
final class StorageAssembly {
  /// One remote write commits while another is read; the memory bound of request bodies admits
  /// fewer than may wait here.
  private static final WorkPool.Size WRITES = new WorkPool.Size(2, 1_000);

  private final DamagedData damages;
  private final Store store;
  private final Tsdb tsdb;
  private final ClockMark mark;
  private final Optional<Instant> lastAlive;
  private final WorkPool writes;

  StorageAssembly(Foundation base, PrometheusConfig config) {
    ShutdownStack closing = base.closing();
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
    // A clock before the mark is wrong only if there are samples from after it.
    var newest = Instant.ofEpochMilli(tsdb.newestMillis());
    lastAlive
        .map(seen -> seen.isBefore(newest) ? seen : newest)
        .ifPresent(base.continuity()::resume);
    writes = closing.add(new WorkPool("writes", WRITES, base.registry()));
    base.budgets().watch(MemoryBound.SERIES, () -> tsdb.seriesCount());
    base.budgets().watch(MemoryBound.OUT_OF_ORDER, () -> tsdb.outOfOrderBytes());
  }

  private static Tsdb openTsdb(Foundation base) {
    try {
      Optional<EarlyStore> early = Launch.takeStore();
      return early.isPresent()
          ? early.get().take(base.registry())
          : EarlyStore.open(base.options(), base.clock(), base.registry());
    } catch (IOException e) {
      throw new UncheckedIOException("the samples can't be opened: " + e.getMessage(), e);
    }
  }

  /// Applies the limits of a configuration that was read again.
  void reload(PrometheusConfig config) {
    tsdb.exemplars().limit(config.storage().maxExemplars());
    tsdb.outOfOrderWindow(config.storage().outOfOrderWindow());
  }

  DamagedData damages() {
    return damages;
  }

  Store store() {
    return store;
  }

  Tsdb tsdb() {
    return tsdb;
  }

  ClockMark mark() {
    return mark;
  }

  /// When an earlier process last ran on this data; empty if unknown.
  Optional<Instant> lastAlive() {
    return lastAlive;
  }

  /// The threads that store pushed samples.
  WorkPool writes() {
    return writes;
  }
}
