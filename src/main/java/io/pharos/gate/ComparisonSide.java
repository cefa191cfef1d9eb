package io.pharos.gate;

/// Which of the two a selector is expanded for.
enum ComparisonSide {
  /// What is judged.
  CANDIDATE,
  /// What runs beside it, and was there before.
  BASELINE
}
