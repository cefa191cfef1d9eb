package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.VirtualTime;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Ownership of shards, on virtual time.
class ShardKeeperTest {
  private final VirtualTime time = new VirtualTime();
  private final InMemoryLeases leases = new InMemoryLeases(time);
  private final Node a = new Node("a");
  private final Node b = new Node("b");

  /// A replica that records the calls to its worker.
  private final class Node implements ShardKeeper.Worker {
    final ShardKeeper keeper;
    final Set<Integer> working = new TreeSet<>();
    final Set<Integer> busy = new HashSet<>();
    boolean failing;

    Node(String name) {
      keeper =
          new ShardKeeper(
              leases.as(name),
              () -> Duration.between(VirtualTime.START, time.instant()).toNanos(),
              new SimpleMeterRegistry());
    }

    void tick() {
      keeper.tick(this);
    }

    @Override
    public void prepare(Set<Integer> shards) {
      assertThat(shards).noneMatch(keeper::owns);
      if (failing) {
        throw new IllegalStateException("the log can't be read");
      }
    }

    @Override
    public void gain(Set<Integer> shards) {
      working.addAll(shards);
    }

    @Override
    public void lose(Set<Integer> shards) {
      working.removeAll(shards);
    }

    @Override
    public boolean isQuiet(int shard) {
      return !busy.contains(shard);
    }
  }

  private void ticks(int count, Node... nodes) {
    for (int i = 0; i < count; i++) {
      for (Node node : nodes) {
        node.tick();
      }
      time.advance(ShardKeeper.INTERVAL);
    }
  }

  private void assertNoOverlap() {
    assertThat(Collections.disjoint(a.working, b.working)).isTrue();
  }

  @Test
  void alone_takesAll() {
    ticks(1, a);
    assertThat(a.working).hasSize(ShardOwnership.SHARDS);
    assertThat(a.keeper.isCertain(3)).isTrue();
  }

  @Test
  void another_getsHalf_andNoShardHasTwo() {
    ticks(2, a);
    for (int i = 0; i < 4; i++) {
      ticks(1, a, b);
      assertNoOverlap();
    }
    assertThat(a.working).hasSize(32);
    assertThat(b.working).hasSize(32);
  }

  @Test
  void givenAway_busyShard_isKeptUntilItsAttemptIsRecorded() {
    ticks(1, a);
    a.busy.add(60);
    ticks(4, a, b);
    assertThat(a.working).doesNotContain(60);
    assertThat(b.working).doesNotContain(60).hasSize(31);
    a.busy.clear();
    ticks(2, a, b);
    assertThat(b.working).contains(60).hasSize(32);
  }

  @Test
  void killed_itsShardsGoToTheOtherWithHigherTokens() {
    ticks(4, a, b);
    var before = leases.of("b");
    ticks(4, a);
    assertThat(a.working).hasSize(32);
    ticks(3, a);
    assertThat(a.working).hasSize(ShardOwnership.SHARDS);
    before.forEach((shard, token) -> assertThat(leases.of("a").get(shard)).isGreaterThan(token));
  }

  @Test
  void pausedTooLong_isUncertainFirst_andDropsWhatTheOtherTook() {
    ticks(4, a, b);
    Set<Integer> had = Set.copyOf(b.working);
    ticks(7, a);
    assertThat(had).allMatch(b.keeper::owns).noneMatch(b.keeper::isCertain);
    ticks(1, b);
    assertThat(b.working).isEmpty();
    ticks(4, a, b);
    assertNoOverlap();
    assertThat(b.working).hasSize(32);
  }

  @Test
  void databaseUnavailable_shardsAreKeptButUncertain_untilItReturns() {
    ticks(1, a);
    leases.away = true;
    ticks(6, a);
    assertThat(a.working).hasSize(ShardOwnership.SHARDS);
    assertThat(a.keeper.owns(1)).isTrue();
    assertThat(a.keeper.isCertain(1)).isFalse();
    leases.away = false;
    ticks(1, a);
    assertThat(a.keeper.isCertain(1)).isTrue();
  }

  @Test
  void shardsThatCantBePrepared_areGivenBackAndTakenAgain() {
    a.failing = true;
    ticks(1, a);
    assertThat(a.working).isEmpty();
    assertThat(a.keeper.owns(0)).isFalse();
    a.failing = false;
    ticks(2, a);
    assertThat(a.working).hasSize(ShardOwnership.SHARDS);
  }

  @Test
  void leaving_givesAllBackAtOnce() {
    ticks(4, a, b);
    b.keeper.leave();
    ticks(1, a);
    assertThat(a.working).hasSize(ShardOwnership.SHARDS);
  }
}
