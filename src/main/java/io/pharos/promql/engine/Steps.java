package io.pharos.promql.engine;

/// The times at which an expression is evaluated: `count` times from `startMillis` on.
record Steps(long startMillis, long stepMillis, int count) {
  static Steps single(long timeMillis) {
    return new Steps(timeMillis, 1, 1);
  }

  /// The times from start to end, both included.
  static Steps between(long startMillis, long endMillis, long stepMillis) {
    if (endMillis < startMillis) {
      return new Steps(startMillis, stepMillis, 0);
    }
    return new Steps(
        startMillis, stepMillis, Math.toIntExact((endMillis - startMillis) / stepMillis + 1));
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
