package io.pharos.promql.engine.function;

/// Computes a mean as the sum divided by the count. If the sum would overflow, continues with an
/// incremental mean.
public final class Mean {
  private final Kahan total = new Kahan();
  private double count;
  private boolean incremental;

  /// Removes all values.
  public void reset() {
    total.reset();
    count = 0;
    incremental = false;
  }

  /// Restores a state that the getters returned.
  public void set(double plain, double error, double newCount, boolean isIncremental) {
    total.set(plain, error);
    count = newCount;
    incremental = isIncremental;
  }

  /// Returns the uncompensated sum, or the uncompensated mean if it is incremental.
  public double plain() {
    return total.plain();
  }

  /// Returns the error of [#plain].
  public double error() {
    return total.error();
  }

  /// Returns the number of values.
  public double count() {
    return count;
  }

  /// Returns whether the mean is incremental, because a sum would have overflowed.
  public boolean isIncremental() {
    return incremental;
  }

  /// Adds a value.
  public void add(double value) {
    count++;
    if (count == 1) {
      total.set(value, 0);
      return;
    }
    if (!incremental) {
      double sum = total.plain();
      double error = total.error();
      total.add(value);
      if (!Double.isInfinite(total.plain())) {
        return;
      }
      incremental = true;
      total.set(sum / (count - 1), error / (count - 1));
    }
    double mean = total.plain();
    if (Double.isInfinite(mean)) {
      if (Double.isInfinite(value) && (mean > 0) == (value > 0)) {
        return;
      }
      if (!Double.isInfinite(value) && !Double.isNaN(value)) {
        return;
      }
    }
    double share = (count - 1) / count;
    total.set(share * mean, share * total.error());
    total.add(value / count);
  }

  /// Returns the mean.
  public double value() {
    return incremental
        ? total.plain() + total.error()
        : total.plain() / count + total.error() / count;
  }
}
