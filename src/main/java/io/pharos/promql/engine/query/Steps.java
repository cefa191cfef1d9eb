package io.pharos.promql.engine.query;

/// The times at which an expression is evaluated: `startMillis`, and further times at intervals of
/// `stepMillis`.
///
/// @param endMillis requested end, which need not be one of the times
/// @param stepMillis interval between times; zero for an instant query
/// @param count number of times
public record Steps(long startMillis, long endMillis, long stepMillis, int count) {
  /// Returns a single time.
  public static Steps single(long timeMillis) {
    return new Steps(timeMillis, timeMillis, 0, 1);
  }

  /// Returns the times from start to end, inclusive.
  public static Steps between(long startMillis, long endMillis, long stepMillis) {
    int count =
        endMillis < startMillis ? 0 : Math.toIntExact((endMillis - startMillis) / stepMillis + 1);
    return new Steps(startMillis, endMillis, stepMillis, count);
  }

  /// Returns whether this is a range query, even if it has only one time.
  public boolean isRange() {
    return endMillis > startMillis;
  }

  /// Returns the time of a step in Unix milliseconds.
  public long at(int i) {
    return startMillis + i * stepMillis;
  }

  /// Returns the time of the last step in Unix milliseconds.
  public long lastMillis() {
    return at(Math.max(0, count - 1));
  }

  /// Returns the first time as the only step.
  public Steps first() {
    return single(startMillis);
  }
}
