package io.pharos.promql.engine.cache;

import io.pharos.promql.engine.function.Kahan;
import java.util.Arrays;

/// Computes the sum, minimum or maximum of a moving window without reading all its samples again.
/// Samples are combined in segments of [#LENGTH] samples. Only the first segment, from which
/// samples are removed, is read again at each evaluation. No value is subtracted from a total, so
/// sums do not drift.
///
/// `split` divides the segments into two parts. Each segment before `split` has a suffix: the total
/// of itself and all segments after it up to `split`. The segments from `split` on are added to one
/// total, `back`, as they arrive. When no segment before `split` is left, `split` moves to the last
/// segment and the suffixes are computed. So each segment is added at most twice.
final class WindowSegments {
  /// Number of samples per segment.
  static final int LENGTH = 32;

  /// The operation that combines values.
  enum Kind {
    SUM,
    MIN,
    MAX
  }

  private final Kind kind;

  /* Ring buffers by segment number: the total of each segment, and its suffix. */
  private double[] values = new double[2];
  private double[] errors;
  private double[] suffixes = new double[2];
  private double[] suffixErrors;

  private int first;
  private int last;
  private int split = 1;
  private int samplesInFirst;
  private int samplesInLast;
  private final Total back = new Total();
  private final Total total = new Total();

  WindowSegments(Kind kind) {
    this.kind = kind;
    errors = new double[kind == Kind.SUM ? 2 : 0];
    suffixErrors = new double[kind == Kind.SUM ? 2 : 0];
  }

  /// Combines values in order.
  private final class Total {
    private final Kahan sum = new Kahan();
    private double extreme;
    private boolean hasValue;

    void clear() {
      hasValue = false;
    }

    void add(double value, double error) {
      if (!hasValue) {
        hasValue = true;
        if (kind == Kind.SUM) {
          sum.set(value, error);
        } else {
          extreme = value;
        }
      } else {
        switch (kind) {
          case SUM -> {
            sum.add(value);
            sum.set(sum.plain(), sum.error() + error);
          }
          case MIN -> extreme = replaces(value < extreme) ? value : extreme;
          case MAX -> extreme = replaces(value > extreme) ? value : extreme;
        }
      }
    }

    /* A number takes precedence over NaN. */
    private boolean replaces(boolean isBeyond) {
      return isBeyond || Double.isNaN(extreme);
    }

    double value() {
      return kind == Kind.SUM ? sum.plain() : extreme;
    }

    double error() {
      return kind == Kind.SUM ? sum.error() : 0;
    }
  }

  /// Returns the approximate memory in bytes.
  long bytes() {
    return 200 + 8L * (values.length + errors.length) * 2;
  }

  /// Appends a sample.
  void add(double value) {
    if (samplesInLast == LENGTH) {
      if (last > first) {
        back.add(values[slot(last)], error(errors, last));
      }
      last++;
      samplesInLast = 0;
      if (last - first == values.length) {
        grow();
      }
    }
    total.clear();
    if (samplesInLast > 0) {
      total.add(values[slot(last)], error(errors, last));
    }
    total.add(value, 0);
    set(values, errors, last);
    samplesInLast++;
    if (last == first) {
      samplesInFirst++;
    }
  }

  /// Removes the oldest sample. At least one sample must remain.
  void remove() {
    samplesInFirst--;
    if (samplesInFirst > 0) {
      return;
    }
    first++;
    samplesInFirst = first == last ? samplesInLast : LENGTH;
    if (split <= first) {
      split = Math.max(last, first + 1);
      back.clear();
      total.clear();
      for (int i = last - 1; i > first; i--) {
        double later = total.value();
        double laterError = total.error();
        boolean hasLater = total.hasValue;
        total.clear();
        total.add(values[slot(i)], error(errors, i));
        if (hasLater) {
          total.add(later, laterError);
        }
        set(suffixes, suffixErrors, i);
      }
    }
  }

  /// Returns how many of the oldest samples must be passed to [#addOldest] between [#begin] and
  /// [#finish].
  int oldestToAdd() {
    return samplesInFirst;
  }

  /// Starts to combine the samples of the window.
  void begin() {
    total.clear();
  }

  /// Adds the value of the next oldest sample, starting with the oldest one.
  void addOldest(double value) {
    total.add(value, 0);
  }

  /// Adds all other samples of the window.
  void finish() {
    if (first + 1 < split && split <= last) {
      total.add(suffixes[slot(first + 1)], error(suffixErrors, first + 1));
    }
    if (back.hasValue) {
      total.add(back.value(), back.error());
    }
    if (last > first) {
      total.add(values[slot(last)], error(errors, last));
    }
  }

  /// Returns the result. For a sum, [#error] must be added.
  double value() {
    return total.value();
  }

  /// Returns the rounding error of a sum; 0 for other kinds.
  double error() {
    return total.error();
  }

  private int slot(int segment) {
    return segment & (values.length - 1);
  }

  private double error(double[] ring, int segment) {
    return kind == Kind.SUM ? ring[slot(segment)] : 0;
  }

  private void set(double[] totals, double[] totalErrors, int segment) {
    totals[slot(segment)] = total.value();
    if (kind == Kind.SUM) {
      totalErrors[slot(segment)] = total.error();
    }
  }

  private void grow() {
    values = grown(values);
    suffixes = grown(suffixes);
    if (kind == Kind.SUM) {
      errors = grown(errors);
      suffixErrors = grown(suffixErrors);
    }
  }

  private double[] grown(double[] ring) {
    double[] larger = new double[ring.length * 2];
    for (int i = first; i < first + ring.length; i++) {
      larger[i & (larger.length - 1)] = ring[i & (ring.length - 1)];
    }
    return larger;
  }

  @Override
  public String toString() {
    return kind + " " + first + " to " + last + " " + Arrays.toString(values);
  }
}
