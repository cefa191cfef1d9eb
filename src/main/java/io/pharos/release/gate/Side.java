package io.pharos.release.gate;

/// Which of the two a selector is expanded for.
enum Side {
  /// What is judged.
  CANDIDATE,
  /// What runs beside it, and was there before.
  BASELINE
}
