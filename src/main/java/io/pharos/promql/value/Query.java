package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.ast.Expr;
import java.time.Duration;
import java.util.Optional;

/// What an [Evaluator] is asked: an expression, when it is evaluated, and what the one who asks
/// wants of it.
///
/// @param text the expression as written; remarks and errors name places in it
/// @param tree what it was parsed to by whoever asks the same again and again; empty leaves the
///   parsing to the evaluator, whose language may be larger than ours
/// @param bounds what somebody from outside asks for, who sees what is there; empty for those of
///   Pharos' own, from whose answer something follows
public record Query(String text, Optional<Expr> tree, Span span, Optional<QueryBounds> bounds) {
  /// When an expression is evaluated. Unix milliseconds.
  public sealed interface Span {}

  /// At one time: the answer is of the expression's own type.
  public record At(long millis) implements Span {}

  /// At `fromMillis`, `fromMillis + step`, … up to `toMillis`: the answer is a [RangeMatrix] sorted
  /// by labels.
  public record Steps(long fromMillis, long toMillis, Duration step) implements Span {
    public Steps {
      requireNonNull(step, "step is null");
    }
  }

  public Query {
    requireNonNull(text, "text is null");
    requireNonNull(tree, "tree is null");
    requireNonNull(span, "span is null");
    requireNonNull(bounds, "bounds is null");
  }

  /// An expression at one time.
  public static Query at(String text, long millis) {
    return new Query(text, Optional.empty(), new At(millis), Optional.empty());
  }

  /// An expression that was parsed before, at one time.
  public static Query at(String text, Expr tree, long millis) {
    return new Query(text, Optional.of(tree), new At(millis), Optional.empty());
  }

  /// An expression at many times.
  public static Query over(String text, long fromMillis, long toMillis, Duration step) {
    var span = new Steps(fromMillis, toMillis, step);
    return new Query(text, Optional.empty(), span, Optional.empty());
  }

  /// The same, asked by somebody from outside.
  public Query within(QueryBounds asked) {
    return new Query(text, tree, span, Optional.of(asked));
  }
}
