package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.PolicySet;
import java.time.Duration;
import java.util.List;

/// What a release of a service in an environment must show before it may go on. The file's format
/// is in docs/format/gates.md.
///
/// @param id the file's name without its ending
/// @param version as its authors number it
/// @param hash SHA-256 of the file, 64 hex digits
/// @param text the file itself, so that a gate keeps the policy that it began with
/// @param interval between two observations
/// @param warmup how long after the candidate's start slow requests do not count
/// @param minSoak how long it must have been observed, with data
/// @param deadline after which an undecided gate is inconclusive
/// @param maxAge how old the newest sample may be
/// @param passValid how long a pass may be used
/// @param alpha how often the comparisons together may fail a candidate that is not worse
public record GatePolicy(
    String id,
    String version,
    String hash,
    String text,
    String service,
    String env,
    Duration interval,
    Duration warmup,
    Duration minSoak,
    Duration deadline,
    Duration maxAge,
    Duration passValid,
    OnInconclusive onInconclusive,
    double alpha,
    List<Check> checks)
    implements PolicySet.Policy {
  public GatePolicy {
    requireNonNull(id, "id is null");
    requireNonNull(version, "version is null");
    requireNonNull(hash, "hash is null");
    requireNonNull(text, "text is null");
    requireNonNull(service, "service is null");
    requireNonNull(env, "env is null");
    requireNonNull(onInconclusive, "onInconclusive is null");
    checks = List.copyOf(checks);
  }

  /// A busy machine may make an observation late by so much.
  private static final Duration LATENESS = Duration.ofSeconds(15);

  /// The longest time between two observations that counts as having watched: three intervals, and
  /// no less than what a busy machine takes.
  public Duration maxGap() {
    Duration three = interval.multipliedBy(3);
    return three.compareTo(LATENESS) < 0 ? LATENESS : three;
  }
}
