package io.pharos.promql.value;

import io.pharos.promql.ast.Expr;
import java.time.Duration;
import java.util.Optional;

/// A query to an [Evaluator]: an expression, its time or times, and limits.
///
/// @param text expression as written; annotations and errors refer to positions in it
/// @param tree the parsed expression, so that a repeated query is not parsed again; if empty, the
///   evaluator parses the text, which may use features that Pharos' own parser lacks
/// @param bounds limits of an external query, whose result people read; empty for Pharos' own
///   queries, whose results start or end alerts or decide gates
public record Query(String text, Optional<Expr> tree, Span span, Optional<QueryBounds> bounds) {
  /// The time or times of an evaluation, in Unix milliseconds.
  public sealed interface Span {}

  /// One time; the result has the type of the expression.
  public record At(long millis) implements Span {}

  /// The times `fromMillis`, `fromMillis + step`, … up to `toMillis`; the result is a [RangeMatrix]
  /// sorted by labels.
  public record Steps(long fromMillis, long toMillis, Duration step) implements Span {}

  /// Returns a query of an expression at one time.
  public static Query at(String text, long millis) {
    return new Query(text, Optional.empty(), new At(millis), Optional.empty());
  }

  /// Returns a query of a parsed expression at one time.
  public static Query at(String text, Expr tree, long millis) {
    return new Query(text, Optional.of(tree), new At(millis), Optional.empty());
  }

  /// Returns a query of an expression at many times.
  public static Query over(String text, long fromMillis, long toMillis, Duration step) {
    var span = new Steps(fromMillis, toMillis, step);
    return new Query(text, Optional.empty(), span, Optional.empty());
  }

  /// Returns this query at one time.
  public Query at(long millis) {
    return new Query(text, tree, new At(millis), bounds);
  }

  /// Returns this query at many times.
  public Query over(long fromMillis, long toMillis, Duration step) {
    return new Query(text, tree, new Steps(fromMillis, toMillis, step), bounds);
  }

  /// Returns this query as an external query with these limits.
  public Query within(QueryBounds limits) {
    return new Query(text, tree, span, Optional.of(limits));
  }
}
