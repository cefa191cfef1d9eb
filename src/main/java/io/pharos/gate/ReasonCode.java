package io.pharos.gate;

/// Why a check or a gate stands where it stands, for machines. New codes may join; none changes its
/// meaning.
public enum ReasonCode {
  /// A check, or all of them, passed.
  OK,
  /// The gate is still observing.
  WAITING,

  /// The policy asks for no proof of the version that runs.
  VERSION_UNPROVEN,
  /// No process of the candidate has started since the deployment did.
  NOT_STARTED,
  /// The candidate's process started again.
  RESTARTED,
  /// The candidate's series have ended: it is not there, or not scraped any more.
  GONE,
  /// An instance of the candidate runs another version than the announced one.
  WRONG_VERSION,
  /// The candidate has not been seen for long enough, or still warms up.
  STARTING,
  /// A probe of the candidate failed several times in a row.
  PROBE_FAILED,
  /// A probe has not yet succeeded often enough or for long enough.
  MORE_PROBES,
  /// An alert of the candidate began to fire after it had started.
  ALERT_FIRING,
  /// An alert of the candidate fires, and a silence hides it from people.
  ALERT_SILENCED,
  /// An alert of the service fires that may be the candidate's or not.
  UNATTRIBUTED,
  /// An alert of the service is pending.
  ALERT_PENDING,
  /// An alert of the service fires that is older than the deployment.
  PREEXISTING,
  /// The evidence says that the error fraction is above its bound.
  ERROR_BOUND,
  /// The evidence says that the fraction of slow requests is above its bound.
  LATENCY_BOUND,
  /// The baseline does as badly, so it is not the candidate's doing.
  SHARED,
  /// The evidence says that the candidate errs more often than the baseline beside it.
  ERRORS_VS_BASELINE,
  /// The evidence says that the candidate is slow more often than the baseline beside it.
  LATENCY_VS_BASELINE,
  /// The evidence says that the candidate fails more of the paired probes than the baseline.
  PAIRED_PROBES,
  /// A gauge of the candidate differs from the baseline's by more than is allowed.
  GAUGE,
  /// More samples are needed before a gauge can be compared.
  MORE_SAMPLES,
  /// The service burns its error budget fast since the deployment started.
  BUDGET_BURN,
  /// The error budget is used up: only a fix may go on.
  FREEZE,
  /// The baseline has had no request, so that nothing can be compared.
  NO_BASELINE,
  /// More requests are needed before the evidence suffices.
  MORE_REQUESTS,
  /// The candidate has had no request at all.
  NO_TRAFFIC,

  /// A source of telemetry did not answer, or its answer can't be used.
  TELEMETRY,
  /// The source answered, and had nothing.
  NO_DATA,
  /// A counter's value is NaN.
  NOT_A_NUMBER,
  /// The newest data is too old.
  STALE,
  /// Times lie in the future of Pharos' clock.
  CLOCK_SKEW,
  /// A counter went back after the candidate had started: requests around it are unknown.
  COUNTER_RESET,
  /// More bad requests than requests: the counters were not read at the same time.
  INCONSISTENT,

  /// Every check passed, but the candidate was not observed for long enough.
  SOAK,
  /// The policy has no required check.
  NO_CHECKS,
  /// Someone cancelled the gate.
  CANCELLED,
  /// A newer gate for the same service and environment took its place.
  SUPERSEDED,
  /// What the store has of the gate can't be read.
  DAMAGED,
  /// The pass is older than the policy lets it be.
  EXPIRED
}
