package io.pharos.promql.engine;

import java.util.Arrays;

/// What groups of samples come to, each group in a cell of its own, to which its samples are added
/// in their order.
abstract sealed class Accumulator {
  private boolean[] any = {};

  /// Makes room for cells, of which those that there are stay as they are.
  final void room(int cells) {
    if (cells > any.length) {
      any = Arrays.copyOf(any, cells);
      grow(cells);
    }
  }

  /// What a cell takes of the memory at most, about, in bytes.
  static final int BYTES_PER_CELL = 100;

  /// Forgets what is in a cell.
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

  /// Adds the samples `[from, from + count)` of a row, one to each of the cells from `first` on;
  /// what is absent is left out.
  void addRow(int first, double[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      if (!Columns.isAbsent(row[from + i])) {
        add(first + i, row[from + i]);
      }
    }
  }

  /// What the cells have come to; [Columns#ABSENT] where a cell has no sample.
  final double[] values(int cells) {
    double[] values = new double[cells];
    for (int cell = 0; cell < cells; cell++) {
      values[cell] = any[cell] ? value(cell) : Columns.ABSENT;
    }
    return values;
  }

  /// The result over at least one sample.
  abstract double value(int cell);

  abstract void grow(int cells);

  abstract void begin(int cell, double value);

  abstract void put(int cell, double value);

  /// `sum`
  static final class Sum extends Accumulator {
    private double[] sums = {};
    private double[] errors = {};

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

    /* As Kahan, on columns. */
    @Override
    void put(int cell, double value) {
      double sum = sums[cell];
      double total = sum + value;
      if (Double.isInfinite(total)) {
        errors[cell] = 0;
      } else if (Math.abs(sum) >= Math.abs(value)) {
        errors[cell] += (sum - total) + value;
      } else {
        errors[cell] += (value - total) + sum;
      }
      sums[cell] = total;
    }

    /* A loop of its own is one that the compiler knows the calls of. */
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
    private Mean[] means = {};

    @Override
    void grow(int cells) {
      int before = means.length;
      means = Arrays.copyOf(means, cells);
      for (int cell = before; cell < cells; cell++) {
        means[cell] = new Mean();
      }
    }

    @Override
    void begin(int cell, double value) {
      means[cell].reset();
      put(cell, value);
    }

    @Override
    void put(int cell, double value) {
      means[cell].add(value);
    }

    @Override
    double value(int cell) {
      return means[cell].value();
    }
  }

  /// `count`
  static final class Count extends Accumulator {
    private int[] counts = {};

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

  /// `min` and `max`: a number wins over NaN.
  static final class Extreme extends Accumulator {
    private final boolean max;
    private double[] best = {};

    Extreme(boolean max) {
      this.max = max;
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
    private Welford[] cells = {};

    private static final class Welford {
      private final Kahan mean = new Kahan();
      private final Kahan squares = new Kahan();
      private double count;
    }

    Deviation(boolean root) {
      this.root = root;
    }

    @Override
    void grow(int number) {
      int before = cells.length;
      cells = Arrays.copyOf(cells, number);
      for (int cell = before; cell < number; cell++) {
        cells[cell] = new Welford();
      }
    }

    @Override
    void begin(int cell, double value) {
      cells[cell].mean.reset();
      cells[cell].squares.reset();
      cells[cell].count = 0;
      put(cell, value);
    }

    @Override
    void put(int cell, double value) {
      Welford known = cells[cell];
      known.count++;
      if (Double.isInfinite(value)) {
        known.squares.add(Double.NaN);
      }
      double delta = value - known.mean.value();
      known.mean.add(delta / known.count);
      known.squares.add(delta * (value - known.mean.value()));
    }

    @Override
    double value(int cell) {
      double variance = cells[cell].squares.value() / cells[cell].count;
      return root ? Math.sqrt(variance) : variance;
    }
  }
}
