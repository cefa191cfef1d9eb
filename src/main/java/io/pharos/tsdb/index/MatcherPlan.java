package io.pharos.tsdb.index;

import io.pharos.model.LabelMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// How to find the series that satisfy some matchers: start from the list of one matcher, or from
/// all series, and filter by the others.
///
/// Only a *selective* matcher, one that the empty value does not satisfy, can be the start: the
/// others are also satisfied by series that lack the label and stand in no list of its name.
///
/// @param start the matcher to begin with; without one begin with all series
/// @param filters the matchers that remain to be checked
public record MatcherPlan(Optional<LabelMatcher> start, List<LabelMatcher> filters) {
  public MatcherPlan {
    filters = List.copyOf(filters);
  }

  /// The plan whose start has the least cost.
  ///
  /// @param cost how many series the lists of a selective matcher hold, or what it takes to know
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
