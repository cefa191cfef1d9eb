package io.pharos.promql.ast;

import io.pharos.model.LabelMatcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A PromQL expression tree. Immutable. Equality includes source positions; use [#withoutSpans] to
/// compare trees of different texts.
public sealed interface Expr {
  /// Returns the position of the node in the source text.
  Span span();

  /// Returns the type of the expression's value.
  default ValueType type() {
    return switch (this) {
      case NumberLiteral _ -> ValueType.SCALAR;
      case StringLiteral _ -> ValueType.STRING;
      case VectorSelector _, Aggregate _ -> ValueType.VECTOR;
      case MatrixSelector _, Subquery _ -> ValueType.MATRIX;
      case Paren paren -> paren.inner.type();
      case Unary unary -> unary.operand.type();
      case Binary binary ->
          binary.left.type() == ValueType.SCALAR && binary.right.type() == ValueType.SCALAR
              ? ValueType.SCALAR
              : ValueType.VECTOR;
      case Call call -> call.function.result();
    };
  }

  /// Returns the direct subexpressions, in source order.
  default List<Expr> children() {
    return switch (this) {
      case NumberLiteral _, StringLiteral _, VectorSelector _ -> List.of();
      case MatrixSelector matrix -> List.of(matrix.selector);
      case Subquery subquery -> List.of(subquery.inner);
      case Paren paren -> List.of(paren.inner);
      case Unary unary -> List.of(unary.operand);
      case Binary binary -> List.of(binary.left, binary.right);
      case Aggregate(_, var parameter, var operand, _, _, _) ->
          parameter == null ? List.of(operand) : List.of(parameter, operand);
      case Call call -> call.arguments;
    };
  }

  /// Returns this node with each child replaced by the result of `change`.
  default Expr mapChildren(UnaryOperator<Expr> change) {
    return copy(change, UnaryOperator.identity(), span());
  }

  /// Returns the tree without source positions.
  default Expr withoutSpans() {
    return copy(Expr::withoutSpans, DurationExpr::withoutSpans, Span.NONE);
  }

  private Expr copy(UnaryOperator<Expr> change, UnaryOperator<DurationExpr> time, Span span) {
    return switch (this) {
      case NumberLiteral(var value, var duration, _) -> new NumberLiteral(value, duration, span);
      case StringLiteral(var value, _) -> new StringLiteral(value, span);
      case VectorSelector(var name, var matchers, var shift, var edges, _) ->
          new VectorSelector(name, matchers, shift.map(time), edges, span);
      case MatrixSelector(var selector, var range, _) -> {
        if (change.apply(selector) instanceof VectorSelector changed) {
          yield new MatrixSelector(changed, time.apply(range), span);
        }
        throw new IllegalArgumentException(
            "expected a vector selector as the replacement of a range selector's selector");
      }
      case Subquery(var inner, var range, var step, var shift, _) ->
          new Subquery(
              change.apply(inner),
              time.apply(range),
              step == null ? null : time.apply(step),
              shift.map(time),
              span);
      case Paren(var inner, _) -> new Paren(change.apply(inner), span);
      case Unary(var sign, var operand, _) -> new Unary(sign, change.apply(operand), span);
      case Binary(var op, var left, var right, var returnBool, var matching, _) ->
          new Binary(op, change.apply(left), change.apply(right), returnBool, matching, span);
      case Aggregate(var op, var parameter, var operand, var grouping, var without, _) -> {
        Expr changed = parameter == null ? null : change.apply(parameter);
        yield new Aggregate(op, changed, change.apply(operand), grouping, without, span);
      }
      case Call(var function, var arguments, _) ->
          new Call(function, arguments.stream().map(change).toList(), span);
    };
  }

  /// Returns this expression and all subexpressions, parents first.
  default Stream<Expr> stream() {
    var found = new ArrayList<Expr>();
    var pending = new ArrayDeque<Expr>();
    pending.push(this);
    while (!pending.isEmpty()) {
      Expr next = pending.pop();
      found.add(next);
      next.children().reversed().forEach(pending::push);
    }
    return found.stream();
  }

  /// Returns all nodes of a type, parents first.
  default <T extends Expr> Stream<T> all(Class<T> type) {
    return stream().filter(type::isInstance).map(type::cast);
  }

  /// Returns all instant selectors, including those inside range selectors.
  default Stream<VectorSelector> selectors() {
    return all(VectorSelector.class);
  }

  /// Returns the expression without enclosing parentheses.
  default Expr unwrapped() {
    Expr inner = this;
    while (inner instanceof Paren paren) {
      inner = paren.inner();
    }
    return inner;
  }

  /// A number, including `+Inf` and `NaN`, or a duration, whose value is in seconds.
  ///
  /// @param duration whether the number is written as a duration
  record NumberLiteral(double value, boolean duration, Span span) implements Expr {}

  /// A string. Invalid UTF-8 bytes are kept as lone surrogates U+DC80 to U+DCFF.
  record StringLiteral(String value, Span span) implements Expr {}

  /// How a range selector computes values at the edges of its range.
  enum Edges {
    /// Uses only samples inside the range.
    PLAIN,
    /// `anchored`: uses the last sample before the range as the value at its start.
    ANCHORED,
    /// `smoothed`: interpolates the values at both ends.
    SMOOTHED
  }

  /// An instant selector: selects series, each with its newest sample.
  ///
  /// @param name metric name before the braces, or the empty string
  /// @param matchers all matchers; if `name` is not empty, the first one matches the metric name
  record VectorSelector(
      String name, List<LabelMatcher> matchers, Shift shift, Edges edges, Span span)
      implements Expr {
    public VectorSelector {
      matchers = List.copyOf(matchers);
    }

    /// Returns the value that the label must equal according to a matcher with `=`; empty if there
    /// is no such matcher.
    public Optional<String> equal(String label) {
      return matchers.stream()
          .filter(one -> one.name().equals(label) && one.type() == LabelMatcher.Type.EQUAL)
          .map(LabelMatcher::value)
          .findFirst();
    }

    /// Returns a copy with this shift.
    public VectorSelector withShift(Shift changed) {
      return new VectorSelector(name, matchers, changed, edges, span);
    }

    /// Returns a copy with these edges.
    public VectorSelector withEdges(Edges changed) {
      return new VectorSelector(name, matchers, shift, changed, span);
    }
  }

  /// A range selector: selects series, each with its samples in a time range. The modifiers belong
  /// to `selector`, although they are written after the range.
  record MatrixSelector(VectorSelector selector, DurationExpr range, Span span) implements Expr {}

  /// A subquery: an expression that is evaluated at regular times within a range.
  ///
  /// @param step interval between these times, or null for the engine's default
  record Subquery(
      Expr inner, DurationExpr range, @Nullable DurationExpr step, Shift shift, Span span)
      implements Expr {
    /// Returns a copy with this shift.
    public Subquery withShift(Shift changed) {
      return new Subquery(inner, range, step, changed, span);
    }
  }

  /// A parenthesized expression.
  record Paren(Expr inner, Span span) implements Expr {}

  /// An expression with a sign.
  record Unary(Sign sign, Expr operand, Span span) implements Expr {
    /// A sign.
    public enum Sign {
      PLUS,
      MINUS
    }
  }

  /// A binary operation.
  ///
  /// @param returnBool whether a comparison returns 0 and 1 instead of dropping samples
  /// @param matching how series of the two sides match; null unless both sides are vectors
  record Binary(
      BinaryOp op,
      Expr left,
      Expr right,
      boolean returnBool,
      @Nullable VectorMatching matching,
      Span span)
      implements Expr {}

  /// An aggregation over groups of series.
  ///
  /// @param parameter expression before the vector, as in `topk(3, x)`, or null
  /// @param without whether `grouping` lists the labels to drop, instead of the labels to keep
  record Aggregate(
      AggregateOp op,
      @Nullable Expr parameter,
      Expr operand,
      List<String> grouping,
      boolean without,
      Span span)
      implements Expr {
    public Aggregate {
      grouping = List.copyOf(grouping);
    }
  }

  /// A function call.
  record Call(Function function, List<Expr> arguments, Span span) implements Expr {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }
}
