package io.pharos.logql;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a LogQL query asks for.
///
/// @param gives lines or numbers
/// @param ranges the functions over lines, in the order of the text
/// @param selectors the matchers of each stream selector, in the order of the text
/// @param isCondition whether there are results only where something holds, so that an alert with
///   this expression can be inactive: a comparison without `bool`, or `absent_over_time`
/// @param labels of the results; empty where that depends on the lines
public record LogqlQuery(
    String text,
    Gives gives,
    List<LineRange> ranges,
    List<List<LabelMatcher>> selectors,
    boolean isCondition,
    Optional<Set<String>> labels) {
  /// What a query's results are.
  public enum Gives {
    LINES,
    NUMBERS
  }

  public LogqlQuery {
    requireNonNull(text, "text is null");
    requireNonNull(gives, "gives is null");
    ranges = List.copyOf(ranges);
    selectors = List.copyOf(selectors);
    labels = labels.map(Set::copyOf);
  }

  /// Reads a query.
  ///
  /// Everything that Loki 3.5 documents is understood but `variants`. What the templates of
  /// `line_format`, the patterns of `pattern` and the paths of `json` mean is not looked at.
  ///
  /// @throws LogqlException when the text is not one; says where
  public static LogqlQuery parse(String text) {
    return new LogqlParser(text).query();
  }
}
