package io.pharos.rules;

import io.pharos.alerting.alert.AlertCourse;
import io.pharos.model.Labels;
import io.pharos.promql.value.QueryStats;
import io.pharos.rules.hysteresis.Hysteresis;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A rule after its last evaluation; immutable, for the HTTP API and pages.
public sealed interface RuleSnapshot {
  /// Returns the name of the alert, or of the recorded metric.
  String name();

  /// Returns the expression in its canonical form.
  String query();

  /// Returns whether the expression is LogQL.
  boolean isOfLines();

  /// Returns the labels of the group and of the rule. The rule's labels override the group's
  /// labels. Templates are not expanded.
  SortedMap<String, String> labels();

  /// Returns the outcome of the last evaluation.
  Evaluation evaluation();

  /// The outcome of an evaluation.
  ///
  /// @param lastError why it failed; empty unless the health is [RuleHealth#ERR]
  /// @param warnings annotations of the engine about the expression and its data
  /// @param duration duration of the evaluation
  /// @param at start of the evaluation; null before the first evaluation
  /// @param stats cost of the last successful query, of this evaluation or an earlier evaluation
  record Evaluation(
      RuleHealth health,
      String lastError,
      List<String> warnings,
      Duration duration,
      @Nullable Instant at,
      QueryStats stats) {
    static final Evaluation NONE =
        new Evaluation(RuleHealth.UNKNOWN, "", List.of(), Duration.ZERO, null, QueryStats.NONE);

    public Evaluation {
      warnings = List.copyOf(warnings);
    }
  }

  /// An alerting rule.
  ///
  /// @param state highest state of its alerts
  /// @param alerts pending and firing alerts
  /// @param hysteresis how the alerts differ from the expression
  /// @param continues the expression that continues firing alerts; empty for the rule's own
  /// @param courses the courses of these alerts and of those that resolved lately, by the labels
  ///   with which they are sent
  record Alerting(
      String name,
      String query,
      boolean isOfLines,
      SortedMap<String, String> labels,
      Evaluation evaluation,
      AlertState state,
      Duration holdFor,
      Duration keepFiringFor,
      SortedMap<String, String> annotations,
      List<AlertSnapshot> alerts,
      Hysteresis hysteresis,
      String continues,
      Map<Labels, AlertCourse> courses)
      implements RuleSnapshot {
    public Alerting {
      alerts = List.copyOf(alerts);
      courses = Map.copyOf(courses);
    }
  }

  /// A recording rule.
  record Recording(
      String name,
      String query,
      boolean isOfLines,
      SortedMap<String, String> labels,
      Evaluation evaluation)
      implements RuleSnapshot {}
}
