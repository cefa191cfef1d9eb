package io.pharos.model.histogram;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// The sum of histograms. Rounding errors are added up too, so that the order of the terms hardly
/// matters. The sum has the lowest schema, the widest zero bucket and the common custom bounds of
/// all terms. Not thread-safe.
public final class HistogramSum implements HistogramTotal {
  private static final int ZERO = 0;
  private static final int COUNT = 1;
  private static final int SUM = 2;

  private ResetHint hint;
  private int schema;
  private double zeroThreshold;
  private double[] customValues;
  private final double[] totals;
  private final double[] errors;
  final BucketSums positive;
  final BucketSums negative;
  private boolean sawReset;
  private boolean sawNoReset;
  private boolean boundsReconciled;

  /// Creates the sum of one histogram.
  public HistogramSum(Histogram first) {
    hint = first.hint();
    schema = first.schema();
    zeroThreshold = first.zeroThreshold();
    customValues = first.rawCustomValues();
    totals = new double[] {first.zeroCount(), first.count(), first.sum()};
    errors = new double[totals.length];
    positive = BucketSums.of(first.positive());
    negative = BucketSums.of(first.negative());
    noteHint(first.hint());
  }

  private HistogramSum(HistogramSum other) {
    hint = other.hint;
    schema = other.schema;
    zeroThreshold = other.zeroThreshold;
    customValues = other.customValues;
    totals = other.totals.clone();
    errors = other.errors.clone();
    positive = other.positive.copy();
    negative = other.negative.copy();
    sawReset = other.sawReset;
    sawNoReset = other.sawNoReset;
    boundsReconciled = other.boundsReconciled;
  }

  HistogramSum copy() {
    return new HistogramSum(this);
  }

  @Override
  public boolean accepts(Histogram histogram) {
    return histogram.hasCustomBuckets() == hasCustomBuckets();
  }

  /// Whether a histogram has exactly the custom bounds of this sum, so that adding it loses no
  /// bounds.
  public boolean hasBoundsOf(Histogram histogram) {
    return Arrays.equals(customValues, histogram.rawCustomValues());
  }

  private boolean hasCustomBuckets() {
    return schema == Histogram.CUSTOM_BUCKETS;
  }

  @Override
  public void add(Histogram term) {
    combine(term, 1);
  }

  /// Subtracts a histogram that the sum [#accepts].
  public void subtract(Histogram term) {
    combine(term, -1);
  }

  private void combine(Histogram histogram, int sign) {
    if (!accepts(histogram)) {
      throw new IllegalArgumentException(
          "histograms of exponential and of custom buckets can't be combined: schemas %d and %d"
              .formatted(schema, histogram.schema()));
    }
    noteHint(histogram.hint());
    hint = combined(hint, histogram.hint());
    var term = new HistogramSum(histogram);
    if (hasCustomBuckets()) {
      reconcileBounds(term);
    } else {
      reconcileZeroBuckets(term);
      int lower = Math.min(schema, term.schema);
      coarsenTo(lower);
      term.coarsenTo(lower);
    }
    for (int i = 0; i < totals.length; i++) {
      BucketSums.add(totals, errors, i, sign * term.totals[i]);
      BucketSums.add(totals, errors, i, sign * term.errors[i]);
    }
    positive.add(term.positive, sign);
    negative.add(term.negative, sign);
    if (boundsReconciled) {
      positive.dropEmpty();
    }
  }

  private void noteHint(ResetHint seen) {
    sawReset |= seen == ResetHint.RESET;
    sawNoReset |= seen == ResetHint.NOT_RESET;
  }

  /// Returns the reset hint of a sum: a gauge if one of the terms is; unknown if the hints differ.
  private static ResetHint combined(ResetHint one, ResetHint other) {
    if (one == other) {
      return one;
    }
    return one == ResetHint.GAUGE || other == ResetHint.GAUGE ? ResetHint.GAUGE : ResetHint.UNKNOWN;
  }

  private void reconcileBounds(HistogramSum term) {
    if (Arrays.equals(customValues, term.customValues)) {
      return;
    }
    boundsReconciled = true;
    double[] shared = BucketBounds.shared(customValues, term.customValues);
    moveTo(shared);
    term.moveTo(shared);
  }

  private void moveTo(double[] bounds) {
    positive.move(BucketBounds.mover(customValues, bounds));
    customValues = bounds;
  }

  private void reconcileZeroBuckets(HistogramSum term) {
    while (zeroThreshold < term.zeroThreshold || term.zeroThreshold < zeroThreshold) {
      if (zeroThreshold < term.zeroThreshold) {
        widenZeroBucket(term.zeroThreshold);
      } else {
        term.widenZeroBucket(zeroThreshold);
      }
    }
  }

  /// Widens the zero bucket to a threshold, or if that divides a populated bucket, to the next
  /// higher threshold that divides none.
  void widenZeroBucket(double minimum) {
    double threshold = minimum;
    double previous;
    do {
      previous = threshold;
      threshold = positive.thresholdOutside(threshold, schema);
      threshold = negative.thresholdOutside(threshold, schema);
    } while (threshold != previous);
    positive.removeFirst(positive.begunBelow(threshold, schema), totals, errors, ZERO);
    negative.removeFirst(negative.begunBelow(threshold, schema), totals, errors, ZERO);
    zeroThreshold = threshold;
  }

  double zeroThreshold() {
    return zeroThreshold;
  }

  double zeroCount() {
    return totals[ZERO] + errors[ZERO];
  }

  void coarsenTo(int lowerSchema) {
    positive.coarsen(schema - lowerSchema);
    negative.coarsen(schema - lowerSchema);
    schema = lowerSchema;
  }

  void scale(DoubleUnaryOperator change) {
    BucketSums.scale(totals, totals.length, change);
    BucketSums.scale(errors, errors.length, change);
    positive.scale(change);
    negative.scale(change);
  }

  boolean hasOverflown() {
    for (double total : totals) {
      if (Double.isInfinite(total)) {
        return true;
      }
    }
    return positive.anyInfinite() || negative.anyInfinite();
  }

  @Override
  public boolean resetsCollide() {
    return sawReset && sawNoReset;
  }

  @Override
  public boolean boundsReconciled() {
    return boundsReconciled;
  }

  @Override
  public Histogram value() {
    return new Histogram(
        hint,
        schema,
        zeroThreshold,
        zeroCount(),
        totals[COUNT] + errors[COUNT],
        totals[SUM] + errors[SUM],
        positive.toBuckets(),
        negative.toBuckets(),
        customValues);
  }
}
