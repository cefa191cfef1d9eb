package io.pharos.promql.engine;

import java.util.Arrays;

/// What the samples of a moving window come to, a sum or an extreme, without seeing them again:
/// they are taken together in segments of [#LENGTH], of which all but the first are put together
/// once. Only the samples of the first segment, of which some have left, are to be seen at each
/// look. It only ever puts values together, and takes nothing away from a sum, so there is no
/// drift.
///
/// It is a queue of two stacks: of the segments before `split` each knows what it and those after
/// it come to, up to there; those from `split` on are put together as they come. When the first
/// part is used up the second becomes it, so that each segment is put together twice in its life.
final class WindowSegments {
  /// Samples in a segment.
  static final int LENGTH = 32;

  /// What values come to when they are put together, one after the other.
  enum Kind {
    SUM,
    MIN,
    MAX
  }

  private final Kind kind;

  /* Rings by the number of a segment: what each comes to, and what it and those after it do. */
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

  /// Values put together, in their order.
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

    /* A number wins over NaN. */
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

  /// What it takes of the memory, about, in bytes.
  long bytes() {
    return 200 + 8L * (values.length + errors.length) * 2;
  }

  /// Takes in a sample after all others.
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

  /// Leaves out the sample before all others. There must be one more.
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

  /// How many of the oldest samples are to be seen before [#finish].
  int toSee() {
    return inFirst;
  }

  /// Begins to put the samples together.
  void begin() {
    total.clear();
  }

  /// Sees the next one of the oldest.
  void see(double value) {
    total.add(value, 0);
  }

  /// Puts the others to those that were seen.
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

  /// What was put together: of a sum without its rounding error.
  double value() {
    return total.value();
  }

  /// The rounding error of a sum.
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
