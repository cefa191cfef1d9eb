package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.storage.Appendable;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.InstantSource;

/// What rules work with, the same for all groups.
///
/// @param evaluator answers expressions about samples
/// @param logs answers expressions about lines
/// @param results takes `ALERTS`, `ALERTS_FOR_STATE`, recorded series and staleness markers
/// @param history where `ALERTS_FOR_STATE` of before the restart is read from
/// @param sink takes the alerts to be sent
/// @param clock says when an evaluation ran, for display, and when states are restored; what an
///   evaluation means depends on its slot alone
/// @param blindness what of the samples is missing for reasons of this process' own
/// @param continuity whether it is the time that the clock says
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
    TimeContinuity continuity) {
  /// What answers where there are no logs.
  public static final Evaluator NO_LOGS =
      _ -> {
        throw new QueryException(
            QueryException.Kind.UNAVAILABLE,
            "there is no Loki to ask: --loki.query-url is not set");
      };

  public RuleContext {
    requireNonNull(evaluator, "evaluator is null");
    requireNonNull(logs, "logs is null");
    requireNonNull(results, "results is null");
    requireNonNull(history, "history is null");
    requireNonNull(sink, "sink is null");
    requireNonNull(clock, "clock is null");
    requireNonNull(registry, "registry is null");
    requireNonNull(options, "options is null");
    requireNonNull(blindness, "blindness is null");
    requireNonNull(continuity, "continuity is null");
  }

  /// Without logs, and where everything is seen.
  public RuleContext(
      Evaluator evaluator,
      Appendable results,
      Queryable history,
      AlertSink sink,
      InstantSource clock,
      MeterRegistry registry,
      RuleOptions options) {
    this(evaluator, NO_LOGS, results, history, sink, clock, registry, options);
  }

  /// Where everything is seen, since the samples come from elsewhere, and nobody else looks at the
  /// clock: the time between two evaluations is no gap.
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
        new TimeContinuity(clock, new ObservationGaps()));
  }
}
