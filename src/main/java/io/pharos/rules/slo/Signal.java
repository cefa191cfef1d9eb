package io.pharos.rules.slo;

import static java.util.Objects.requireNonNull;

/// One way to count what is promised: two counters of one job.
///
/// @param name the label `signal` of its series
/// @param job the job whose targets tell whether it can be counted at all
/// @param total a selector of counters of all requests
/// @param part a selector of counters of those that are bad, or of those that are good
/// @param countsGood which of the two
public record Signal(String name, String job, String total, String part, boolean countsGood) {
  public Signal {
    if (requireNonNull(name, "name is null").isEmpty()) {
      throw new IllegalArgumentException("expected a name, found none");
    }
    requireNonNull(job, "job is null");
    requireNonNull(total, "total is null");
    requireNonNull(part, "part is null");
  }
}
