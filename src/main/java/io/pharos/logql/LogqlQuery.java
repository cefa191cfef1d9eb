package io.pharos.logql;

import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A parsed LogQL query.
///
/// @param kind whether the results are lines or numbers
/// @param ranges functions over lines, in the order of the text
/// @param selectors matchers of each stream selector, in the order of the text
/// @param isCondition whether the result can be empty because a condition is not met: the query
///   contains `and`, `unless`, `absent_over_time`, or a comparison without `bool`
/// @param labels labels of the results; empty if the text of the query does not determine them
public record LogqlQuery(
    String text,
    ResultKind kind,
    List<LineRange> ranges,
    List<List<LabelMatcher>> selectors,
    boolean isCondition,
    Optional<Set<String>> labels) {
  /// The kind of a query's results.
  public enum ResultKind {
    LINES,
    NUMBERS
  }

  public LogqlQuery {
    ranges = List.copyOf(ranges);
    selectors = List.copyOf(selectors);
    labels = labels.map(Set::copyOf);
  }

  /// Parses a query.
  ///
  /// Supports everything that Loki 3.5 documents except `variants`. Does not check the templates of
  /// `line_format`, the patterns of `pattern` and the paths of `json`.
  ///
  /// @throws LogqlException with the position, if the text is not valid
  public static LogqlQuery parse(String text) {
    return new LogqlParser(text).query();
  }
}
