package io.pharos.promql.ast;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A PromQL expression. Trees are immutable, and equal where their nodes and places are equal;
/// [#withoutSpans] makes trees of different texts comparable.
public sealed interface Expr {
  /// Where the node stood in the text.
  Span span();

  /// The type of the value that the expression has.
  ValueType type();

  /// The expressions right below this one, in the order of the text.
  List<Expr> children();

  /// This node with its children replaced by what `change` makes of each.
  Expr mapChildren(UnaryOperator<Expr> change);

  /// The same tree with no place in a text.
  default Expr withoutSpans() {
    return Spans.erase(this);
  }

  /// This expression and all below it, parents first.
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

  /// All instant selectors of the expression, those inside range selectors too.
  default Stream<VectorSelector> selectors() {
    return stream().filter(VectorSelector.class::isInstance).map(VectorSelector.class::cast);
  }

  /// The expression inside all parentheses around it.
  default Expr unwrapped() {
    Expr inner = this;
    while (inner instanceof Paren paren) {
      inner = paren.inner();
    }
    return inner;
  }

  /// A number, `+Inf` and `NaN` too; a duration counts as its seconds.
  ///
  /// @param duration whether it was written as a duration
  record NumberLiteral(double value, boolean duration, Span span) implements Expr {
    @Override
    public ValueType type() {
      return ValueType.SCALAR;
    }

    @Override
    public List<Expr> children() {
      return List.of();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return this;
    }
  }

  /// A string. Bytes that are no UTF-8 are kept as the lone surrogates U+DC80 to U+DCFF.
  record StringLiteral(String value, Span span) implements Expr {
    public StringLiteral {
      requireNonNull(value, "value is null");
    }

    @Override
    public ValueType type() {
      return ValueType.STRING;
    }

    @Override
    public List<Expr> children() {
      return List.of();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return this;
    }
  }

  /// How a selector treats the edges of a range.
  enum Edges {
    /// Only the samples inside.
    PLAIN,
    /// `anchored`: the last sample before the range stands at its start.
    ANCHORED,
    /// `smoothed`: the values at both ends are interpolated.
    SMOOTHED
  }

  /// A choice of series, each with its newest sample.
  ///
  /// @param name the metric name before the braces, or the empty string; `matchers` has it too
  /// @param matchers all conditions, that on the name first where `name` is given
  record VectorSelector(
      String name, List<LabelMatcher> matchers, Shift shift, Edges edges, Span span)
      implements Expr {
    public VectorSelector {
      requireNonNull(name, "name is null");
      requireNonNull(shift, "shift is null");
      requireNonNull(edges, "edges is null");
      matchers = List.copyOf(matchers);
    }

    @Override
    public ValueType type() {
      return ValueType.VECTOR;
    }

    @Override
    public List<Expr> children() {
      return List.of();
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return this;
    }

    public VectorSelector withShift(Shift changed) {
      return new VectorSelector(name, matchers, changed, edges, span);
    }

    public VectorSelector withEdges(Edges changed) {
      return new VectorSelector(name, matchers, shift, changed, span);
    }
  }

  /// A choice of series, each with its samples of a span of time. The selector holds the modifiers,
  /// which are written behind the range.
  record MatrixSelector(VectorSelector selector, DurationExpr range, Span span) implements Expr {
    public MatrixSelector {
      requireNonNull(selector, "selector is null");
      requireNonNull(range, "range is null");
    }

    @Override
    public ValueType type() {
      return ValueType.MATRIX;
    }

    @Override
    public List<Expr> children() {
      return List.of(selector);
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      if (change.apply(selector) instanceof VectorSelector changed) {
        return new MatrixSelector(changed, range, span);
      }
      throw new IllegalArgumentException("only a selector can have a range");
    }
  }

