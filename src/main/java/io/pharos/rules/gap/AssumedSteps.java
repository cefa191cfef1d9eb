package io.pharos.rules.gap;

import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import java.util.List;

/// Gaps with steps of the clock. Samples before a step get the times that the clock would have
/// shown if it had been set earlier.
record AssumedSteps(List<ObservationGaps.Missing> gaps) {
  static final AssumedSteps NONE = new AssumedSteps(List.of());

  AssumedSteps {
    gaps = gaps.stream().filter(gap -> gap.step().aheadMillis() != 0).toList();
  }

  AssumedSteps among(List<ObservationGaps.Missing> others) {
    return new AssumedSteps(gaps.stream().filter(others::contains).toList());
  }

  /* Returns the start and the end of the times at which the samples of a range were stored. */
  long[] widen(List<ObservationGaps.Missing> all, long fromMillis, long toMillis) {
    var range = new long[] {fromMillis, toMillis};
    int count = -1;
    for (AssumedSteps in = NONE;
        in.gaps.size() > count;
        in = among(FilledSamples.relevant(all, range[0], range[1]))) {
      count = in.gaps.size();
      range[0] = fromMillis - in.sum(1);
      range[1] = toMillis + in.sum(-1);
    }
    return range;
  }

  private long sum(int sign) {
    return gaps.stream().mapToLong(gap -> Math.max(0, sign * gap.step().aheadMillis())).sum();
  }

  /// Returns the time that the clock would have shown.
  long move(long at) {
    long moved = at;
    for (ObservationGaps.Missing gap : gaps) { // no stream: called for each sample
      moved += shift(at, gap);
    }
    return moved;
  }

  /* A gap in which the clock was set ahead begins with the last sample before the step; of the
   * times that the clock skipped, none passed. One in which it was set back is the time that the
   * clock showed twice. */
  private static long shift(long at, ObservationGaps.Missing gap) {
    long ahead = gap.step().aheadMillis();
    if (ahead > 0) {
      return at <= gap.fromMillis() ? ahead : Math.max(0, gap.fromMillis() + ahead - at);
    }
    return at <= gap.toMillis() ? ahead : 0;
  }

  /* A clock that is set also moves the next scrapes. Without the step, a sample after it that
   * leaves no hole if it is missing would not exist, and windows would begin and end differently.
   * The samples before and after such a sample are less than one and a half spacings apart. */
  private boolean isExtra(SampleWindow series, int before, int i, long spacing) {
    long since = between(series, before, i);
    if (Fill.isStale(series, i) || since == series.timestamp(i) - series.timestamp(before)) {
      return false;
    }
    return i + 1 < series.size()
        ? between(series, before, i + 1) <= spacing + spacing / 2
        : since <= spacing / 2;
  }

  private long between(SampleWindow series, int from, int to) {
    return move(series.timestamp(to)) - move(series.timestamp(from));
  }

  List<ObservationGaps.Missing> moveAll(List<ObservationGaps.Missing> all) {
    return all.stream()
        .map(
            gap ->
                new ObservationGaps.Missing(
                    gap.labels(),
                    gap.hasOpenStart()
                        ? gap.fromMillis()
                        : move(gap.fromMillis()) + Math.max(0, -gap.step().aheadMillis()),
                    move(gap.toMillis() + 1) - 1, // the first sample after a step back is later
                    gap.reason(),
                    gaps.contains(gap) ? ObservationGaps.Step.NONE : gap.step(),
                    gap.ofSource()))
        .toList();
  }

  void moveAll(SampleWindow from, long spacing, SampleWindow to) {
    int kept = -1;
    for (int i = 0; i < from.size(); i++) {
      if (kept >= 0 && isExtra(from, kept, i, spacing)) {
        continue;
      }
      kept = i;
      to.add(move(from.timestamp(i)), from.value(i), from.histogram(i));
    }
  }
}
