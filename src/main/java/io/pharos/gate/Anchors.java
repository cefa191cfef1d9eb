package io.pharos.gate;

/// Where the ends of the chains of gates go that the store can't reach, so that a whole gate which
/// is rewritten or deleted there is found (docs/format/gate-anchors.md). Safe for many threads.
public interface Anchors {
  /// Takes down where a gate stands, at each verdict and at the end. It never throws: what can't be
  /// written now is written later.
  ///
  /// @param last the last fact of the gate
  void anchor(GateRun run, GateFact last);

  /// Writes what could not be written before. Call it now and then.
  default void retry() {}

  /// Nobody takes anything down.
  static Anchors none() {
    return (_, _) -> {};
  }
}
