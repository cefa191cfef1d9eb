package io.pharos.gate.observe;

import java.time.Instant;
import java.util.List;

/// Reads the results of a candidate's probes. Safe for many threads.
public interface CandidateProbes {
  /// The results, or why they are unknown.
  sealed interface Answer {
    /// The results are known.
    ///
    /// @param probes the requested probes that have a result since the requested time
    record Known(List<Result> probes) implements Answer {
      public Known {
        probes = List.copyOf(probes);
      }
    }

    /// The prober does not run, or its results are unreadable.
    record Unknown(String reason) implements Answer {}
  }

  /// The results of one probe in order of time.
  ///
  /// @param times Unix milliseconds, ascending
  /// @param ok for each time, whether the probe succeeded
  record Result(String name, List<Long> times, List<Boolean> ok) {
    public Result {
      times = List.copyOf(times);
      ok = List.copyOf(ok);
      if (times.size() != ok.size()) {
        throw new IllegalArgumentException(
            "expected one time for each result, found "
                + times.size()
                + " times for "
                + ok.size()
                + " results");
      }
    }
  }

  /// Reads the results of probes after `since` up to `now`.
  Answer read(List<String> names, Instant since, Instant now);
}
