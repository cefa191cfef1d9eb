package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.outbox.ShardOwnership;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Maintains this replica's share of the shards: renews its leases, acquires free shards, and
/// releases surplus shards.
///
/// Only one thread at a time may call [#tick]. Any thread may call the other methods.
public final class ShardKeeper implements ShardOwnership {
  /* A replica that cannot reach the database keeps its shards, because no other replica can
   * acquire them while the database is unavailable. But if only this replica is cut off, another
   * replica acquires its shards when the leases end, and sends the stored deliveries. So once the
   * leases may have ended, this replica sends no stored delivery. */
  private static final Logger LOG = LoggerFactory.getLogger(ShardKeeper.class);

  /// Duration of a lease: after a replica was killed, its groups wait for this long.
  public static final Duration LEASE = Duration.ofSeconds(10);

  /// Interval of calls to [#tick].
  public static final Duration INTERVAL = Duration.ofSeconds(2);

  private static final Duration MARGIN = Duration.ofSeconds(1);

  /// Performs the work of a shard.
  interface Worker {
    /// Loads the state of shards before this replica owns them.
    void prepare(Set<Integer> shards);

    /// Starts the work on shards that this replica owns from now on.
    void gain(Set<Integer> shards);

    /// Stops the work on shards at once: nothing more is decided or sent for them.
    void lose(Set<Integer> shards);

    /// Whether no attempt to send is in progress for a shard and all finished attempts are
    /// recorded.
    boolean isQuiet(int shard);
  }

  private final LeaseStore store;
  private final LongSupplier nanos;
  private final Counter lost;
  private final Map<Integer, Long> owned = new ConcurrentHashMap<>(); // with fencing tokens
  private final Set<Integer> leaving = new HashSet<>(); // no longer owned, but not yet released
  private volatile long certainUntil; // until then no lease can have ended
  private volatile boolean reachable = true;

  /// @param nanos a monotonic clock in nanoseconds
  public ShardKeeper(LeaseStore store, LongSupplier nanos, MeterRegistry registry) {
    this.store = store;
    this.nanos = nanos;
    this.certainUntil = nanos.getAsLong();
    Gauge.builder("pharos_shards_owned", owned, Map::size)
        .description("Shards of groups that this replica owns.")
        .register(registry);
    lost =
        Counter.builder("pharos_shards_lost")
            .description("Shards that another replica took because their lease had ended.")
            .register(registry);
  }

  @Override
  public boolean owns(int shard) {
    return owned.containsKey(shard);
  }

  @Override
  public boolean isCertain(int shard) {
    return owned.containsKey(shard) && nanos.getAsLong() - certainUntil < 0;
  }

  /// Renews the leases, and acquires or releases shards until this replica has its fair share.
  /// Throws nothing: the next call retries a step that failed.
  void tick(Worker worker) {
    long begin = nanos.getAsLong();
    try {
      LeaseStore.Renewed renewed = store.renew(LEASE);
      certainUntil = begin + LEASE.minus(MARGIN).toNanos();
      if (!reachable) {
        LOG.info("The leases on shards can be renewed again");
        reachable = true;
      }
      dropLost(renewed.held(), worker);
      releaseQuiet(worker);
      int share = Math.ceilDiv(SHARDS, Math.max(1, renewed.replicas()));
      if (owned.size() > share) {
        releaseSurplus(owned.size() - share, worker);
      } else if (owned.size() + leaving.size() < share) {
        acquireShards(share - owned.size() - leaving.size(), worker);
      }
    } catch (RuntimeException e) {
      if (reachable) {
        LOG.error("The leases on shards cannot be renewed; retrying. Check the database", e);
        reachable = false;
      }
    }
  }

  private void dropLost(Map<Integer, Long> held, Worker worker) {
    var lostShards = new TreeSet<Integer>();
    owned.forEach(
        (shard, token) -> {
          if (!token.equals(held.get(shard))) {
            lostShards.add(shard);
          }
        });
    leaving.retainAll(held.keySet());
    if (!lostShards.isEmpty()) {
      LOG.warn("Another replica has taken over the shards {}", lostShards);
      lost.increment(lostShards.size());
      lostShards.forEach(owned::remove);
      worker.lose(lostShards);
    }
    var unknown = new HashSet<>(held.keySet());
    unknown.removeAll(owned.keySet());
    unknown.removeAll(leaving);
    leaving.addAll(unknown); // a call acquired these shards, but its answer was lost
  }

  private void releaseSurplus(int count, Worker worker) {
    Set<Integer> surplus =
        new HashSet<>(owned.keySet().stream().sorted().skip(owned.size() - (long) count).toList());
    surplus.forEach(owned::remove);
    worker.lose(surplus);
    leaving.addAll(surplus);
    releaseQuiet(worker);
  }

  /// Releases the leaving shards for which nothing is being sent and all attempts are recorded.
  private void releaseQuiet(Worker worker) {
    List<Integer> quiet = leaving.stream().filter(worker::isQuiet).toList();
    if (!quiet.isEmpty()) {
      store.release(Set.copyOf(quiet));
      quiet.forEach(leaving::remove);
    }
  }

  private void acquireShards(int count, Worker worker) {
    Map<Integer, Long> acquired = store.acquire(count, LEASE);
    if (!acquired.isEmpty()) {
      LOG.info("This replica now owns {} more of {} shards", acquired.size(), SHARDS);
      try {
        worker.prepare(acquired.keySet());
        owned.putAll(acquired);
        worker.gain(acquired.keySet());
      } catch (RuntimeException e) {
        acquired.keySet().forEach(owned::remove);
        worker.lose(acquired.keySet());
        leaving.addAll(acquired.keySet());
        throw e;
      }
    }
  }

  /// Releases all shards.
  void leave() {
    owned.clear();
    try {
      store.leave();
    } catch (RuntimeException e) {
      LOG.warn("The leases on shards cannot be released; they end after their timeout", e);
    }
  }

  /// Acquires and renews leases on shards for one replica. The store's clock decides when a lease
  /// ends, so the replicas' clocks may differ. Methods throw unchecked exceptions on failure.
  public interface LeaseStore {
    /// Reports that this replica is alive, and renews its leases.
    ///
    /// @param length time from now to the end of the leases
    Renewed renew(Duration length);

    /// Result of a renewal.
    ///
    /// @param replicas number of live replicas, including this one
    /// @param held the shards of this replica with their fencing tokens
    record Renewed(int replicas, Map<Integer, Long> held) {
      public Renewed {
        held = Map.copyOf(held);
      }
    }

    /// Acquires shards that are free or whose lease has ended. Each acquired shard gets a fencing
    /// token that is higher than all earlier tokens of the shard.
    ///
    /// @param max maximum number of shards
    /// @return the acquired shards with their fencing tokens
    Map<Integer, Long> acquire(int max, Duration length);

    /// Releases shards.
    void release(Set<Integer> shards);

    /// Reports that this replica has ended, and releases all its shards.
    void leave();
  }
}
