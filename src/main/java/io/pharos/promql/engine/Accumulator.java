package io.pharos.promql.engine;

import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.engine.function.Kahan;
import io.pharos.promql.engine.function.Mean;
import io.pharos.promql.engine.query.Columns;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Aggregates samples in the order in which they are added. A cell is the state of one group's
/// aggregation at one step.
abstract sealed class Accumulator {
  private boolean[] hasSamples = {};

  /// The state of the cells, as arrays with one number per cell. The operator defines what each
  /// array contains.
  final double[][] state;

  private Accumulator(int numbersPerCell) {
    state = new double[numbersPerCell][0];
  }

  /// Returns an accumulator for an operator, or null if the operator needs all samples at once.
  static @Nullable Accumulator of(AggregateOp op) {
    return switch (op) {
      case SUM -> new Sum();
      case AVG -> new Average();
      case COUNT -> new Count();
      case MIN -> new Extreme(false);
      case MAX -> new Extreme(true);
      case GROUP -> new Group();
      case STDDEV -> new Deviation(true);
      case STDVAR -> new Deviation(false);
      case QUANTILE, TOPK, BOTTOMK, LIMITK, LIMIT_RATIO, COUNT_VALUES -> null;
    };
  }

  /// Grows the arrays to this number of cells, without changing the state of existing cells.
  final void ensureCells(int cells) {
    if (cells > hasSamples.length) {
      hasSamples = Arrays.copyOf(hasSamples, cells);
      Arrays.setAll(state, i -> Arrays.copyOf(state[i], cells));
    }
  }

  /// Returns the memory per cell, in bytes.
  final int bytesPerCell() {
    return state.length * Double.BYTES + 1;
  }

  /// Clears a cell.
  final void clear(int cell) {
    hasSamples[cell] = false;
  }

  /// Adds a sample to a cell.
  final void add(int cell, double value) {
    if (!hasSamples[cell]) {
      hasSamples[cell] = true;
      begin(cell, value);
    } else {
      put(cell, value);
    }
  }

  /// Adds the samples `[from, from + count)` of a row. Sample `from + i` is added to the cell
  /// `first + i`. Skips absent samples.
  void addRow(int first, double[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      if (!Columns.isAbsent(row[from + i])) {
        add(first + i, row[from + i]);
      }
    }
  }

  /// Returns the results of the first `cells` cells; [Columns#ABSENT] for a cell without samples.
  final double[] values(int cells) {
    double[] values = new double[cells];
    Arrays.setAll(values, cell -> hasSamples[cell] ? value(cell) : Columns.ABSENT);
    return values;
  }

  /// Returns the result of a cell with at least one sample.
  abstract double value(int cell);

  /// Adds the first sample to a cell.
  void begin(int cell, double value) {
    for (double[] numbers : state) {
      numbers[cell] = 0;
    }
    put(cell, value);
  }

  /// Adds a further sample to a cell.
  abstract void put(int cell, double value);

  /// `sum`
  static final class Sum extends Accumulator {
    Sum() {
      super(2);
    }

    @Override
    void put(int cell, double value) {
      double[] sums = state[0];
      double[] errors = state[1];
      double total = sums[cell] + value;
      errors[cell] = Kahan.error(sums[cell], errors[cell], value, total);
      sums[cell] = total;
    }

    /* Repeats the inherited loop, so that the compiler can devirtualize the calls in it. */
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
      return state[0][cell] + state[1][cell];
    }
  }

  /// `avg`
  static final class Average extends Accumulator {
    private final Mean mean = new Mean();

    Average() {
      super(4);
    }

    @Override
    void put(int cell, double value) {
      load(cell);
      mean.add(value);
      state[0][cell] = mean.plain();
      state[1][cell] = mean.error();
      state[2][cell] = mean.count();
      state[3][cell] = mean.isIncremental() ? 1 : 0;
    }

    @Override
    double value(int cell) {
      load(cell);
      return mean.value();
    }

    private void load(int cell) {
      mean.set(state[0][cell], state[1][cell], state[2][cell], state[3][cell] != 0);
    }
  }

  /// `count`
  static final class Count extends Accumulator {
    Count() {
      super(1);
    }

    @Override
    void put(int cell, double value) {
      state[0][cell]++;
    }

    @Override
    double value(int cell) {
      return state[0][cell];
    }
  }

  /// `group`: 1 for every group.
  static final class Group extends Accumulator {
    Group() {
      super(0);
    }

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

    Extreme(boolean max) {
      super(1);
      this.max = max;
    }

    @Override
    void begin(int cell, double value) {
      state[0][cell] = value;
    }

    @Override
    void put(int cell, double value) {
      double extreme = state[0][cell];
      if (Double.isNaN(extreme) || (max ? value > extreme : value < extreme)) {
        state[0][cell] = value;
      }
    }

    @Override
    double value(int cell) {
      return state[0][cell];
    }
  }

  /// `stddev` and `stdvar`, by Welford's method.
  static final class Deviation extends Accumulator {
    private final boolean root;
    private final Kahan mean = new Kahan();
    private final Kahan squares = new Kahan();

    Deviation(boolean root) {
      super(5);
      this.root = root;
    }

    @Override
    void put(int cell, double value) {
      mean.set(state[0][cell], state[1][cell]);
      squares.set(state[2][cell], state[3][cell]);
      double count = ++state[4][cell];
      if (Double.isInfinite(value)) {
        squares.add(Double.NaN);
      }
      double delta = value - mean.value();
      mean.add(delta / count);
      squares.add(delta * (value - mean.value()));
      state[0][cell] = mean.plain();
      state[1][cell] = mean.error();
      state[2][cell] = squares.plain();
      state[3][cell] = squares.error();
    }

    @Override
    double value(int cell) {
      double variance = (state[2][cell] + state[3][cell]) / state[4][cell];
      return root ? Math.sqrt(variance) : variance;
    }
  }
}
