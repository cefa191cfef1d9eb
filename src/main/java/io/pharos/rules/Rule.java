package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.UncertainResult;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A rule with the state of its last evaluation. All access is guarded by the lock of its group.
abstract sealed class Rule permits AlertingRule, RecordingRule {
  private final String name;
  private final RuleExpression expression;
  private final SortedMap<String, String> labels;

  /* The series that the last successful evaluation wrote. If the next evaluation does not write one
   * of them, that series gets a staleness marker. */
  private Set<Labels> written = Set.of();
  private RuleSnapshot.Evaluation evaluation = RuleSnapshot.Evaluation.NONE;
  private boolean complete;

  Rule(RuleSpec spec) {
    this.name = spec.name();
    this.expression = spec.expression();
    this.labels = spec.labels();
  }

  final String name() {
    return name;
  }

  final RuleExpression expression() {
    return expression;
  }

  final SortedMap<String, String> labels() {
    return labels;
  }

  /// The properties by which a rule is recognized after a reload. Everything else may change.
  record Identity(String name, SortedMap<String, String> labels) {}

  final Identity identity() {
    return new Identity(name, labels);
  }

  final Set<Labels> written() {
    return written;
  }

  /// Sets the written series. The set is not copied; the caller must not change it afterwards.
  final void setWritten(Set<Labels> series) {
    written = series;
  }

  final RuleSnapshot.Evaluation evaluation() {
    return evaluation;
  }

  final void setEvaluation(RuleSnapshot.Evaluation outcome) {
    evaluation = outcome;
  }

  /// Returns whether the last evaluation succeeded with samples of all sources. Windows may contain
  /// past gaps.
  final boolean isComplete() {
    return complete;
  }

  final void setComplete(boolean lastEvaluation) {
    complete = lastEvaluation;
  }

  /// Thrown if an evaluation fails although its query succeeded. The message becomes the last error
  /// of the rule.
  static final class Failure extends RuntimeException {
    Failure(String message) {
      super(message);
    }
  }

  /// A sample to write. If it has a histogram, the value is ignored.
  record Sample(Labels labels, double value, @Nullable Histogram histogram) {
    AppendOutcome append(Appender appender, long atMillis) {
      return appender.append(labels, atMillis, value, histogram);
    }
  }

  /// The result of an evaluation.
  ///
  /// @param held series that are not written but must not end, because data may be missing
  /// @param warnings annotations of the engine
  /// @param stats cost of the query
  /// @param unknown why some alerts neither fire nor resolve at present; empty if there are none
  record Result(
      List<Sample> samples,
      Set<Labels> held,
      List<String> warnings,
      QueryStats stats,
      String unknown) {}

  /// Evaluates the rule and updates its state.
  ///
  /// @param slot time of the evaluation, in Unix milliseconds
  /// @param queryOffset how far before the slot the expression is evaluated, in milliseconds
  /// @param limit maximum number of alerts or series; 0 for no limit
  /// @param doubt the part of the result that is uncertain, never the whole result
  /// @param fills show how much the result depends on samples that are missing in its windows
  /// @return the samples to write at `slot - queryOffset`
  /// @throws Failure if the result can't be used; the state is then unchanged, unless documented
  ///   otherwise
  abstract Result evaluate(
      Evaluator evaluator,
      long slot,
      long queryOffset,
      int limit,
      UncertainResult doubt,
      GapFills fills);

  abstract RuleSnapshot snapshot();

  /// Returns the names of the metrics that the rule writes.
  abstract Set<String> writes();

  /// Copies the state that the same rule had before a reload. Does not copy the outcome of the last
  /// evaluation, because the expression may have changed.
  void takeOver(Rule earlier) {
    written = earlier.written;
  }

  static InstantVector vector(Value value) {
    return switch (value) {
      case InstantVector vector -> vector;
      case Scalar scalar ->
          InstantVector.builder(scalar.timestampMillis())
              .add(Labels.empty(), scalar.value())
              .build();
      case StringValue _, RangeMatrix _ ->
          throw new QueryException(
              QueryException.Kind.EXECUTION,
              "the rule's result is a " + value.typeName() + ", expected a vector or a scalar");
    };
  }
}
