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

/// Keeps this replica's share of the shards: renews leases, takes free shards, and gives away
/// surplus ones.
///
/// [#tick] is called by one thread at a time; other methods by any thread.
public final class ShardKeeper implements ShardOwnership {
  /* A replica that cannot reach the database keeps its shards: no other replica can take them
   * while the database is unavailable. But once its leases may have ended it is no longer
   * certain of them and sends nothing that is stored, because if only this replica is cut off,
   * another one sends it. */
  private static final Logger LOG = LoggerFactory.getLogger(ShardKeeper.class);

  /// Duration of a lease: how long the groups of a killed replica wait.
  public static final Duration LEASE = Duration.ofSeconds(10);

  /// Interval of calls to [#tick].
  public static final Duration INTERVAL = Duration.ofSeconds(2);

  private static final Duration MARGIN = Duration.ofSeconds(1);

  /// Performs the work of a shard.
  interface Worker {
    /// Loads the state of shards before this replica owns them.
    void prepare(Set<Integer> shards);

    /// Resumes the work on shards that this replica owns from now on.
    void gain(Set<Integer> shards);

    /// Drops shards at once; nothing more is decided or sent for them.
    void lose(Set<Integer> shards);

    /// Whether no attempt to send is in progress for a shard.
    boolean isQuiet(int shard);
  }

  private final LeaseStore store;
  private final LongSupplier nanos;
  private final Counter lost;
  private final Map<Integer, Long> owned = new ConcurrentHashMap<>();
  private final Set<Integer> leaving = new HashSet<>();
  private volatile long certainUntil;
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

  /// Renews the leases and moves towards a fair share. Throws nothing: what fails is retried at the
  /// next call.
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
        giveAway(owned.size() - share, worker);
      } else if (owned.size() + leaving.size() < share) {
        take(share - owned.size() - leaving.size(), worker);
      }
    } catch (RuntimeException e) {
      if (reachable) {
        LOG.error("The leases on shards cannot be renewed; retrying. Check the database", e);
        reachable = false;
      }
    }
  }

  private void dropLost(Map<Integer, Long> held, Worker worker) {
    var gone = new TreeSet<Integer>();
    owned.forEach(
        (shard, token) -> {
          if (!token.equals(held.get(shard))) {
            gone.add(shard);
          }
        });
    leaving.retainAll(held.keySet());
    if (!gone.isEmpty()) {
      LOG.warn("Another replica has taken over the shards {}", gone);
      lost.increment(gone.size());
      gone.forEach(owned::remove);
      worker.lose(gone);
    }
    var forgotten = new HashSet<>(held.keySet());
    forgotten.removeAll(owned.keySet());
    forgotten.removeAll(leaving);
    leaving.addAll(forgotten); // acquired by a call whose answer was lost
  }

  private void giveAway(int count, Worker worker) {
    Set<Integer> some =
        new HashSet<>(owned.keySet().stream().sorted().skip(owned.size() - (long) count).toList());
    some.forEach(owned::remove);
    worker.lose(some);
    leaving.addAll(some);
    releaseQuiet(worker);
  }

  /// Releases shards once nothing is being sent for them, so that all attempts are recorded.
  private void releaseQuiet(Worker worker) {
    List<Integer> quiet = leaving.stream().filter(worker::isQuiet).toList();
    if (!quiet.isEmpty()) {
      store.release(Set.copyOf(quiet));
      quiet.forEach(leaving::remove);
    }
  }

  private void take(int count, Worker worker) {
    Map<Integer, Long> taken = store.acquire(count, LEASE);
    if (!taken.isEmpty()) {
      LOG.info("This replica now owns {} more of {} shards", taken.size(), SHARDS);
      try {
        worker.prepare(taken.keySet());
        owned.putAll(taken);
        worker.gain(taken.keySet());
      } catch (RuntimeException e) {
        taken.keySet().forEach(owned::remove);
        worker.lose(taken.keySet());
        leaving.addAll(taken.keySet());
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

  /// Leases on shards, from the view of one replica. Times are the store's, so clocks need not
  /// agree. Methods throw unchecked exceptions on failure.
  public interface LeaseStore {
    /// Reports that this replica is alive, and renews its leases.
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

    /// Takes shards that are free or whose lease has ended, each with a higher fencing token than
    /// ever before.
    ///
    /// @param most maximum number of shards
    Map<Integer, Long> acquire(int most, Duration length);

    /// Releases shards.
    void release(Set<Integer> shards);

    /// Reports that this replica has ended, and releases all its shards.
    void leave();
  }
}
