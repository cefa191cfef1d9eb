package io.pharos.storage;

import io.pharos.model.Labels;
import java.util.Comparator;

/// One observation of a series, usually with a trace id: it links a bucket to a trace.
///
/// @param labels labels of the exemplar, such as `trace_id`
/// @param timestampMillis Unix milliseconds
/// @param timed whether the sender specified the time. If not, it is the time of the sample that
///   came with the exemplar, and is ignored when two exemplars are compared
public record Exemplar(Labels labels, double value, long timestampMillis, boolean timed) {
  /// Maximum number of code points in all names and values of its labels, as in OpenMetrics.
  public static final int MAX_LABELS = 128;

  /// Order of the exemplars of a series.
  public static final Comparator<Exemplar> ORDER =
      Comparator.comparingLong(Exemplar::timestampMillis)
          .thenComparingDouble(Exemplar::value)
          .thenComparing(Exemplar::labels);

  /// Whether the labels exceed [#MAX_LABELS].
  public boolean isTooLong() {
    long length = 0;
    for (int i = 0; i < labels.size(); i++) {
      length += labels.name(i).codePoints().count() + labels.value(i).codePoints().count();
    }
    return length > MAX_LABELS;
  }

  /// Result of appending one exemplar.
  public enum Outcome {
    ACCEPTED,
    /// The exemplar equals the newest one of its series, so there is nothing to store.
    DUPLICATE,
    /// The exemplar is older than the newest one of its series.
    OUT_OF_ORDER,
    /// The exemplar's labels exceed [Exemplar#MAX_LABELS].
    TOO_LONG,
    /// The store does not store exemplars.
    NOT_KEPT
  }
}
