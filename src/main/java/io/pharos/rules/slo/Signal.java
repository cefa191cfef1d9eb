package io.pharos.rules.slo;

/// A way to measure the share of good requests, with two counters of one job.
///
/// @param name value of the label `signal`
/// @param job job of both counters; requests can be counted only while its targets are up
/// @param total selector of the counters of all requests
/// @param part selector of the counters of bad requests, or of good requests
/// @param countsGood whether `part` selects good requests
public record Signal(String name, String job, String total, String part, boolean countsGood) {
  public Signal {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("expected the name of a signal, found none");
    }
  }
}
