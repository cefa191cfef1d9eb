package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.trouble.ObservationGaps;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What can't be believed of a rule's result, because Pharos does not see some of what the rule
/// looks at.
///
/// What is missing in the result may be there unseen, and where series were put together, what is
/// there may be wrong. Series that can't be of an unseen source are believed.
///
/// @param spots what is not seen and the expression may look at
record UncertainResult(Reading reading, List<ObservationGaps.Gap> spots) {
  /// What an expression does with its series.
  enum Reading {
    /// Each element of the result comes of series with at least its labels.
    EACH,
    /// Elements are made of several series.
    TOGETHER,
    /// An element may come of the absence of series, or its labels say nothing of where it is from.
    ABSENCE
  }

  /// Everything is seen.
  static final UncertainResult NONE = new UncertainResult(Reading.EACH, List.of());

  /* The labels of the result are not those of what was read. */
  private static final Set<Function> REMAKE_LABELS =
      EnumSet.of(Function.SCALAR_OF, Function.LABEL_REPLACE, Function.LABEL_JOIN);

  UncertainResult {
    spots = List.copyOf(spots);
  }

  /// How an expression reads series.
  static Reading reading(Expr expression) {
    var reading = Reading.EACH;
    for (Expr node : expression.stream().toList()) {
      switch (node) {
        case Expr.Aggregate _ -> reading = Reading.TOGETHER;
        case Expr.Binary binary -> {
          if (binary.op() == BinaryOp.OR || binary.op() == BinaryOp.UNLESS) {
            return Reading.ABSENCE;
          }
        }
        case Expr.Call call -> {
          if (call.function().isOfAbsence() || REMAKE_LABELS.contains(call.function())) {
            return Reading.ABSENCE;
          }
        }
        default -> {}
      }
    }
    return reading;
  }

  static List<List<LabelMatcher>> selectors(Expr expression) {
    return expression.selectors().map(Expr.VectorSelector::matchers).toList();
  }

  boolean isNone() {
    return spots.isEmpty();
  }

  /// Whether nothing of the result can be believed.
  boolean isTotal() {
    return !isNone() && reading == Reading.ABSENCE;
  }

  /// Whether an element with such labels that is not in the result may be there unseen.
  boolean mayHide(Labels labels) {
    return spots.stream().anyMatch(spot -> spot.concerns(labels));
  }

  /// Whether an element of the result may be wrong.
  boolean mayBend(Labels labels) {
    return reading != Reading.EACH && mayHide(labels);
  }

  /// For people; empty where there is no doubt.
  String text() {
    return ObservationGaps.text(spots);
  }
}
