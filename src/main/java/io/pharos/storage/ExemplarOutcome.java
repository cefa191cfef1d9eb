package io.pharos.storage;

/// What became of one exemplar.
public enum ExemplarOutcome {
  ACCEPTED,
  /// The same as the newest of its series: nothing to do.
  DUPLICATE,
  /// Before the newest of its series.
  OUT_OF_ORDER,
  /// Its labels are longer than [Exemplar#MAX_LABELS].
  TOO_LONG,
  /// This store keeps none.
  NOT_KEPT
}
