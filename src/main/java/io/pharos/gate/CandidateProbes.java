package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/// The results of probes that ask a candidate directly. Safe for many threads.
public interface CandidateProbes {
  /// The answer.
  sealed interface Answer {
    /// The results are known.
    ///
    /// @param probes those of the asked ones that have a result since the given time
    record Known(List<Result> probes) implements Answer {
      public Known {
        probes = List.copyOf(probes);
      }
    }

    /// The prober does not run or its results can't be read.
    record Unknown(String reason) implements Answer {}
  }

  /// The results of one probe in order of time.
  ///
  /// @param times Unix milliseconds, rising
  /// @param ok whether each succeeded
  record Result(String name, List<Long> times, List<Boolean> ok) {
    public Result {
      requireNonNull(name, "name is null");
      times = List.copyOf(times);
      ok = List.copyOf(ok);
      if (times.size() != ok.size()) {
        throw new IllegalArgumentException(times.size() + " times for " + ok.size() + " results");
      }
    }
  }

  /// The results of these probes after `since` up to `now`.
  Answer read(List<String> names, Instant since, Instant now);
}
