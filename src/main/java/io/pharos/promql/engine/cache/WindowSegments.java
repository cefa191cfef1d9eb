package io.pharos.promql.engine.cache;

import io.pharos.promql.engine.function.Kahan;
import java.util.Arrays;

/// Sum or extreme of a moving window, without reading samples again. Samples are combined in
/// segments of [#LENGTH]; only the first segment, which loses samples, is read again at each
/// evaluation. Values are only combined, never subtracted, so sums do not drift.
///
/// It is a queue of two stacks. Each segment before `split` has the total of itself and the
/// segments after it up to `split`; segments from `split` on are totalled as they arrive. When the
/// first part is used up, the second becomes the first, so each segment is totalled twice.
final class WindowSegments {
  /// Samples per segment.
  static final int LENGTH = 32;

  /// How values are combined.
  enum Kind {
    SUM,
    MIN,
    MAX
  }

  private final Kind kind;

  /* Ring buffers by segment number: the total of each segment, and of it and the following ones. */
  private double[] values = new double[2];
  private double[] errors;
  private double[] suffixes = new double[2];
  private double[] suffixErrors;

  private int first;
  private int last;
  private int split = 1;
  private int inFirst;
  private int inLast;
  private final Total back = new Total();
  private final Total total = new Total();

  WindowSegments(Kind kind) {
    this.kind = kind;
    errors = new double[kind == Kind.SUM ? 2 : 0];
    suffixErrors = new double[kind == Kind.SUM ? 2 : 0];
  }

  /// An ordered combination of values.
  private final class Total {
    private final Kahan sum = new Kahan();
    private double extreme;
    private boolean any;

    void clear() {
      any = false;
    }

    void add(double value, double error) {
      if (!any) {
        any = true;
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
          case MIN -> extreme = isBetter(value < extreme) ? value : extreme;
          case MAX -> extreme = isBetter(value > extreme) ? value : extreme;
        }
      }
    }

    /* A number takes precedence over NaN. */
    private boolean isBetter(boolean beyond) {
      return beyond || Double.isNaN(extreme);
    }

    double value() {
      return kind == Kind.SUM ? sum.plain() : extreme;
    }

    double error() {
      return kind == Kind.SUM ? sum.error() : 0;
    }
  }

  /// Approximate memory in bytes.
  long bytes() {
    return 200 + 8L * (values.length + errors.length) * 2;
  }

  /// Appends a sample.
  void add(double value) {
    if (inLast == LENGTH) {
      if (last > first) {
        back.add(values[at(last)], error(errors, last));
      }
      last++;
      inLast = 0;
      if (last - first == values.length) {
        grow();
      }
    }
    total.clear();
    if (inLast > 0) {
      total.add(values[at(last)], error(errors, last));
    }
    total.add(value, 0);
    set(values, errors, last);
    inLast++;
    if (last == first) {
      inFirst++;
    }
  }

  /// Removes the oldest sample; at least one more must remain.
  void remove() {
    inFirst--;
    if (inFirst > 0) {
      return;
    }
    first++;
    inFirst = first == last ? inLast : LENGTH;
    if (split <= first) {
      split = Math.max(last, first + 1);
      back.clear();
      total.clear();
      for (int i = last - 1; i > first; i--) {
        double later = total.value();
        double laterError = total.error();
        boolean any = total.any;
        total.clear();
        total.add(values[at(i)], error(errors, i));
        if (any) {
          total.add(later, laterError);
        }
        set(suffixes, suffixErrors, i);
      }
    }
  }

  /// Number of oldest samples to pass to [#see] before [#finish].
  int toSee() {
    return inFirst;
  }

  /// Starts to combine the samples.
  void begin() {
    total.clear();
  }

  /// Adds the next of the oldest samples.
  void see(double value) {
    total.add(value, 0);
  }

  /// Adds all other samples.
  void finish() {
    if (first + 1 < split && split <= last) {
      total.add(suffixes[at(first + 1)], error(suffixErrors, first + 1));
    }
    if (back.any) {
      total.add(back.value(), back.error());
    }
    if (last > first) {
      total.add(values[at(last)], error(errors, last));
    }
  }

  /// Returns the result; for a sum without its rounding error.
  double value() {
    return total.value();
  }

  /// Returns the rounding error of a sum.
  double error() {
    return total.error();
  }

  private int at(int segment) {
    return segment & (values.length - 1);
  }

  private double error(double[] of, int segment) {
    return kind == Kind.SUM ? of[at(segment)] : 0;
  }

  private void set(double[] to, double[] errorsTo, int segment) {
    to[at(segment)] = total.value();
    if (kind == Kind.SUM) {
      errorsTo[at(segment)] = total.error();
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
