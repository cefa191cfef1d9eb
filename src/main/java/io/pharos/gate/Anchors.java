package io.pharos.gate;

/// Records the last fact of each gate's chain outside the store. Comparing the records with the
/// store shows whether a gate was rewritten or deleted (docs/format/gate-anchors.md). Safe for many
/// threads.
public interface Anchors {
  /// Records the last fact of a gate's chain. Call it when the state of the gate changes and when
  /// its observation ends. Never throws: [#retry] repeats a failed write.
  ///
  /// @param last the last fact of the gate
  void anchor(GateRun run, GateFact last);

  /// Repeats failed writes. Call it regularly.
  default void retry() {}

  /// Returns the link of the last record; empty if it is unknown or there is none. Facts contain
  /// it, so that removed records are found. Never throws.
  default String last() {
    return "";
  }

  /// Returns an implementation that records nothing.
  static Anchors none() {
    return (_, _) -> {};
  }
}
