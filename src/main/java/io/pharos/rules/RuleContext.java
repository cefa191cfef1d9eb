package io.pharos.rules;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.Appendable;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.InstantSource;

/// The services that all groups share.
///
/// @param evaluator evaluates PromQL
/// @param logs evaluates LogQL
/// @param results stores `ALERTS`, `ALERTS_FOR_STATE`, recorded series and staleness markers
/// @param history provides the samples of `ALERTS_FOR_STATE` from before a restart
/// @param sink receives alerts
/// @param clock used for display and for restoring states; results depend only on slots
/// @param blindness describes the samples that are missing because of faults of this process
/// @param continuity detects when the system clock was changed
/// @param fills shows how much a result depends on samples that are missing in past gaps
public record RuleContext(
    Evaluator evaluator,
    Evaluator logs,
    Appendable results,
    Queryable history,
    AlertSink sink,
    InstantSource clock,
    MeterRegistry registry,
    RuleOptions options,
    ObservationGaps blindness,
    TimeContinuity continuity,
    GapFills fills) {
  /// Evaluator of LogQL if no Loki is configured; it refuses every query.
  public static final Evaluator NO_LOGS =
      _ -> {
        throw new QueryException(
            QueryException.Kind.UNAVAILABLE, "no Loki is configured: set --loki.query-url");
      };

  /// Creates a context without observation gaps, for samples from another server. A long time
  /// between two evaluations does not count as a gap.
  public RuleContext(
      Evaluator evaluator,
      Evaluator logs,
      Appendable results,
      Queryable history,
      AlertSink sink,
      InstantSource clock,
      MeterRegistry registry,
      RuleOptions options) {
    this(
        evaluator,
        logs,
        results,
        history,
        sink,
        clock,
        registry,
        options,
        new ObservationGaps(),
        new TimeContinuity(clock, new ObservationGaps()),
        GapFills.NONE);
  }
}
