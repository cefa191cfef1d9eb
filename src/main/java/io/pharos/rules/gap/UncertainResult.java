package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.trouble.ObservationGaps;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The uncertain part of a rule's result while Pharos lacks samples of some series that the rule
/// reads.
///
/// An element that is missing in the result may exist, and an element that combines several series
/// may be wrong. Elements that can't come from an affected source are certain.
///
/// @param gaps the affected sources that the expression may read
public record UncertainResult(Reading reading, List<ObservationGaps.Gap> gaps) {
  /// How the result of an expression depends on its series.
  public enum Reading {
    /// Each element comes from series that have all labels of the element.
    EACH,
    /// An element may combine several series.
    TOGETHER,
    /// An element may depend on the absence of series, or its labels do not show its source.
    ABSENCE
  }

  /// Nothing is uncertain.
  public static final UncertainResult NONE = new UncertainResult(Reading.EACH, List.of());

  /* Functions whose results have other labels than their arguments. */
  private static final Set<Function> CHANGE_LABELS =
      EnumSet.of(Function.SCALAR_OF, Function.LABEL_REPLACE, Function.LABEL_JOIN);

  /// Copies the list.
  public UncertainResult {
    gaps = List.copyOf(gaps);
  }

  /// Returns whether a text is one of [#text].
  public static boolean isText(String error) {
    return error.startsWith("unknown because of a fault of Pharos");
  }

  /// Returns how the result of an expression depends on the series that it reads.
  public static Reading reading(Expr expression) {
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
          if (call.function().isOfAbsence() || CHANGE_LABELS.contains(call.function())) {
            return Reading.ABSENCE;
          }
        }
        default -> {}
      }
    }
    return reading;
  }

  /// Returns the matchers of each selector of an expression.
  public static List<List<LabelMatcher>> selectors(Expr expression) {
    return expression.selectors().map(Expr.VectorSelector::matchers).toList();
  }

  /// Returns whether everything is certain.
  public boolean isNone() {
    return gaps.isEmpty();
  }

  /// Returns whether the whole result is uncertain.
  public boolean isTotal() {
    return !isNone() && reading == Reading.ABSENCE;
  }

  /// Returns whether an element with these labels may exist although it is missing in the result.
  public boolean mayHaveMissed(Labels labels) {
    return gaps.stream().anyMatch(gap -> gap.concerns(labels));
  }

  /// Returns whether an element of the result may be wrong.
  public boolean mayBeWrong(Labels labels) {
    return reading != Reading.EACH && mayHaveMissed(labels);
  }

  /// Returns the reason in words; empty if nothing is uncertain.
  public String text() {
    return ObservationGaps.text(gaps);
  }
}
