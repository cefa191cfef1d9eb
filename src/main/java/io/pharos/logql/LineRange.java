package io.pharos.logql;

import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A function over lines in a time range, such as `count_over_time({job="nginx"} |= "x" [5m])`.
///
/// @param function name of the function
/// @param parameter parameter of `quantile_over_time`; NaN for other functions
/// @param selector matchers of the streams
/// @param stages stages of the pipeline, in order
/// @param range length of the range, as written
/// @param offset offset as written, with its sign; empty if there is none
/// @param by labels of `by`; empty if there is no `by`
/// @param begin start of the function in the query's text, in UTF-16 units
/// @param end start of the token after the function, in UTF-16 units
public record LineRange(
    String function,
    double parameter,
    List<LabelMatcher> selector,
    List<LineStage> stages,
    String range,
    String offset,
    Optional<Set<String>> by,
    int begin,
    int end) {
  public LineRange {
    selector = List.copyOf(selector);
    stages = List.copyOf(stages);
    by = by.map(Set::copyOf);
  }
}
