package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.trouble.Blindness;
import java.util.List;

/// What can't be believed of a rule's result, because Pharos does not see some of what the rule
/// looks at.
///
/// What is missing in the result may be there unseen, and where series were put together, what is
/// there may be wrong. Series that can't be of an unseen source are believed.
///
/// @param spots what is not seen and the expression may look at
record Doubt(Reading reading, List<Blindness.Spot> spots) {
  /// What an expression does with its series.
  enum Reading {
    /// Each element of the result comes of series with at least its labels.
    EACH,
    /// Elements are made of several series.
    TOGETHER,
    /// An element may come of the absence of series, or its labels say nothing of where it is from.
    ABSENCE
  }

  Doubt {
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
          if (isOfAbsence(call.function())) {
            return Reading.ABSENCE;
          }
        }
        default -> {}
      }
    }
    return reading;
  }

  private static boolean isOfAbsence(Function function) {
    return switch (function) {
      case ABSENT, ABSENT_OVER_TIME, SCALAR_OF, LABEL_REPLACE, LABEL_JOIN -> true;
      default -> false;
    };
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
    return Blindness.text(spots);
  }
}
