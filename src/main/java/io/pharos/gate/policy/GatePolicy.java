package io.pharos.gate.policy;

import io.pharos.gate.deployment.PolicySet;
import java.time.Duration;
import java.util.List;

/// The checks and times by which gates judge the releases of a service in an environment.
/// docs/format/gates.md describes the file.
///
/// @param id the file's name without its extension
/// @param version the version that its authors gave the policy
/// @param hash SHA-256 of the file, 64 hex digits
/// @param text the text of the file, which each gate stores: later changes of the file do not
///   affect the gate
/// @param interval time between two observations
/// @param warmup time after the candidate's start in which slow requests do not count
/// @param minSoak how long the candidate must have been observed with data
/// @param deadline time after the opening at which an undecided gate becomes inconclusive
/// @param maxAge maximum age of the newest sample that a check uses
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

  /// Minimum of [#maxGap], because observations may be late on a busy machine.
  private static final Duration MIN_MAX_GAP = Duration.ofSeconds(15);

  /// Returns the longest time between two observations that counts as observed: three intervals or
  /// 15 s, whichever is longer.
  public Duration maxGap() {
    Duration three = interval.multipliedBy(3);
    return three.compareTo(MIN_MAX_GAP) < 0 ? MIN_MAX_GAP : three;
  }
}
