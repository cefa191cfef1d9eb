package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Finds the gaps that earlier processes left in a store. Each scrape writes the series `up`, also
/// if the target is down; so a hole in it is a scrape that Pharos did not make.
public final class EarlierGaps {
  private static final String UP = "up";

  /// With more targets, gaps of single targets are not found in the others. Gaps of the whole
  /// process are in all. Reading as many series for two days takes about 0.1 s.
  private static final int MAX_SERIES = 200;

  private EarlierGaps() {}

  /// Returns the gaps of the last two days, and the time before the oldest sample.
  public static List<ObservationGaps.Missing> find(Queryable store, Instant now) {
    long to = now.toEpochMilli();
    long from = to - ObservationGaps.KEPT.toMillis();
    SeriesSet series = store.select(List.of(LabelMatcher.equal(Labels.METRIC_NAME, UP)), from, to);
    var found = new ArrayList<ObservationGaps.Missing>();
    var window = new SampleWindow();
    long[] scrapes = {};
    for (int i = 0; i < Math.min(MAX_SERIES, series.size()); i++) {
      window.clear();
      series.read(i, from, to, window);
      scrapes = merged(scrapes, window);
      addHoles(series.labels(i).withoutMetricName(), window, to, found);
    }
    addAbsences(scrapes, found);
    return found;
  }

  private static long[] merged(long[] scrapes, SampleWindow more) {
    long[] all = Arrays.copyOf(scrapes, scrapes.length + more.size());
    System.arraycopy(more.timestamps(), 0, all, scrapes.length, more.size());
    Arrays.sort(all);
    return all;
  }

  /* While no target was scraped, the process did not run. */
  private static void addAbsences(long[] scrapes, List<ObservationGaps.Missing> found) {
    long before = Long.MIN_VALUE;
    long pause =
        Math.max(
            2 * TimeContinuity.GAP.toMillis(),
            2 * FilledSamples.spacing(scrapes, FilledSamples.DEFAULT_SPACING_MILLIS));
    for (long scrape : scrapes) {
      if (before == Long.MIN_VALUE || scrape - before > pause) {
        found.add(
            new ObservationGaps.Missing(
                Labels.empty(), before, scrape, "no target was scraped by an earlier process"));
      }
      before = scrape;
    }
  }

  private static void addHoles(
      Labels target, SampleWindow up, long end, List<ObservationGaps.Missing> found) {
    long spacing = FilledSamples.spacing(up, FilledSamples.DEFAULT_SPACING_MILLIS);
    for (int i = 1; i <= up.size(); i++) {
      long from = up.timestamp(i - 1);
      long to = i < up.size() ? up.timestamp(i) : end;
      if (to - from > spacing + spacing / 2 && !StaleMarker.is(up.value(i - 1))) {
        found.add(
            new ObservationGaps.Missing(target, from, to, "an earlier process did not scrape it"));
      }
    }
  }
}
