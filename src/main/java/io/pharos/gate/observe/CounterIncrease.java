package io.pharos.gate.observe;

import io.pharos.model.StaleMarker;
import java.util.OptionalLong;

/// The increase of a counter after a time, from its raw samples.
///
/// @param increase the increase, not extrapolated
/// @param resets number of resets, not counting the restart that the deployment itself causes
/// @param notNumbers number of samples that were not finite
/// @param newestMillis time of the newest sample; 0 if there is none
record CounterIncrease(double increase, int resets, int notNumbers, long newestMillis) {
  /* A counter that first appears after the deployment started counts from zero: PromQL's
   * increase() would lose the first errors of a new version. The same applies to a counter whose
   * process is known to have started after the deployment; earlier samples of the counter belong
   * to another process. If the start is unknown, a counter from before the deployment may be
   * reset once, because a deployment replaces the old process. Every further reset, and every
   * reset of a newer counter, is an unexpected restart. */

  /// Computes the increase.
  ///
  /// @param sinceMillis start of the deployment, Unix milliseconds
  /// @param fromMillis time since which the increase counts, not before `sinceMillis`
  /// @param bornMillis time of the first sample of the candidate's own process; empty if unknown
  static CounterIncrease after(
      long sinceMillis, long fromMillis, OptionalLong bornMillis, long[] times, double[] values) {
    double previous = 0;
    boolean ranBefore = false;
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
      boolean wasReset = value < previous;
      if (times[i] <= sinceMillis) {
        ranBefore = true;
      } else if (wasReset) {
        resets++;
      }
      if (times[i] > fromMillis) {
        increase += wasReset ? value : value - previous;
      }
      previous = value;
    }
    int unexpected = ranBefore ? Math.max(0, resets - 1) : resets;
    return new CounterIncrease(increase, unexpected, notNumbers, newest);
  }
}
