package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The bound on alerts, tested with a whole dispatcher.
class AlertLimitTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final MemoryBounds budgets =
      new MemoryBounds(
          new MemoryBounds.Values(1 << 20, Map.of(MemoryBound.ALERTS, 8L)),
          () -> Instant.EPOCH,
          registry);
  private final NotifierRig rig =
      new NotifierRig(
          """
          route: {receiver: r, group_by: [alertname], group_wait: 10s}
          receivers: [{name: r, webhook_configs: [{url: 'http://hook'}]}]
          """,
          budgets);

  private Alert alert(String name, String severity, String text, @Nullable Instant end) {
    return new Alert(
        Labels.of("alertname", name, "severity", severity),
        Labels.of("summary", text),
        rig.time.instant(),
        end,
        "");
  }

  private Alert alert(String name) {
    return alert(name, "info", "", null);
  }

  private List<Alert> alerts(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> alert(prefix + i)).toList();
  }

  @Test
  void posted_overThreeQuarters_areRefusedAndCounted() {
    Dispatcher.AcceptResult result = rig.dispatcher.accept(alerts("a", 10));

    assertThat(result.accepted()).isEqualTo(6);
    assertThat(result.withoutRoom()).isEqualTo(4);
    assertThat(result.errors())
        .containsExactly(
            "4 alerts were refused: the maximum of 8 alerts is reached (--limits.alerts). Known alerts"
                + " are not affected");
    assertThat(registry.get("pharos_limit_refusals").tag("limit", "alerts").counter().count())
        .isOne();
  }

  /// Without this collection, new alerts were refused for up to half an hour in favour of settled
  /// ones.
  @Test
  void ended_afterTheirEndIsSent_makeRoomForNewOnes() {
    rig.dispatcher.accept(alerts("a", 6));
    rig.time.advance(Duration.ofSeconds(11));
    Instant end = rig.time.instant();
    rig.dispatcher.accept(
        IntStream.range(0, 6).mapToObj(i -> alert("a" + i, "info", "", end)).toList());
    assertThat(rig.dispatcher.accept(alerts("b", 1)).withoutRoom()).as("not told yet").isOne();
    rig.time.advance(Duration.ofMinutes(6));

    assertThat(rig.dispatcher.accept(alerts("b", 6)).withoutRoom()).isZero();
    assertThat(rig.dispatcher.size()).isEqualTo(6);
  }

  @Test
  void known_whenThereIsNoRoom_goOnAndEnd() {
    rig.dispatcher.accept(alerts("a", 10));

    assertThat(rig.dispatcher.accept(List.of(alert("a0"))).withoutRoom()).isZero();
    Dispatcher.AcceptResult ended =
        rig.dispatcher.accept(List.of(alert("a1", "info", "", rig.time.instant())));
    assertThat(ended.withoutRoom()).isZero();
    assertThat(ended.accepted()).isEqualTo(1);
  }

  @Test
  void own_haveTheLastQuarter_andUrgentOnesAReserve() {
    rig.dispatcher.accept(alerts("flood", 10));

    rig.dispatcher.send(alerts("own", 5));
    assertThat(rig.dispatcher.size()).isEqualTo(8);

    rig.dispatcher.send(List.of(alert("PharosInTrouble", "critical", "", null)));
    assertThat(rig.dispatcher.size()).isEqualTo(9);
  }

  @Test
  void longTexts_countMore() {
    Dispatcher.AcceptResult result =
        rig.dispatcher.accept(
            List.of(
                alert("a", "info", "x".repeat(4_500), null),
                alert("b"),
                alert("c"),
                alert("d", "info", "x".repeat(3_000), null)));

    assertThat(result.accepted()).isEqualTo(2);
    assertThat(result.withoutRoom()).isEqualTo(2);
  }
}
