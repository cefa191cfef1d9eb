package io.pharos.logql;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A function over the lines of a time, such as `count_over_time({job="nginx"} |= "x" [5m])`.
///
/// @param function its name
/// @param parameter of `quantile_over_time`; NaN for the others
/// @param selector what selects the streams
/// @param stages what is done with each line, in order
/// @param range how far back, as written
/// @param offset how long ago that ends, as written, with its sign; empty for none
/// @param by the labels of the groups, where it groups by some
/// @param begin where it begins in the text, in UTF-16 units
/// @param end where what follows it begins
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
    requireNonNull(function, "function is null");
    selector = List.copyOf(selector);
    stages = List.copyOf(stages);
    requireNonNull(range, "range is null");
    requireNonNull(offset, "offset is null");
    by = by.map(Set::copyOf);
  }
}
