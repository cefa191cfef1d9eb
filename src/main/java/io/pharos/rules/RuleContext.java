package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.promql.value.Evaluator;
import io.pharos.storage.Appendable;
import io.pharos.storage.Queryable;
import io.pharos.trouble.Blindness;
import io.pharos.trouble.Continuity;
import java.time.InstantSource;

/// What rules work with, the same for all groups.
///
/// @param evaluator answers the expressions
/// @param results takes `ALERTS`, `ALERTS_FOR_STATE`, recorded series and staleness markers
/// @param history where `ALERTS_FOR_STATE` of before the restart is read from
/// @param sink takes the alerts to be sent
/// @param clock says when an evaluation ran, for display, and when states are restored; what an
///   evaluation means depends on its slot alone
/// @param blindness what of the samples is missing for reasons of this process' own
/// @param continuity whether it is the time that the clock says
public record RuleContext(
    Evaluator evaluator,
    Appendable results,
    Queryable history,
    AlertSink sink,
    InstantSource clock,
    MeterRegistry registry,
    RuleOptions options,
    Blindness blindness,
    Continuity continuity) {
  public RuleContext {
    requireNonNull(evaluator, "evaluator is null");
    requireNonNull(results, "results is null");
    requireNonNull(history, "history is null");
    requireNonNull(sink, "sink is null");
    requireNonNull(clock, "clock is null");
    requireNonNull(registry, "registry is null");
    requireNonNull(options, "options is null");
    requireNonNull(blindness, "blindness is null");
    requireNonNull(continuity, "continuity is null");
  }

  /// Where everything is seen, since the samples come from elsewhere, and nobody else looks at the
  /// clock: the time between two evaluations is no gap.
  public RuleContext(
      Evaluator evaluator,
      Appendable results,
      Queryable history,
      AlertSink sink,
      InstantSource clock,
      MeterRegistry registry,
      RuleOptions options) {
    this(
        evaluator,
        results,
        history,
        sink,
        clock,
        registry,
        options,
        new Blindness(),
        new Continuity(clock, new Blindness()));
  }
}
