package io.pharos.promql.engine.query;

import io.pharos.limits.work.Cancellation;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Collects cells in rows with distinct labels. [#build] drops rows without samples. Do not use the
/// builder after [#build], because the result uses its arrays. Creating a row checks for
/// cancellation, so that every loop over series can be stopped.
public final class ColumnsBuilder {
  /* Approximate maximum length of an array. */
  private static final int MAX_CELLS = Integer.MAX_VALUE - 8;

  private final int steps;
  private final Cancellation cancellation = Cancellation.current();
  private final Map<Labels, Integer> rows;
  private Labels[] labels;
  private boolean[] nameDropped;
  private double[] values;
  private @Nullable Histogram @Nullable [] histograms;
  private int size;
  private int rowCalls;

  public ColumnsBuilder(int steps) {
    this(steps, 0);
  }

  /// Creates a builder with memory for an expected number of rows. If the number of rows differs,
  /// arrays are copied.
  public ColumnsBuilder(int steps, int rowsExpected) {
    this.steps = steps;
    int initialRows =
        rowsExpected > 0 && (long) rowsExpected * steps <= MAX_CELLS
            ? rowsExpected
            : steps > 1_000 ? 1 : 16;
    this.rows = HashMap.newHashMap(initialRows);
    this.labels = new Labels[initialRows];
    this.nameDropped = new boolean[initialRows];
    this.values = new double[initialRows * steps];
  }

  /// Returns the number of the row with these labels, which is created on first use. The row drops
  /// its name if `dropped` is true in any call.
  public int row(Labels key, boolean dropped) {
    cancellation.check(rowCalls++);
    Integer existing = rows.get(key);
    if (existing != null) {
      nameDropped[existing] |= dropped;
      return existing;
    }
    if (size == labels.length) {
      labels = Arrays.copyOf(labels, size * 2);
      nameDropped = Arrays.copyOf(nameDropped, size * 2);
      values = Arrays.copyOf(values, Math.multiplyExact(size * 2, steps));
      if (histograms != null) {
        histograms = Arrays.copyOf(histograms, values.length);
      }
    }
    labels[size] = key;
    nameDropped[size] = dropped;
    Arrays.fill(values, size * steps, (size + 1) * steps, Columns.ABSENT);
    rows.put(key, size);
    return size++;
  }

  /// Sets those cells of a row for which a sample is passed. Fails if such a cell already has a
  /// sample.
  ///
  /// @param cells a value per step, or [Columns#ABSENT]
  /// @param cellHistograms a histogram per step, null for floats and absent samples; null if there
  ///   are no histograms
  public void add(
      Labels key,
      boolean dropped,
      double[] cells,
      @Nullable Histogram @Nullable [] cellHistograms) {
    int sizeBefore = size;
    int row = row(key, dropped);
    if (row == sizeBefore && cellHistograms == null) {
      System.arraycopy(cells, 0, values, row * steps, steps);
      return;
    }
    for (int step = 0; step < steps; step++) {
      Histogram histogram = cellHistograms == null ? null : cellHistograms[step];
      if (histogram != null) {
        add(row, step, histogram);
      } else if (!Columns.isAbsent(cells[step])) {
        add(row, step, cells[step]);
      }
    }
  }

  /// Returns whether a cell has a sample.
  public boolean has(int row, int step) {
    return !Columns.isAbsent(values[row * steps + step]);
  }

  /// Returns the value of a cell; zero if it has no sample.
  public double get(int row, int step) {
    return has(row, step) ? values[row * steps + step] : 0;
  }

  /// Sets a cell to a float.
  public void set(int row, int step, double value) {
    values[row * steps + step] = value;
    if (histograms != null) {
      histograms[row * steps + step] = null;
    }
  }

  /// Sets a cell to a histogram.
  public void set(int row, int step, Histogram histogram) {
    if (histograms == null) {
      histograms = new @Nullable Histogram[values.length];
    }
    values[row * steps + step] = Double.NaN;
    histograms[row * steps + step] = histogram;
  }

  /// Sets a cell to a float. Fails if it already has a sample.
  public void add(int row, int step, double value) {
    requireFree(row, step);
    set(row, step, value);
  }

  /// Sets a cell to a histogram. Fails if it already has a sample.
  public void add(int row, int step, Histogram histogram) {
    requireFree(row, step);
    set(row, step, histogram);
  }

  /// Sets a cell to a sample. Fails if it already has one.
  public void add(int row, int step, Sample sample) {
    if (sample.histogram() == null) {
      add(row, step, sample.value());
    } else {
      add(row, step, sample.histogram());
    }
  }

  /// Copies the samples of another row. Fails if a cell already has a sample.
  public void addRow(int row, Columns source, int sourceRow) {
    for (int step = 0; step < steps; step++) {
      if (source.has(sourceRow, step)) {
        addFrom(row, step, source, sourceRow);
      }
    }
  }

  /// Copies the sample of another row at the same step. Fails if the cell already has a sample.
  public void addFrom(int row, int step, Columns source, int sourceRow) {
    requireFree(row, step);
    setFrom(row, step, source, sourceRow);
  }

  /// Copies the sample of another row at the same step, and replaces the sample of the cell.
  public void setFrom(int row, int step, Columns source, int sourceRow) {
    Histogram histogram = source.histogram(sourceRow, step);
    if (histogram == null) {
      set(row, step, source.value(sourceRow, step));
    } else {
      set(row, step, histogram);
    }
  }

  private void requireFree(int row, int step) {
    if (has(row, step)) {
      throw QueryErrors.sameLabelset();
    }
  }

  /// Returns the rows that have at least one sample.
  public Columns build() {
    int kept = 0;
    for (int row = 0; row < size; row++) {
      if (isEmpty(row)) {
        continue;
      }
      if (kept != row) {
        labels[kept] = labels[row];
        nameDropped[kept] = nameDropped[row];
        System.arraycopy(values, row * steps, values, kept * steps, steps);
        if (histograms != null) {
          System.arraycopy(histograms, row * steps, histograms, kept * steps, steps);
        }
      }
      kept++;
    }
    if (kept == labels.length) {
      return new Columns(labels, nameDropped, steps, values, histograms);
    }
    return new Columns(
        Arrays.copyOf(labels, kept),
        Arrays.copyOf(nameDropped, kept),
        steps,
        Arrays.copyOf(values, kept * steps),
        histograms == null ? null : Arrays.copyOf(histograms, kept * steps));
  }

  private boolean isEmpty(int row) {
    for (int i = row * steps; i < (row + 1) * steps; i++) {
      if (!Columns.isAbsent(values[i])) {
        return false;
      }
    }
    return true;
  }
}
