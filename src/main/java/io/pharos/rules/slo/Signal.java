package io.pharos.rules.slo;

/// A way to count good or bad requests: two counters of one job.
///
/// @param name value of the label `signal`
/// @param job job whose targets show whether requests can be counted
/// @param total selector of the counters of all requests
/// @param part selector of the counters of bad requests, or of good ones
/// @param countsGood whether `part` counts good requests
public record Signal(String name, String job, String total, String part, boolean countsGood) {
  public Signal {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("expected a name, found none");
    }
  }
}
