package io.pharos.promql.engine;

/// Takes the samples of a group one by one. An object is reused: [#reset] begins a new group.
sealed interface Accumulator {
  void reset();

  void add(double value);

  /// The result over at least one sample.
  double value();

  /// `sum`
  final class Sum implements Accumulator {
    private final Kahan sum = new Kahan();

    @Override
    public void reset() {
      sum.reset();
    }

    @Override
    public void add(double value) {
      sum.add(value);
    }

    @Override
    public double value() {
      return sum.value();
    }
  }

  /// `avg`
  final class Average implements Accumulator {
    private final Mean mean = new Mean();

    @Override
    public void reset() {
      mean.reset();
    }

    @Override
    public void add(double value) {
      mean.add(value);
    }

    @Override
    public double value() {
      return mean.value();
    }
  }

  /// `count`
  final class Count implements Accumulator {
    private int count;

    @Override
    public void reset() {
      count = 0;
    }

    @Override
    public void add(double value) {
      count++;
    }

    @Override
    public double value() {
      return count;
    }
  }

  /// `group`: 1 for every group.
  final class Group implements Accumulator {
    @Override
    public void reset() {}

    @Override
    public void add(double value) {}

    @Override
    public double value() {
      return 1;
    }
  }

  /// `min` and `max`: a number wins over NaN.
  final class Extreme implements Accumulator {
    private final boolean max;
    private double best;

    Extreme(boolean max) {
      this.max = max;
    }

    @Override
    public void reset() {
      best = Double.NaN;
    }

    @Override
    public void add(double value) {
      if (Double.isNaN(best) || (max ? value > best : value < best)) {
        best = value;
      }
    }

    @Override
    public double value() {
      return best;
    }
  }

  /// `stddev` and `stdvar`, by Welford's method.
  final class Deviation implements Accumulator {
    private final boolean root;
    private final Kahan mean = new Kahan();
    private final Kahan squares = new Kahan();
    private double count;

    Deviation(boolean root) {
      this.root = root;
    }

    @Override
    public void reset() {
      mean.reset();
      squares.reset();
      count = 0;
    }

    @Override
    public void add(double value) {
      count++;
      if (Double.isInfinite(value)) {
        squares.add(Double.NaN);
      }
      double delta = value - mean.value();
      mean.add(delta / count);
      squares.add(delta * (value - mean.value()));
    }

    @Override
    public double value() {
      double variance = squares.value() / count;
      return root ? Math.sqrt(variance) : variance;
    }
  }
}
