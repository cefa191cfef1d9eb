package io.pharos.server.web.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.hysteresis.Hysteresis;
import io.pharos.server.web.design.HistoryBars;
import io.pharos.trouble.ObservationGaps.Missing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The hour before 12:00 in 60 bars; the last ends at 12:00.
class AlertHistoryTest {
  private static final Instant NOW = Instant.parse("2026-01-31T11:59:30Z");
  private static final long END = Instant.parse("2026-01-31T12:00:00Z").toEpochMilli();
  private static final long MINUTE = 60_000;

  private final List<String> asked = new ArrayList<>();
  private final List<RangeMatrix.Series> states = new ArrayList<>();
  private List<RangeMatrix.Series> observed = List.of(series(Labels.empty(), 60, 1));

  private final Evaluator evaluator =
      query -> {
        asked.add(query.text());
        assertThat(query.span())
            .isEqualTo(new Query.Steps(END - 59 * MINUTE, END, Duration.ofMinutes(1)));
        return QueryResult.of(
            new RangeMatrix(query.text().startsWith("count_over_time") ? states : observed));
      };

  /// Returns a series with this value in the last bars.
  private static RangeMatrix.Series series(Labels labels, int bars, double value) {
    return new RangeMatrix.Series(
        labels,
        IntStream.range(0, bars).mapToLong(i -> END - (bars - 1 - i) * MINUTE).toArray(),
        IntStream.range(0, bars).mapToDouble(_ -> value).toArray());
  }

  private AlertHistory read(Missing... gaps) {
    var labels = new TreeMap<>(Map.of("severity", "critical", "team", "{{ $labels.team }}"));
    var rule =
        new RuleSnapshot.Alerting(
            "Down",
            "up == 0",
            false,
            labels,
            new RuleSnapshot.Evaluation(
                RuleHealth.OK, "", List.of(), Duration.ZERO, NOW, QueryStats.NONE),
            AlertState.INACTIVE,
            Duration.ZERO,
            Duration.ZERO,
            new TreeMap<>(),
            List.of(),
            Hysteresis.NONE,
            "",
            Map.of());
    var group =
        new GroupSnapshot(
            "g", "f", Duration.ofSeconds(15), Duration.ZERO, 0, List.of(rule), Duration.ZERO, NOW);
    return AlertHistory.read(evaluator, group, rule, AlertHistory.Range.HOUR, NOW, List.of(gaps));
  }

  private void state(String state, String host, int bars, double samples) {
    states.add(
        series(
            Labels.of(
                "alertname", "Down", "alertstate", state, "severity", "critical", "host", host),
            bars,
            samples));
  }

  private static List<String> states(AlertHistory.Alert alert, int from) {
    return alert.bars().bars().stream()
        .skip(from)
        .map(HistoryBars.Bar::text)
        .map(text -> text.substring(text.indexOf("UTC: ") + 5))
        .toList();
  }

  @Test
  void history_askedForTheRule_selectsItsAlertsByTheLabelsThatAreFixed() {
    read();
    assertThat(asked.getFirst())
        .isEqualTo("count_over_time(ALERTS{alertname=\"Down\",severity=\"critical\"}[60000ms])");
  }

  @Test
  void history_firingAndPending_areBarsWithTheirDurations() {
    state("firing", "a", 2, 4);
    state("pending", "a", 3, 1);

    AlertHistory.Alert alert = read().alerts().getFirst();

    assertThat(alert.labels()).isEqualTo("{host=\"a\"}");
    assertThat(states(alert, 56))
        .containsExactly("inactive", "pending for 15 s", "firing for 1 min", "firing for 1 min");
    assertThat(alert.text()).isEqualTo("fired for 2 min, pending for 45 s");
    assertThat(alert.bars().bars().getLast().text())
        .startsWith("Jan 31 11:59 to Jan 31 12:00 UTC: ");
    assertThat(alert.bars().bars().getLast().height())
        .isGreaterThan(alert.bars().bars().getFirst().height());
  }

  @Test
  void history_noSamplesOfAnything_isUnknownAndNotInactive() {
    observed = List.of(series(Labels.empty(), 10, 1));

    AlertHistory.Alert all = read().alerts().getFirst();

    assertThat(all.labels()).isEmpty();
    assertThat(states(all, 49)).startsWith("unknown", "inactive");
    assertThat(all.text()).isEqualTo("did not fire, unknown for 50 min");
  }

  @ParameterizedTest
  @CsvSource({"5, 4, 1", "5, 3, 2", "5, 5, 0"})
  void history_gapOfAllSources_makesTheBarsWithinItUnknown(int from, int to, int unknown) {
    var gap =
        new Missing(Labels.empty(), END - from * MINUTE, END - to * MINUTE, "Pharos was stopped");

    assertThat(states(read(gap).alerts().getFirst(), 0).stream().filter("unknown"::equals))
        .hasSize(unknown);
  }

  @Test
  void history_gapOfOneSource_leavesTheRestKnown() {
    var gap = new Missing(Labels.of("job", "a"), END - 9 * MINUTE, END, "the target was slow");

    assertThat(states(read(gap).alerts().getFirst(), 0)).containsOnly("inactive");
  }

  @Test
  void history_manyAlerts_showsThoseThatFiredLongest() {
    for (int i = 0; i < 25; i++) {
      state("firing", "h" + i, i + 1, 4);
    }
    AlertHistory history = read();

    assertThat(history.alerts()).hasSize(20);
    assertThat(history.omitted()).isEqualTo(5);
    assertThat(history.alerts().getFirst().labels()).isEqualTo("{host=\"h24\"}");
  }

  @ParameterizedTest
  @CsvSource({"1h, HOUR", "24h, DAY", "7d, WEEK", "'', DAY", "<script>, DAY"})
  void range_anyText_isOneOfThree(String text, AlertHistory.Range range) {
    assertThat(AlertHistory.Range.of(text)).isEqualTo(range);
  }
}
