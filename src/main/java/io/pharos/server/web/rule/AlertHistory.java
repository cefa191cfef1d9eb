package io.pharos.server.web.rule;

import static java.util.stream.Collectors.joining;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.design.HistoryBars;
import io.pharos.server.web.design.PageTime;
import io.pharos.trouble.ObservationGaps.Missing;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The states of a rule's alerts in the past, from the series `ALERTS` that the rule wrote. A time
/// in which Pharos stored nothing is unknown, not inactive.
///
/// @param alerts those that fired longest first; one without labels if no alert was there
/// @param omitted number of alerts that are not shown
record AlertHistory(List<Alert> alerts, int omitted) {
  /// Longest time from one sample of a series to the next for which it counts as present.
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  private static final int MAX_ALERTS = 20;
  private static final int HEIGHT = 20;
  private static final String STATE = "alertstate";

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("MMM d HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  /// The history of one alert.
  ///
  /// @param labels its labels without those of the rule
  /// @param text how long it fired and was pending
  record Alert(String labels, HistoryBars bars, String text) {}

  /// The time that the history shows.
  enum Range {
    HOUR("1h", Duration.ofHours(1), 60),
    DAY("24h", Duration.ofDays(1), 96),
    WEEK("7d", Duration.ofDays(7), 84);

    private final String text;
    private final Duration length;
    private final int bars;

    Range(String text, Duration length, int bars) {
      this.text = text;
      this.length = length;
      this.bars = bars;
    }

    /// Returns the range with this text in an address; a day if there is none.
    static Range of(String text) {
      return Arrays.stream(values()).filter(one -> one.text.equals(text)).findFirst().orElse(DAY);
    }

    String text() {
      return text;
    }

    Duration length() {
      return length;
    }

    private Duration step() {
      return length.dividedBy(bars);
    }
  }

  /// How long an alert was firing and pending in each bar, in milliseconds.
  private record Times(long[] firing, long[] pending) {
    private Times(int bars) {
      this(new long[bars], new long[bars]);
    }

    private long fired() {
      return Arrays.stream(firing).sum();
    }
  }

  /// Reads the history.
  ///
  /// @param gaps times in which Pharos may have missed samples
  /// @throws io.pharos.promql.value.QueryException if it can't be read
  static AlertHistory read(
      Evaluator evaluator,
      GroupSnapshot group,
      RuleSnapshot.Alerting rule,
      Range range,
      Instant now,
      List<Missing> gaps) {
    long step = range.step().toMillis();
    long end = now.toEpochMilli() / step * step + step;
    long first = end - range.length().toMillis() + step;
    Map<Labels, Times> alerts = new LinkedHashMap<>();
    for (RangeMatrix.Series series :
        series(
            evaluator,
            "count_over_time(%s[%dms])".formatted(selector(rule), step),
            first,
            end,
            step)) {
      Labels labels = series.labels().without(fixed(rule));
      Times times = alerts.computeIfAbsent(labels, _ -> new Times(range.bars));
      long[] sums = series.labels().get(STATE).equals("firing") ? times.firing() : times.pending();
      for (int i = 0; i < series.size(); i++) {
        int bar = (int) ((series.timestamps()[i] - first) / step);
        sums[bar] += Math.min(step, Math.round(series.values()[i]) * group.interval().toMillis());
      }
    }
    if (alerts.isEmpty()) {
      alerts.put(Labels.empty(), new Times(range.bars));
    }
    boolean[] seen = seen(evaluator, first, end, step, range.bars, gaps);
    return new AlertHistory(
        alerts.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<Labels, Times> one) -> -one.getValue().fired())
                    .thenComparing(Map.Entry::getKey))
            .limit(MAX_ALERTS)
            .map(one -> alert(one.getKey(), one.getValue(), seen, first - step, step))
            .toList(),
        Math.max(0, alerts.size() - MAX_ALERTS));
  }

  private static String selector(RuleSnapshot.Alerting rule) {
    var matchers = new ArrayList<LabelMatcher>();
    matchers.add(LabelMatcher.equal("alertname", rule.name()));
    rule.labels()
        .forEach(
            (name, value) -> {
              if (isFixed(value)) {
                matchers.add(LabelMatcher.equal(name, value));
              }
            });
    return matchers.stream().map(LabelMatcher::toString).collect(joining(",", "ALERTS{", "}"));
  }

  private static boolean isFixed(String value) {
    return !value.contains("{{");
  }

  /// Returns the labels that all alerts of the rule share, and those that are no alert's own.
  private static List<String> fixed(RuleSnapshot.Alerting rule) {
    var names = new ArrayList<>(List.of(Labels.METRIC_NAME, "alertname", STATE));
    rule.labels()
        .forEach(
            (name, value) -> {
              if (isFixed(value)) {
                names.add(name);
              }
            });
    return names;
  }

  /// Returns for each bar whether Pharos stored samples in it: any target or alert has some.
  private static boolean[] seen(
      Evaluator evaluator, long first, long end, long step, int bars, List<Missing> gaps) {
    long every = Math.min(step, LOOKBACK.toMillis());
    var seen = new boolean[bars];
    for (RangeMatrix.Series series :
        series(evaluator, "count({__name__=~\"up|ALERTS\"})", first - step + every, end, every)) {
      for (long at : series.timestamps()) {
        seen[(int) Math.ceilDiv(at - first, step)] = true;
      }
    }
    for (int i = 0; i < bars; i++) {
      long to = first + i * step;
      long from = to - step;
      seen[i] &=
          gaps.stream()
              .noneMatch(
                  gap ->
                      gap.labels().isEmpty() && gap.fromMillis() <= from && gap.toMillis() >= to);
    }
    return seen;
  }

  private static List<RangeMatrix.Series> series(
      Evaluator evaluator, String query, long from, long to, long step) {
    return evaluator.range(query, from, to, Duration.ofMillis(step)).value()
            instanceof RangeMatrix(var series)
        ? series
        : List.of();
  }

  private static Alert alert(Labels labels, Times times, boolean[] seen, long begin, long step) {
    var bars = new ArrayList<HistoryBars.Bar>();
    int unknown = 0;
    for (int i = 0; i < seen.length; i++) {
      long from = begin + i * step;
      String span =
          CLOCK.format(Instant.ofEpochMilli(from))
              + " to "
              + CLOCK.format(Instant.ofEpochMilli(from + step))
              + " UTC: ";
      long firing = times.firing()[i];
      long pending = times.pending()[i];
      if (firing > 0) {
        bars.add(bar("down", i, HEIGHT, span + "firing for " + span(firing)));
      } else if (pending > 0) {
        bars.add(bar("part", i, 14, span + "pending for " + span(pending)));
      } else if (seen[i]) {
        bars.add(bar("up", i, 8, span + "inactive"));
      } else {
        unknown++;
        bars.add(bar("unknown", i, 4, span + "unknown"));
      }
    }
    long pending = Arrays.stream(times.pending()).sum();
    String text =
        (times.fired() == 0 ? "did not fire" : "fired for " + span(times.fired()))
            + (pending == 0 ? "" : ", pending for " + span(pending))
            + (unknown == 0 ? "" : ", unknown for " + span(unknown * step));
    return new Alert(labels.isEmpty() ? "" : labels.toString(), new HistoryBars(bars, text), text);
  }

  private static HistoryBars.Bar bar(String state, int index, int height, String text) {
    return new HistoryBars.Bar(state, index, HEIGHT - height, height, text);
  }

  private static String span(long millis) {
    return PageTime.span(Duration.ofMillis(millis));
  }
}
