package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.value.QueryStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// One rule as its last evaluation left it; immutable, for the HTTP API and pages.
public sealed interface RuleSnapshot {
  String name();

  /// The expression in its canonical form.
  String query();

  /// Whether the expression is LogQL.
  boolean isOfLines();

  /// The rule's labels over those of its group, not expanded.
  SortedMap<String, String> labels();

  Evaluation evaluation();

  /// How the last evaluation went.
  ///
  /// @param lastError why it failed; empty unless the health is [RuleHealth#ERR]
  /// @param warnings what the engine remarked about the expression and its data
  /// @param duration how long it took
  /// @param at when it ran; null before the first
  /// @param stats what the query cost that was answered last, of this evaluation or an earlier one
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
      requireNonNull(health, "health is null");
      requireNonNull(lastError, "lastError is null");
      warnings = List.copyOf(warnings);
      requireNonNull(duration, "duration is null");
    }
  }

  /// An alerting rule.
  ///
  /// @param state the highest of its alerts' states
  /// @param alerts the pending and firing ones
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
      List<AlertSnapshot> alerts)
      implements RuleSnapshot {
    public Alerting {
      alerts = List.copyOf(alerts);
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
