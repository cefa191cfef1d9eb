package io.pharos.tsdb.index;

import io.pharos.model.LabelMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// A plan to find the series that satisfy some matchers: start with the list of one matcher, or
/// with all series, and filter the result by the other matchers.
///
/// Only a *selective* matcher, which does not match the empty value, can be the start: other
/// matchers also match series without the label, which no list contains.
///
/// @param start the first matcher; empty to start with all series
/// @param filters the matchers that remain to be checked
public record MatcherPlan(Optional<LabelMatcher> start, List<LabelMatcher> filters) {
  public MatcherPlan {
    filters = List.copyOf(filters);
  }

  /// The plan whose start has the least cost.
  ///
  /// @param cost number of series in a selective matcher's lists, or the effort to determine that
  ///   number
  public static MatcherPlan of(List<LabelMatcher> matchers, ToLongFunction<LabelMatcher> cost) {
    List<LabelMatcher> selective =
        matchers.stream().filter(matcher -> !matcher.matches("")).toList();
    List<LabelMatcher> equal =
        selective.stream().filter(matcher -> matcher.type() == LabelMatcher.Type.EQUAL).toList();
    Optional<LabelMatcher> start =
        (equal.isEmpty() ? selective : equal).stream().min(Comparator.comparingLong(cost));
    var filters = new ArrayList<>(matchers);
    start.ifPresent(filters::remove);
    return new MatcherPlan(start, filters);
  }
}
