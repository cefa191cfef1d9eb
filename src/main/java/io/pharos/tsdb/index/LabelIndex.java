package io.pharos.tsdb.index;

import io.pharos.limits.work.Cancellation;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// Finds series by matchers. Changes come from one thread at a time (the store's commit lock); any
/// number of threads may read beside it, and see each series either wholly or not at all in a list.
public final class LabelIndex<S extends Indexed> {
  /* The lists of one label name; `name` is the string that all its series share. */
  private record Values<S>(String name, Map<String, Postings<S>> byValue) {}

  private final Map<String, Values<S>> byName = new ConcurrentHashMap<>();
  private final Postings<S> all = new Postings<>("");

  /// Adds a series whose labels are not in the index yet.
  public void add(S series) {
    all.add(series);
    series
        .labels()
        .forEach(
            (name, value) ->
                byName
                    .computeIfAbsent(name, _ -> new Values<>(name, new ConcurrentHashMap<>()))
                    .byValue()
                    .computeIfAbsent(value, Postings::new)
                    .add(series));
  }

  /// Removes series.
  public void removeAll(Collection<S> removed) {
    Set<S> gone = new HashSet<>(removed);
    all.removeIf(gone::contains);
    var touched = new HashMap<String, Set<String>>();
    for (S series : removed) {
      series
          .labels()
          .forEach((name, value) -> touched.computeIfAbsent(name, _ -> new HashSet<>()).add(value));
    }
    touched.forEach((name, values) -> removeFrom(name, values, gone));
  }

  private void removeFrom(String name, Set<String> values, Set<S> gone) {
    Map<String, Postings<S>> byValue = byValue(name);
    for (String value : values) {
      Postings<S> postings = byValue.get(value);
      if (postings != null && postings.removeIf(gone::contains) == 0) {
        byValue.remove(value);
      }
    }
    if (byValue.isEmpty()) {
      byName.remove(name);
    }
  }

  public int size() {
    return all.size();
  }

  /// The series that satisfy all matchers, in no particular order.
  ///
  /// @throws io.pharos.limits.work.CancelledException when nobody wants them any more
  public List<S> select(List<LabelMatcher> matchers) {
    MatcherPlan plan = MatcherPlan.of(matchers, this::cost);
    var cancellation = Cancellation.current();
    int[] turns = {0};
    var candidates = new ArrayList<S>();
    if (plan.start().isPresent()) {
      collect(plan.start().get(), candidates);
    } else {
      all.addTo(candidates);
    }
    for (LabelMatcher filter : plan.filters()) {
      Predicate<String> matches = test(filter);
      candidates.removeIf(
          series -> {
            cancellation.check(turns[0]++);
            return !matches.test(series.labels().get(filter.name()));
          });
    }
    return candidates;
  }

  /* An expression is asked once of each value; to compare two strings costs less than to remember. */
  private static Predicate<String> test(LabelMatcher filter) {
    return switch (filter.type()) {
      case EQUAL, NOT_EQUAL -> filter::matches;
      case REGEX, NOT_REGEX -> {
        var known = new HashMap<String, Boolean>();
        yield value -> known.computeIfAbsent(value, filter::matches);
      }
    };
  }

  /* The series of an equality are counted; the others must look at each value of their name. */
  private long cost(LabelMatcher matcher) {
    Map<String, Postings<S>> byValue = byValue(matcher.name());
    if (matcher.type() != LabelMatcher.Type.EQUAL) {
      return byValue.size();
    }
    Postings<S> postings = byValue.get(matcher.value());
    return postings == null ? 0 : postings.size();
  }

  private void collect(LabelMatcher matcher, List<S> target) {
    Map<String, Postings<S>> byValue = byValue(matcher.name());
    if (matcher.type() == LabelMatcher.Type.EQUAL) {
      Postings<S> postings = byValue.get(matcher.value());
      if (postings != null) {
        postings.addTo(target);
      }
      return;
    }
    var cancellation = Cancellation.current();
    int[] turns = {0};
    byValue.forEach(
        (value, postings) -> {
          cancellation.check(turns[0]++);
          if (matcher.matches(value)) {
            postings.addTo(target);
          }
        });
  }

  /// The label names in use, in no particular order.
  public Set<String> names() {
    return Set.copyOf(byName.keySet());
  }

  /// The values in use of a label, in no particular order.
  public Set<String> values(String name) {
    return Set.copyOf(byValue(name).keySet());
  }

  private Map<String, Postings<S>> byValue(String name) {
    Values<S> values = byName.get(name);
    return values == null ? Map.of() : values.byValue();
  }

  /// Equal labels made of strings that the index already holds where it does, so that 10^5 series
  /// do not hold 10^5 copies of a job's name.
  public Labels canonical(Labels labels) {
    var pairs = new String[labels.size() * 2];
    for (int i = 0; i < labels.size(); i++) {
      String name = labels.name(i);
      String value = labels.value(i);
      Values<S> values = byName.get(name);
      Postings<S> postings = values == null ? null : values.byValue().get(value);
      pairs[2 * i] = values == null ? name : values.name();
      pairs[2 * i + 1] = postings == null ? value : postings.value();
    }
    return Labels.of(pairs);
  }
}
