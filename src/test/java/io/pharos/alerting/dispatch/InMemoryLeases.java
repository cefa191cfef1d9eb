package io.pharos.alerting.dispatch;

import io.pharos.alerting.outbox.ShardOwnership;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// In-memory leases of several replicas, with their own clock.
final class InMemoryLeases {
  private record Lease(String owner, long token, Instant end) {}

  private final InstantSource clock;
  private final Map<Integer, Lease> leases = new HashMap<>();
  private final Map<String, Instant> seen = new HashMap<>();
  boolean away;

  InMemoryLeases(InstantSource clock) {
    this.clock = clock;
    for (int shard = 0; shard < ShardOwnership.SHARDS; shard++) {
      leases.put(shard, new Lease("", 0, Instant.EPOCH));
    }
  }

  Map<Integer, Long> of(String owner) {
    var held = new HashMap<Integer, Long>();
    leases.forEach(
        (shard, lease) -> {
          if (lease.owner.equals(owner)) {
            held.put(shard, lease.token);
          }
        });
    return held;
  }

  ShardKeeper.LeaseStore as(String owner) {
    return new ShardKeeper.LeaseStore() {
      private void reach() {
        if (away) {
          throw new IllegalStateException("the database is away");
        }
      }

      @Override
      public Renewed renew(Duration length) {
        reach();
        Instant now = clock.instant();
        seen.put(owner, now);
        leases.replaceAll(
            (_, lease) ->
                lease.owner.equals(owner)
                    ? new Lease(owner, lease.token, now.plus(length))
                    : lease);
        long live = seen.values().stream().filter(at -> at.isAfter(now.minus(length))).count();
        return new Renewed((int) live, of(owner));
      }

      @Override
      public Map<Integer, Long> acquire(int most, Duration length) {
        reach();
        Instant now = clock.instant();
        var taken = new HashMap<Integer, Long>();
        leases.replaceAll(
            (shard, lease) -> {
              if (taken.size() == most || !lease.end.isBefore(now)) {
                return lease;
              }
              taken.put(shard, lease.token + 1);
              return new Lease(owner, lease.token + 1, now.plus(length));
            });
        return taken;
      }

      @Override
      public void release(Set<Integer> shards) {
        reach();
        leases.replaceAll(
            (shard, lease) ->
                shards.contains(shard) && lease.owner.equals(owner)
                    ? new Lease("", lease.token, Instant.EPOCH)
                    : lease);
      }

      @Override
      public void leave() {
        release(of(owner).keySet());
        seen.remove(owner);
      }
    };
  }
}
