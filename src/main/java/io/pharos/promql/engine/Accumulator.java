package io.pharos.promql.engine;

import io.pharos.promql.engine.function.Kahan;
import io.pharos.promql.engine.function.Mean;
import io.pharos.promql.engine.query.Columns;
import java.util.Arrays;

/// Aggregates samples into cells, one cell per group, in sample order.
abstract sealed class Accumulator {
  private boolean[] any = {};

  /// Grows to this number of cells and keeps existing ones.
  final void room(int cells) {
    if (cells > any.length) {
      any = Arrays.copyOf(any, cells);
      grow(cells);
    }
  }

  /// Memory per cell, in bytes.
  abstract int bytesPerCell();

  /// Clears a cell.
  final void clear(int cell) {
    any[cell] = false;
  }

  /// Adds a sample to a cell.
  final void add(int cell, double value) {
    if (any[cell]) {
      put(cell, value);
    } else {
      any[cell] = true;
      begin(cell, value);
    }
  }

  /// Adds the samples `[from, from + count)` of a row to the cells from `first` on; absent samples
  /// are skipped.
  void addRow(int first, double[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      if (!Columns.isAbsent(row[from + i])) {
        add(first + i, row[from + i]);
      }
    }
  }

  /// Returns the results; [Columns#ABSENT] for a cell without samples.
  final double[] values(int cells) {
    double[] values = new double[cells];
    for (int cell = 0; cell < cells; cell++) {
      values[cell] = any[cell] ? value(cell) : Columns.ABSENT;
    }
    return values;
  }

  /// Returns the result over at least one sample.
  abstract double value(int cell);

  abstract void grow(int cells);

  abstract void begin(int cell, double value);

  abstract void put(int cell, double value);

  /// `sum`
  static final class Sum extends Accumulator {
    private double[] sums = {};
    private double[] errors = {};

    @Override
    int bytesPerCell() {
      return 2 * Double.BYTES + 1;
    }

    @Override
    void grow(int cells) {
      sums = Arrays.copyOf(sums, cells);
      errors = Arrays.copyOf(errors, cells);
    }

    @Override
    void begin(int cell, double value) {
      sums[cell] = 0;
      errors[cell] = 0;
      put(cell, value);
    }

    @Override
    void put(int cell, double value) {
      double total = sums[cell] + value;
      errors[cell] = Kahan.error(sums[cell], errors[cell], value, total);
      sums[cell] = total;
    }

    /* A separate loop lets the compiler devirtualize its calls. */
    @Override
    void addRow(int first, double[] row, int from, int count) {
      for (int i = 0; i < count; i++) {
        if (!Columns.isAbsent(row[from + i])) {
          add(first + i, row[from + i]);
        }
      }
    }

    @Override
    double value(int cell) {
      return sums[cell] + errors[cell];
    }
  }

  /// `avg`
  static final class Average extends Accumulator {
    private final Mean mean = new Mean();
    private double[] totals = {};
    private double[] errors = {};
    private double[] counts = {};
    private boolean[] incremental = {};

    @Override
    int bytesPerCell() {
      return 3 * Double.BYTES + 2;
    }

    @Override
    void grow(int cells) {
      totals = Arrays.copyOf(totals, cells);
      errors = Arrays.copyOf(errors, cells);
      counts = Arrays.copyOf(counts, cells);
      incremental = Arrays.copyOf(incremental, cells);
    }

    @Override
    void begin(int cell, double value) {
      mean.reset();
      mean.add(value);
      save(cell);
    }

    @Override
    void put(int cell, double value) {
      load(cell);
      mean.add(value);
      save(cell);
    }

    @Override
    double value(int cell) {
      load(cell);
      return mean.value();
    }

    private void load(int cell) {
      mean.set(totals[cell], errors[cell], counts[cell], incremental[cell]);
    }

    private void save(int cell) {
      totals[cell] = mean.plain();
      errors[cell] = mean.error();
      counts[cell] = mean.count();
      incremental[cell] = mean.isIncremental();
    }
  }

  /// `count`
  static final class Count extends Accumulator {
    private int[] counts = {};

    @Override
    int bytesPerCell() {
      return Integer.BYTES + 1;
    }

    @Override
    void grow(int cells) {
      counts = Arrays.copyOf(counts, cells);
    }

    @Override
    void begin(int cell, double value) {
      counts[cell] = 1;
    }

    @Override
    void put(int cell, double value) {
      counts[cell]++;
    }

    @Override
    double value(int cell) {
      return counts[cell];
    }
  }

  /// `group`: 1 for every group.
  static final class Group extends Accumulator {
    @Override
    int bytesPerCell() {
      return 1;
    }

    @Override
    void grow(int cells) {}

    @Override
    void begin(int cell, double value) {}

    @Override
    void put(int cell, double value) {}

    @Override
    double value(int cell) {
      return 1;
    }
  }

  /// `min` and `max`; a number takes precedence over NaN.
  static final class Extreme extends Accumulator {
    private final boolean max;
    private double[] best = {};

    Extreme(boolean max) {
      this.max = max;
    }

    @Override
    int bytesPerCell() {
      return Double.BYTES + 1;
    }

    @Override
    void grow(int cells) {
      best = Arrays.copyOf(best, cells);
    }

    @Override
    void begin(int cell, double value) {
      best[cell] = value;
    }

    @Override
    void put(int cell, double value) {
      double known = best[cell];
      if (Double.isNaN(known) || (max ? value > known : value < known)) {
        best[cell] = value;
      }
    }

    @Override
    double value(int cell) {
      return best[cell];
    }
  }

  /// `stddev` and `stdvar`, by Welford's method.
  static final class Deviation extends Accumulator {
    private final boolean root;
    private final Kahan mean = new Kahan();
    private final Kahan squares = new Kahan();
    private double[] means = {};
    private double[] meanErrors = {};
    private double[] sums = {};
    private double[] sumErrors = {};
    private double[] counts = {};

    Deviation(boolean root) {
      this.root = root;
    }

    @Override
    int bytesPerCell() {
      return 5 * Double.BYTES + 1;
    }

    @Override
    void grow(int cells) {
      means = Arrays.copyOf(means, cells);
      meanErrors = Arrays.copyOf(meanErrors, cells);
      sums = Arrays.copyOf(sums, cells);
      sumErrors = Arrays.copyOf(sumErrors, cells);
      counts = Arrays.copyOf(counts, cells);
    }

    @Override
    void begin(int cell, double value) {
      means[cell] = 0;
      meanErrors[cell] = 0;
      sums[cell] = 0;
      sumErrors[cell] = 0;
      counts[cell] = 0;
      put(cell, value);
    }

    @Override
    void put(int cell, double value) {
      mean.set(means[cell], meanErrors[cell]);
      squares.set(sums[cell], sumErrors[cell]);
      double count = ++counts[cell];
      if (Double.isInfinite(value)) {
        squares.add(Double.NaN);
      }
      double delta = value - mean.value();
      mean.add(delta / count);
      squares.add(delta * (value - mean.value()));
      means[cell] = mean.plain();
      meanErrors[cell] = mean.error();
      sums[cell] = squares.plain();
      sumErrors[cell] = squares.error();
    }

    @Override
    double value(int cell) {
      double variance = (sums[cell] + sumErrors[cell]) / counts[cell];
      return root ? Math.sqrt(variance) : variance;
    }
  }
}
