package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.pharos.logql.LogqlException;
import io.pharos.logql.LogqlQuery;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Query;
import io.pharos.trouble.ObservationGaps;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The expression of a rule, known to be of its language.
public sealed interface RuleExpression {
  /// As written. Of one language, the same text is the same expression.
  String text();

  /// In its canonical form; of LogQL, as written.
  String printed();

  /// The question for its value at a time in Unix milliseconds.
  Query at(long millis);

  /// What can't be believed of it at the moment.
  UncertainResult doubt(ObservationGaps blindness);

  /// PromQL, about samples.
  ///
  /// @param tree what it was parsed to
  /// @param reading what it does with its series
  /// @param selectors what it looks at
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

  /// LogQL that gives numbers, about lines that a Loki has.
  record OfLines(LogqlQuery query) implements RuleExpression {
    public OfLines {
      requireNonNull(query, "query is null");
    }

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

    /// What this process does not see, Loki has all the same.
    @Override
    public UncertainResult doubt(ObservationGaps blindness) {
      return UncertainResult.NONE;
    }
  }

  /// What reads the expressions of a file.
  @FunctionalInterface
  interface Language {
    /// Reads an expression.
    ///
    /// @throws IllegalExpressionException when the text is none
    RuleExpression parse(String text);

    /// PromQL, or a part of it.
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

    /// LogQL, of which lines are no result of a rule.
    static Language logql() {
      return text -> {
        LogqlQuery query;
        try {
          query = LogqlQuery.parse(text);
        } catch (LogqlException e) {
          throw new IllegalExpressionException(e.offset(), String.valueOf(e.getMessage()), e);
        }
        return switch (query.gives()) {
          case NUMBERS -> new OfLines(query);
          case LINES ->
              throw new IllegalExpressionException(
                  0, "the query gives lines, expected numbers, as count_over_time(… [5m]) gives");
        };
      };
    }
  }

  /// A text that is no expression of the language; the message says why.
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

    /// Where in the text, as an offset of UTF-16 units.
    int offset() {
      return offset;
    }
  }
}
