package io.pharos.gate.observe;

import io.pharos.gate.judge.Reading;
import java.time.Duration;
import java.util.List;

/// The last rows of equal results of the probes of one side.
///
/// A failure is ignored if the other side failed at about the same time: what fails on both sides
/// is a fault of neither, such as a machine that is too slow for the probes.
///
/// @param maxGapMillis a longer time without a result ends a row
record ProbeRows(List<CandidateProbes.Result> results, long maxGapMillis) {
  static final ProbeRows NONE = new ProbeRows(List.of(), 0);

  /// How far apart failures of both sides may be: the interval of the shipped probes of a backend
  /// (10 s) and their timeout (5 s), because failures of one cause can end so far apart.
  private static final long TOGETHER_MILLIS = 15_000;

  ProbeRows {
    results = List.copyOf(results);
  }

  static ProbeRows of(List<CandidateProbes.Result> results, Duration maxGap) {
    return new ProbeRows(results, maxGap.toMillis());
  }

  /// Returns the last row of each probe. Successes before `from` do not count, because they belong
  /// to the previous release.
  List<Reading.Probe> since(long from, ProbeRows other) {
    return results.stream()
        .map(result -> lastRow(result, from, other))
        .filter(row -> row.lastMillis() > 0)
        .toList();
  }

  /// Returns the last row of each probe of a candidate that was not observed yet.
  List<Reading.Probe> before(ProbeRows other) {
    return since(Long.MAX_VALUE, other);
  }

  private Reading.Probe lastRow(CandidateProbes.Result result, long from, ProbeRows other) {
    int ok = 0;
    int failed = 0;
    long firstOk = 0;
    long runSince = 0;
    long last = 0;
    for (int i = 0; i < result.times().size(); i++) {
      long time = result.times().get(i);
      boolean isOk = result.ok().get(i);
      if (!isOk && other.failedAt(time)) {
        continue;
      }
      if (time - last > maxGapMillis) {
        ok = 0;
        failed = 0;
      }
      last = time;
      if (isOk) {
        runSince = ok == 0 ? last : runSince;
        firstOk = firstOk == 0 && time >= from ? last : firstOk;
        ok = time >= from ? ok + 1 : 0;
        failed = 0;
      } else {
        runSince = failed == 0 ? last : runSince;
        failed++;
        ok = 0;
      }
    }
    return new Reading.Probe(result.name(), ok, failed, firstOk, runSince, last);
  }

  private boolean failedAt(long time) {
    for (CandidateProbes.Result result : results) {
      for (int i = 0; i < result.times().size(); i++) {
        if (!result.ok().get(i) && Math.abs(result.times().get(i) - time) <= TOGETHER_MILLIS) {
          return true;
        }
      }
    }
    return false;
  }
}
