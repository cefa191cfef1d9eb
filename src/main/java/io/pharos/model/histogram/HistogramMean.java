package io.pharos.model.histogram;

/// The mean of histograms: their sum divided by their number. If a sum would overflow, the mean of
/// the histograms so far is computed, and from then on it is updated with each further histogram.
/// Not thread-safe.
public final class HistogramMean implements HistogramTotal {
  private HistogramSum total;
  private double count = 1;
  private boolean incremental;

  /// Creates the mean of one histogram.
  public HistogramMean(Histogram first) {
    total = new HistogramSum(first);
  }

  @Override
  public boolean accepts(Histogram histogram) {
    return total.accepts(histogram);
  }

  @Override
  public void add(Histogram histogram) {
    count++;
    if (!incremental) {
      HistogramSum attempt = total.copy();
      attempt.add(histogram);
      if (!attempt.hasOverflown()) {
        total = attempt;
        return;
      }
      incremental = true;
      total.scale(value -> value / (count - 1));
    }
    double weight = (count - 1) / count;
    total.scale(value -> value * weight);
    total.add(histogram.dividedBy(count));
  }

  @Override
  public boolean resetsCollide() {
    return total.resetsCollide();
  }

  @Override
  public boolean boundsReconciled() {
    return total.boundsReconciled();
  }

  @Override
  public Histogram value() {
    if (incremental) {
      return total.value();
    }
    HistogramSum mean = total.copy();
    mean.scale(value -> value / count);
    return mean.value();
  }
}
