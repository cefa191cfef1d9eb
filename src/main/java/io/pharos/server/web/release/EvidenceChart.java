package io.pharos.server.web.release;

import io.pharos.gate.judge.EvidenceCourse;
import io.pharos.gate.judge.Observation;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.query.Chart;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/// A chart of what a gate's observations show of one check.
///
/// @param title what is drawn
record EvidenceChart(String title, Chart chart) {
  /// Points of a line: more are not visible.
  private static final int MAX_POINTS = 240;

  private static final long MIN_SPAN = 30_000;

  /// Draws a course. Observations are not evenly spaced: each point shows the last observation
  /// before it, and nothing if that is further away than observations may be.
  ///
  /// @param maxGap longest time between two observations that counts as observed
  static EvidenceChart of(EvidenceCourse course, List<Observation> observations, Duration maxGap) {
    long[] times = observations.stream().mapToLong(Observation::atMillis).toArray();
    long from = times[0];
    long span = Math.max(MIN_SPAN, times[times.length - 1] - from);
    long step = Math.max(1000, Math.ceilDiv(span, (MAX_POINTS - 1) * 1000L) * 1000);
    int points = Math.toIntExact(Math.ceilDiv(span, step) + 1);
    var lines = new LinkedHashMap<String, double[]>();
    var limits = new ArrayList<double[]>();
    for (EvidenceCourse.Line line : course.lines()) {
      double[] column = column(line.values(), times, from, step, points, maxGap.toMillis());
      if (line.isLimit()) {
        limits.add(column);
      } else if (lines.isEmpty() || Arrays.stream(column).anyMatch(it -> !Double.isNaN(it))) {
        lines.put(PageText.of(line.name()), column);
      }
    }
    Chart chart = Chart.of(Instant.ofEpochMilli(from), Duration.ofMillis(step), lines, limits);
    for (EvidenceCourse.Bound bound : course.bounds()) {
      chart = chart.with(bound.op(), bound.value());
    }
    return new EvidenceChart(PageText.of(course.title()), chart);
  }

  private static double[] column(
      double[] values, long[] times, long from, long step, int points, long maxGap) {
    var column = new double[points];
    Arrays.fill(column, Double.NaN);
    int last = 0;
    for (int i = 0; i < points; i++) {
      long end = from + i * step;
      while (last + 1 < times.length && times[last + 1] <= end) {
        last++;
      }
      boolean isAfterAll = last == times.length - 1 && end - times[last] >= step;
      if (!isAfterAll && end - times[last] <= Math.max(maxGap, step)) {
        column[i] = values[last];
      }
    }
    return column;
  }
}