  /// An expression evaluated at many times.
  ///
  /// @param step the distance of those times, or null for the engine's default
  record Subquery(
      Expr inner, DurationExpr range, @Nullable DurationExpr step, Shift shift, Span span)
      implements Expr {
    public Subquery {
      requireNonNull(inner, "inner is null");
      requireNonNull(range, "range is null");
      requireNonNull(shift, "shift is null");
    }

    @Override
    public ValueType type() {
      return ValueType.MATRIX;
    }

    @Override
    public List<Expr> children() {
      return List.of(inner);
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return new Subquery(change.apply(inner), range, step, shift, span);
    }

    public Subquery withShift(Shift changed) {
      return new Subquery(inner, range, step, changed, span);
    }
  }

  /// An expression between parentheses.
  record Paren(Expr inner, Span span) implements Expr {
    public Paren {
      requireNonNull(inner, "inner is null");
    }

    @Override
    public ValueType type() {
      return inner.type();
    }

    @Override
    public List<Expr> children() {
      return List.of(inner);
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return new Paren(change.apply(inner), span);
    }
  }

  /// A sign before an expression.
  record Unary(Sign sign, Expr operand, Span span) implements Expr {
    /// A sign.
    public enum Sign {
      PLUS,
      MINUS
    }

    public Unary {
      requireNonNull(sign, "sign is null");
      requireNonNull(operand, "operand is null");
    }

    @Override
    public ValueType type() {
      return operand.type();
    }

    @Override
    public List<Expr> children() {
      return List.of(operand);
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return new Unary(sign, change.apply(operand), span);
    }
  }

  /// Two expressions with an operator between them.
  ///
  /// @param returnBool whether a comparison gives 0 and 1 instead of a choice
  /// @param matching how the series of two vectors meet, null unless both sides are vectors
  record Binary(
      BinaryOp op,
      Expr left,
      Expr right,
      boolean returnBool,
      @Nullable VectorMatching matching,
      Span span)
      implements Expr {
    public Binary {
      requireNonNull(op, "op is null");
      requireNonNull(left, "left is null");
      requireNonNull(right, "right is null");
    }

    @Override
    public ValueType type() {
      return left.type() == ValueType.SCALAR && right.type() == ValueType.SCALAR
          ? ValueType.SCALAR
          : ValueType.VECTOR;
    }

    @Override
    public List<Expr> children() {
      return List.of(left, right);
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      return new Binary(op, change.apply(left), change.apply(right), returnBool, matching, span);
    }
  }

  /// An aggregation over groups of series.
  ///
  /// @param parameter what stands before the vector, as in `topk(3, x)`, or null
  /// @param without whether `grouping` names the labels to leave out rather than those to keep
  record Aggregate(
      AggregateOp op,
      @Nullable Expr parameter,
      Expr operand,
      List<String> grouping,
      boolean without,
      Span span)
      implements Expr {
    public Aggregate {
      requireNonNull(op, "op is null");
      requireNonNull(operand, "operand is null");
      grouping = List.copyOf(grouping);
    }

    @Override
    public ValueType type() {
      return ValueType.VECTOR;
    }

    @Override
    public List<Expr> children() {
      return parameter == null ? List.of(operand) : List.of(parameter, operand);
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      Expr changed = parameter == null ? null : change.apply(parameter);
      return new Aggregate(op, changed, change.apply(operand), grouping, without, span);
    }
  }

  /// A call of a function.
  record Call(Function function, List<Expr> arguments, Span span) implements Expr {
    public Call {
      requireNonNull(function, "function is null");
      arguments = List.copyOf(arguments);
    }

    @Override
    public ValueType type() {
      return function.result();
    }

    @Override
    public List<Expr> children() {
      return arguments;
    }

    @Override
    public Expr mapChildren(UnaryOperator<Expr> change) {
      var changed = new ArrayList<Expr>(arguments.size());
      arguments.forEach(argument -> changed.add(change.apply(argument)));
      return new Call(function, changed, span);
    }
  }
}
