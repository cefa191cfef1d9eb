package io.pharos.gate.judge;

/// The reason for the state of a check or a gate, for machines. New codes may be added; the meaning
/// of a code never changes.
public enum ReasonCode {
  /// The check or the gate passed.
  OK,
  /// The gate is still observing.
  WAITING,

  /// The policy requires no proof of the running version.
  VERSION_UNPROVEN,
  /// No process of the candidate has started since the deployment began.
  NOT_STARTED,
  /// The candidate's process restarted.
  RESTARTED,
  /// The candidate's series have ended: the candidate stopped, or it is no longer scraped.
  GONE,
  /// An instance of the candidate does not run the announced version.
  WRONG_VERSION,
  /// The candidate has not been observed for long enough, or is still in its warm-up time.
  STARTING,
  /// A probe of the candidate failed several times in a row.
  PROBE_FAILED,
  /// A probe has not yet succeeded often enough or for long enough.
  MORE_PROBES,
  /// An alert of the candidate began to fire after the candidate had started.
  ALERT_FIRING,
  /// An alert of the candidate fires and is silenced.
  ALERT_SILENCED,
  /// An alert of the service fires, and no label says whether the candidate causes it.
  UNATTRIBUTED,
  /// An alert of the service is pending.
  ALERT_PENDING,
  /// An alert of the service fires and is older than the deployment.
  PREEXISTING,
  /// The fraction of failed requests is above its bound.
  ERROR_BOUND,
  /// The fraction of slow requests is above its bound.
  LATENCY_BOUND,
  /// The baseline is as bad as the candidate, so the candidate is not the cause.
  SHARED,
  /// The candidate fails more requests than the baseline beside it.
  ERRORS_VS_BASELINE,
  /// The candidate has more slow requests than the baseline beside it.
  LATENCY_VS_BASELINE,
  /// The candidate answers more requests badly, or not at all, than the baseline beside it.
  ANSWERS_VS_BASELINE,
  /// The candidate looks worse than the baseline, but the evidence is too weak for a failure.
  SUSPECT,
  /// The baseline had requests, but hardly any while the candidate had some.
  NOT_COMPARED,
  /// The candidate fails more of the paired probes than the baseline.
  PAIRED_PROBES,
  /// A gauge of the candidate differs from the baseline's by more than the margin.
  GAUGE,
  /// A gauge of the candidate grows steadily and is beyond the baseline's level.
  GROWTH,
  /// More samples are needed before a gauge can be compared.
  MORE_SAMPLES,
  /// The service has burned its error budget too fast since the deployment started.
  BUDGET_BURN,
  /// The error budget is used up: only a fix may continue.
  FREEZE,
  /// The baseline has had no request, so nothing can be compared.
  NO_BASELINE,
  /// More requests are needed before the evidence suffices.
  MORE_REQUESTS,
  /// The candidate has had no request at all.
  NO_TRAFFIC,

  /// A source of telemetry did not answer, or its answer is unusable.
  TELEMETRY,
  /// The source answered and had no data.
  NO_DATA,
  /// A counter's value is not a finite number.
  NOT_A_NUMBER,
  /// The newest data is too old.
  STALE,
  /// Times of the data are ahead of Pharos' clock.
  CLOCK_SKEW,
  /// A counter was reset after the candidate had started: requests around the reset are unknown.
  COUNTER_RESET,
  /// The count of bad requests exceeds the count of all requests, because the counters were not
  /// read at the same time.
  INCONSISTENT,

  /// Every check passed, but the candidate was not observed for long enough.
  SOAK,
  /// The policy has no required check.
  NO_CHECKS,
  /// Someone cancelled the gate.
  CANCELLED,
  /// A newer gate for the same service and environment replaced this gate.
  SUPERSEDED,
  /// The stored gate is unreadable.
  DAMAGED,
  /// The pass has expired.
  EXPIRED
}
