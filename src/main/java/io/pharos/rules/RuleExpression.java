package io.pharos.rules;

import io.pharos.logql.LogqlException;
import io.pharos.logql.LogqlQuery;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Query;
import io.pharos.rules.gap.UncertainResult;
import io.pharos.trouble.ObservationGaps;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The parsed expression of a rule.
public sealed interface RuleExpression {
  /// Returns the text as written. Expressions of one language with equal texts are equal.
  String text();

  /// Returns the canonical form; for LogQL, the text as written.
  String printed();

  /// Returns the query that evaluates the expression at a time.
  ///
  /// @param millis Unix milliseconds
  Query at(long millis);

  /// Returns the part of the result that is currently uncertain.
  ///
  /// @param blindness describes the samples that are missing because of faults of this process
  UncertainResult doubt(ObservationGaps blindness);

  /// Returns the parsed texts of those expressions that are PromQL.
  static List<Expr> trees(Stream<RuleExpression> expressions) {
    return expressions
        .filter(OfSamples.class::isInstance)
        .map(expression -> ((OfSamples) expression).tree())
        .toList();
  }

  /// A PromQL expression.
  ///
  /// @param tree the parsed text
  /// @param reading how the result depends on the selected series
  /// @param selectors the matchers of each selector
  record OfSamples(
      String text,
      Expr tree,
      String printed,
      UncertainResult.Reading reading,
      List<List<LabelMatcher>> selectors)
      implements RuleExpression {
    public OfSamples {
      selectors = List.copyOf(selectors);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof OfSamples that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public Query at(long millis) {
      return Query.at(text, tree, millis);
    }

    @Override
    public UncertainResult doubt(ObservationGaps blindness) {
      return new UncertainResult(reading, blindness.affecting(selectors));
    }
  }

  /// A LogQL expression that returns numbers.
  record OfLines(LogqlQuery query) implements RuleExpression {
    @Override
    public String text() {
      return query.text();
    }

    @Override
    public String printed() {
      return query.text();
    }

    @Override
    public Query at(long millis) {
      return Query.at(query.text(), millis);
    }

    /// Returns that nothing is uncertain, because faults of this process do not affect Loki.
    @Override
    public UncertainResult doubt(ObservationGaps blindness) {
      return UncertainResult.NONE;
    }
  }

  /// A parser for the expressions of a file.
  @FunctionalInterface
  interface Language {
    /// Parses an expression.
    ///
    /// @throws IllegalExpressionException if the text is not valid in the language
    RuleExpression parse(String text);

    /// Returns the parser of PromQL with the given options.
    static Language promql(ParserOptions options) {
      return text -> {
        try {
          Expr parsed = PromqlParser.parse(text, options);
          return new OfSamples(
              text,
              parsed,
              Printer.print(parsed),
              UncertainResult.reading(parsed),
              UncertainResult.selectors(parsed));
        } catch (ParseException e) {
          throw new IllegalExpressionException(e.offset(), String.valueOf(e.getMessage()), e);
        }
      };
    }

    /// Returns the parser of LogQL. It refuses queries that return lines, because rules need
    /// numbers.
    static Language logql() {
      return text -> {
        LogqlQuery query;
        try {
          query = LogqlQuery.parse(text);
        } catch (LogqlException e) {
          throw new IllegalExpressionException(e.offset(), String.valueOf(e.getMessage()), e);
        }
        return switch (query.kind()) {
          case NUMBERS -> new OfLines(query);
          case LINES ->
              throw new IllegalExpressionException(
                  0, "the query returns lines, expected numbers, as from count_over_time(… [5m])");
        };
      };
    }
  }

  /// Thrown if the text is not a valid expression. The message says why.
  final class IllegalExpressionException extends RuntimeException {
    private final int offset;

    IllegalExpressionException(int offset, String message) {
      super(message);
      this.offset = offset;
    }

    IllegalExpressionException(int offset, String message, Throwable cause) {
      super(message, cause);
      this.offset = offset;
    }

    /// Returns the position of the error in the text, in UTF-16 units.
    int offset() {
      return offset;
    }
  }
}
