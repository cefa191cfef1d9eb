package io.pharos.promql.ast;

import org.jspecify.annotations.Nullable;

/// Removes source positions from trees, to compare trees of different texts.
final class Spans {
  private Spans() {}

  static Expr erase(Expr expr) {
    return switch (expr) {
      case Expr.NumberLiteral node ->
          new Expr.NumberLiteral(node.value(), node.duration(), Span.NONE);
      case Expr.StringLiteral node -> new Expr.StringLiteral(node.value(), Span.NONE);
      case Expr.VectorSelector node -> selector(node);
      case Expr.MatrixSelector node ->
          new Expr.MatrixSelector(
              selector(node.selector()), node.range().withoutSpans(), Span.NONE);
      case Expr.Subquery node ->
          new Expr.Subquery(
              erase(node.inner()),
              node.range().withoutSpans(),
              duration(node.step()),
              shift(node.shift()),
              Span.NONE);
      case Expr.Paren node -> new Expr.Paren(erase(node.inner()), Span.NONE);
      case Expr.Unary node -> new Expr.Unary(node.sign(), erase(node.operand()), Span.NONE);
      case Expr.Binary node ->
          new Expr.Binary(
              node.op(),
              erase(node.left()),
              erase(node.right()),
              node.returnBool(),
              node.matching(),
              Span.NONE);
      case Expr.Aggregate node -> {
        Expr parameter = node.parameter();
        yield new Expr.Aggregate(
            node.op(),
            parameter == null ? null : erase(parameter),
            erase(node.operand()),
            node.grouping(),
            node.without(),
            Span.NONE);
      }
      case Expr.Call node ->
          new Expr.Call(
              node.function(), node.arguments().stream().map(Spans::erase).toList(), Span.NONE);
    };
  }

  private static Expr.VectorSelector selector(Expr.VectorSelector node) {
    return new Expr.VectorSelector(
        node.name(), node.matchers(), shift(node.shift()), node.edges(), Span.NONE);
  }

  private static Shift shift(Shift shift) {
    return new Shift(shift.at(), duration(shift.offset()));
  }

  private static @Nullable DurationExpr duration(@Nullable DurationExpr duration) {
    return duration == null ? null : duration.withoutSpans();
  }
}
