package io.pharos.gate.policy;

import io.pharos.gate.deployment.PolicySet;
import java.time.Duration;
import java.util.List;

/// What a release of a service must show in an environment before it may continue.
/// docs/format/gates.md describes the file.
///
/// @param id the file's name without its extension
/// @param version the version that its authors gave the policy
/// @param hash SHA-256 of the file, 64 hex digits
/// @param text the text of the file: a gate keeps the policy that it was opened under
/// @param interval time between two observations
/// @param warmup time after the candidate's start in which slow requests do not count
/// @param minSoak how long the candidate must have been observed with data
/// @param deadline time after the opening at which an undecided gate becomes inconclusive
/// @param maxAge maximum age of the newest sample
/// @param passValid how long a pass is valid
/// @param alpha probability that the comparisons together fail a candidate that is not worse
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
  /// The format of policy files.
  public static final PolicySet.Format<GatePolicy> FILES =
      (file, id, text) -> PolicyParser.parse(file, id, text, PolicyParser.Strictness.FILE);

  /// The format of stored policies, under which gates were opened, possibly by older versions of
  /// Pharos.
  public static final PolicySet.Format<GatePolicy> STORED =
      (file, id, text) -> PolicyParser.parse(file, id, text, PolicyParser.Strictness.STORED);

  public GatePolicy {
    checks = List.copyOf(checks);
  }

  /// Minimum of [#maxGap]: the delay of an observation on a busy machine.
  private static final Duration LATENESS = Duration.ofSeconds(15);

  /// Returns the longest time between two observations that counts as observed: three intervals,
  /// but at least 15 s.
  public Duration maxGap() {
    Duration three = interval.multipliedBy(3);
    return three.compareTo(LATENESS) < 0 ? LATENESS : three;
  }
}
