package io.pharos.gate;

/// Records, outside the store, where the chains of gates end, so that a rewritten or deleted gate
/// is detected (docs/format/gate-anchors.md). Safe for many threads.
public interface Anchors {
  /// Records the end of a gate's chain, at each verdict and at the end. It never throws: a failed
  /// write is repeated by [#retry].
  ///
  /// @param last the last fact of the gate
  void anchor(GateRun run, GateFact last);

  /// Repeats failed writes. Call it regularly.
  default void retry() {}

  /// Returns an implementation that records nothing.
  static Anchors none() {
    return (_, _) -> {};
  }
}
