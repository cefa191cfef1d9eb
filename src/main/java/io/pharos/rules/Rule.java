package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/// A rule that runs: what the file says, and what the last evaluation left. Guarded by its group.
abstract sealed class Rule permits AlertingRule, RecordingRule {
  private final String name;
  private final RuleExpression expression;
  private final SortedMap<String, String> labels;

  /* The series that the last successful evaluation wrote: those that the next one does not write
   * get a staleness marker. */
  private Set<Labels> written = Set.of();
  private RuleSnapshot.Evaluation evaluation = RuleSnapshot.Evaluation.NONE;

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

  /// What makes a rule the same one after a reload, whatever else was edited.
  record Identity(String name, SortedMap<String, String> labels) {}

  final Identity identity() {
    return new Identity(name, labels);
  }

  final Set<Labels> written() {
    return written;
  }

  /// Takes the set over; nobody changes it afterwards.
  final void setWritten(Set<Labels> series) {
    written = series;
  }

  final RuleSnapshot.Evaluation evaluation() {
    return evaluation;
  }

  final void setEvaluation(RuleSnapshot.Evaluation done) {
    evaluation = done;
  }

  /// What one evaluation gave.
  ///
  /// @param held series that don't end, though no sample of them is known
  /// @param warnings what the engine remarked on the way
  /// @param stats what it cost
  record Result(
      List<ResultSample> samples, Set<Labels> held, List<String> warnings, QueryStats stats) {}

  /// Evaluates the rule and moves its state.
  ///
  /// @param slot the time that the evaluation is for, Unix milliseconds
  /// @param queryOffset how far before the slot the expression is evaluated
  /// @param limit the most alerts or series; 0 for no limit
  /// @param doubt what of the answer is not to be believed, never all of it
  /// @return the samples to be written at `slot - queryOffset`
  /// @throws RuleFailure when the result can't be used; unless it says otherwise the state is
  ///   untouched
  abstract Result evaluate(
      Evaluator evaluator, long slot, long queryOffset, int limit, UncertainResult doubt);

  abstract RuleSnapshot snapshot();

  /// The names of the metrics that it writes.
  abstract Set<String> writes();

  /// Goes on where the same rule of before a reload was. How its last evaluation went is not taken
  /// over: the expression may be another now.
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
