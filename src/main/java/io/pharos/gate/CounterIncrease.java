package io.pharos.gate;

import io.pharos.model.StaleMarker;
import java.util.OptionalLong;

/// How much a counter rose after a time, from its raw samples.
///
/// @param increase without extrapolation
/// @param resets how often it went back, less the one restart that a deployment itself brings
/// @param notNumbers how many samples were not finite
/// @param newestMillis the newest sample; 0 if there is none
record CounterIncrease(double increase, int resets, int notNumbers, long newestMillis) {
  /* A counter that is first seen after the deployment started counts from zero: increase() would
   * lose exactly the first errors of a fresh version. So does one whose process is known to have
   * begun, and what it said before is another process' and does not count. Where that is not known,
   * a counter that was there before may go back once, because replacing the old process is what a
   * deployment does; every further step back, and every one of a counter born later, is a restart
   * that nobody announced. */

  /// @param sinceMillis when the deployment started
  /// @param fromMillis from when on the increase counts, not before `sinceMillis`
  /// @param bornMillis the first sample of the candidate's own process, if it is known
  static CounterIncrease after(
      long sinceMillis, long fromMillis, OptionalLong bornMillis, long[] times, double[] values) {
    double previous = 0;
    boolean knownBefore = false;
    double increase = 0;
    int resets = 0;
    int notNumbers = 0;
    long newest = 0;
    for (int i = 0; i < times.length; i++) {
      double value = values[i];
      if (StaleMarker.is(value)) {
        continue;
      }
      newest = times[i];
      if (bornMillis.isPresent() && times[i] < bornMillis.getAsLong()) {
        continue;
      }
      if (!Double.isFinite(value)) {
        notNumbers += times[i] > sinceMillis ? 1 : 0;
        continue;
      }
      boolean wentBack = value < previous;
      if (times[i] <= sinceMillis) {
        knownBefore = true;
      } else if (wentBack) {
        resets++;
      }
      if (times[i] > fromMillis) {
        increase += wentBack ? value : value - previous;
      }
      previous = value;
    }
    int unexpected = knownBefore ? Math.max(0, resets - 1) : resets;
    return new CounterIncrease(increase, unexpected, notNumbers, newest);
  }
}
