package io.pharos.storage;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.util.Comparator;

/// One observation that stands for others of its series: what leads from a bucket to a trace.
///
/// @param labels what it says of itself, such as `trace_id`
/// @param timestampMillis Unix milliseconds
/// @param timed whether the time is the sender's own; else it is that of the sample beside it, and
///   says nothing about whether two exemplars are the same
public record Exemplar(Labels labels, double value, long timestampMillis, boolean timed) {
  /// So many code points may the names and values of its labels have together, as OpenMetrics says.
  public static final int MAX_LABELS = 128;

  /// The order in which exemplars of one series come.
  public static final Comparator<Exemplar> ORDER =
      Comparator.comparingLong(Exemplar::timestampMillis)
          .thenComparingDouble(Exemplar::value)
          .thenComparing(Exemplar::labels);

  public Exemplar {
    requireNonNull(labels, "labels is null");
  }

  /// Whether the labels are longer than [#MAX_LABELS].
  public boolean isTooLong() {
    long length = 0;
    for (int i = 0; i < labels.size(); i++) {
      length += labels.name(i).codePoints().count() + labels.value(i).codePoints().count();
    }
    return length > MAX_LABELS;
  }
}
