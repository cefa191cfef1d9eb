package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A replica whose database is unavailable at its start.
class LateStoreTest {
  private static final Set<Integer> ALL =
      IntStream.range(0, ShardOwnership.SHARDS).boxed().collect(Collectors.toSet());
  private static final String CONFIG =
      """
      route: {receiver: a, group_by: [alertname], group_wait: 0s, group_interval: 10s}
      receivers: [{name: a, webhook_configs: [{url: 'http://a'}]}]
      """;

  private final NotifierRig rig = new NotifierRig(CONFIG);
  private boolean owned;

  private final ShardOwnership shared =
      new ShardOwnership() {
        @Override
        public boolean owns(int shard) {
          return owned;
        }

        @Override
        public boolean isCertain(int shard) {
          return owned;
        }
      };

  private void startWithoutStore(Duration away) {
    rig.ownership = shared;
    rig.alertStore.failing = true;
    rig.killAndStart(CONFIG, away);
  }

  private void gain() {
    rig.dispatcher.prepare(ALL);
    owned = true;
    rig.dispatcher.gain(ALL);
    rig.time.settle();
  }

  @Test
  void earlierAlerts_areNotResolved_andNotSentAgain() {
    rig.post("A", Labels.empty(), VirtualTime.START, VirtualTime.START.plusSeconds(120));
    assertThat(rig.drain()).containsExactly("0.0 a firing A");

    startWithoutStore(Duration.ofSeconds(300));
    rig.advance(60);
    rig.alertStore.failing = false;
    rig.advance(10); // a checkpoint now would say that nobody was away
    gain();
    rig.advance(60);
    assertThat(rig.drain()).isEmpty();

    rig.resolve("A");
    rig.advance(20);
    assertThat(rig.drain()).singleElement().asString().endsWith("a resolved -A");
  }

  @Test
  void nothingIsLookedAfter_beforeTheAlertsOfBeforeAreThere() {
    rig.fire("A");
    startWithoutStore(Duration.ofSeconds(10));
    assertThatThrownBy(() -> rig.dispatcher.prepare(ALL)).hasMessageContaining("away");
  }

  @Test
  void alertsPostedMeanwhile_areSentWithEarlierOnes() {
    rig.fire("A");
    rig.advance(1);
    startWithoutStore(Duration.ofSeconds(10));
    rig.fire("A", "B");
    rig.drain();
    rig.alertStore.failing = false;
    rig.dispatcher.exchange();
    gain();
    rig.advance(20);
    assertThat(rig.drain()).singleElement().asString().endsWith("a firing B");
  }
}
