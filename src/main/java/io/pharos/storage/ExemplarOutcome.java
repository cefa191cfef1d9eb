package io.pharos.storage;

/// Result of appending one exemplar.
public enum ExemplarOutcome {
  ACCEPTED,
  /// The same as the newest of its series: nothing to do.
  DUPLICATE,
  /// Older than the newest of its series.
  OUT_OF_ORDER,
  /// Its labels exceed [Exemplar#MAX_LABELS].
  TOO_LONG,
  /// The store keeps no exemplars.
  NOT_KEPT
}
