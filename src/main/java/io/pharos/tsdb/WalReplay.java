package io.pharos.tsdb;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.wal.WalRecord;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Fills an empty head from the log. Samples that are already in blocks are skipped; a series is
/// added to the head with its first sample that is not skipped.
final class WalReplay implements Consumer<WalRecord> {
  /* References below this number are indexes of an array; others are keys of a map. References are
   * small and dense, except in logs of earlier releases. */
  private static final int MAX_DENSE = 1 << 22;

  /* So many samples have some megabytes of finished chunks. */
  private static final long MANY = 1 << 22;

  private final Head head;
  private final TsdbMetrics metrics;
  private final long from;
  private final Runnable afterMany;
  private final Map<Long, HeadSeries> bySparseRef = new HashMap<>();
  private @Nullable HeadSeries[] byRef = new HeadSeries[1024];

  /// Number of restored samples.
  long samples;

  private long samplesBefore;

  /// @param from Unix milliseconds of the first sample to restore
  /// @param afterMany called each time that some millions of samples were restored
  WalReplay(Head head, TsdbMetrics metrics, long from, Runnable afterMany) {
    this.head = head;
    this.afterMany = afterMany;
    this.metrics = metrics;
    this.from = from;
  }

  @Override
  public void accept(WalRecord record) {
    switch (record) {
      case WalRecord.Series series -> define(series);
      case WalRecord.Samples batch -> store(batch, false);
      case WalRecord.Late(WalRecord.Samples batch) -> store(batch, true);
      case WalRecord.Starts starts -> storeStarts(starts);
    }
    if (samples - samplesBefore >= MANY) {
      afterMany.run();
      samplesBefore = samples;
    }
  }

  private void define(WalRecord.Series record) {
    HeadSeries series = head.findOrCreate(record.labels());
    if (record.ref() < 0 || record.ref() >= MAX_DENSE) {
      bySparseRef.put(record.ref(), series);
      return;
    }
    int ref = (int) record.ref();
    if (ref >= byRef.length) {
      byRef = Arrays.copyOf(byRef, Math.min(MAX_DENSE, Math.max(ref + 1, ref * 2)));
    }
    byRef[ref] = series;
  }

  /* A start timestamp also applies to later samples of its series, so it is stored even if the
   * sample for which it was logged is in a block. */
  private void storeStarts(WalRecord.Starts record) {
    for (int i = 0; i < record.count(); i++) {
      HeadSeries series = find(record.refs()[i]);
      if (series != null) {
        HeadSeries attached = series.attached ? series : head.find(series.labels());
        (attached == null ? series : attached).startAt(record.times()[i], record.starts()[i]);
      }
    }
  }

  /* Late samples that are already in blocks are restored too, which does no harm. */
  private void store(WalRecord.Samples batch, boolean late) {
    SampleWindow window = batch.samples();
    for (int i = 0; i < window.size(); i++) {
      long time = window.timestamp(i);
      HeadSeries series = find(batch.refs()[i]);
      if (series != null && (late || time >= from)) {
        HeadSeries target = series.attached ? series : attach(series);
        double value = window.value(i);
        Histogram histogram = window.histogram(i);
        AppendOutcome outcome =
            late
                ? target.late.outcomeOf(time, value, histogram)
                : target.append(time, value, histogram, metrics);
        if (outcome == AppendOutcome.APPENDED) {
          samples++;
          if (late) {
            target.late = target.late.with(time, value, histogram);
          }
        }
      }
    }
  }

  /* A series with the same labels may already be attached by another reference. */
  private HeadSeries attach(HeadSeries series) {
    HeadSeries attached = head.find(series.labels());
    if (attached != null) {
      return attached;
    }
    head.attach(List.of(series));
    return series;
  }

  private @Nullable HeadSeries find(long ref) {
    return ref >= 0 && ref < byRef.length ? byRef[(int) ref] : bySparseRef.get(ref);
  }
}
