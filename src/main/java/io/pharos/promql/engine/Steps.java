package io.pharos.promql.engine;

/// The times at which an expression is evaluated: `count` times from `startMillis` on.
///
/// @param endMillis requested end, which need not be a step
/// @param stepMillis interval between times; zero for an instant query
record Steps(long startMillis, long endMillis, long stepMillis, int count) {
  static Steps single(long timeMillis) {
    return new Steps(timeMillis, timeMillis, 0, 1);
  }

  /// Returns the times from start to end, inclusive.
  static Steps between(long startMillis, long endMillis, long stepMillis) {
    int count =
        endMillis < startMillis ? 0 : Math.toIntExact((endMillis - startMillis) / stepMillis + 1);
    return new Steps(startMillis, endMillis, stepMillis, count);
  }

  /// Whether this is a range query, even if it has only one time.
  boolean isRange() {
    return endMillis > startMillis;
  }

  long at(int i) {
    return startMillis + i * stepMillis;
  }

  long lastMillis() {
    return at(Math.max(0, count - 1));
  }

  Steps first() {
    return single(startMillis);
  }
}
