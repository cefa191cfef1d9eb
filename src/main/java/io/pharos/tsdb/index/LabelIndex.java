package io.pharos.tsdb.index;

import static java.util.Comparator.comparing;

import io.pharos.limits.work.Cancellation;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.roaringbitmap.RoaringBitmap;

/// Finds series by matchers. One thread at a time makes changes, under the store's commit lock. Any
/// number of threads may read meanwhile; they see each change of a list either completely or not at
/// all.
public final class LabelIndex<S extends LabelIndex.Indexed> {
  /* A series is visible under its number only while all its lists contain the number, and
   * `shown` grows before it becomes visible. A reader that finds `shown` unchanged since before
   * it read the first list knows that the lists were right about its series. Otherwise, a number
   * may have belonged to another series when a list was read, or a list may have been read
   * before the series was added: the reader compares labels. It may have found a removed and
   * re-added series under two numbers. */

  /// An object with labels that the index can hold.
  public interface Indexed {
    /// The labels.
    Labels labels();
  }

  /// Estimated number of series that can be checked in the time it takes to match one value and
  /// merge its list.
  private static final int SERIES_PER_VALUE = 8;

  /* The lists of a label name; `name` is the string that all its series share. */
  private record Values(String name, Map<String, Postings> byValue) {}

  private final Map<String, Values> byName = new ConcurrentHashMap<>();
  private final SeriesNumbers<S> numbered = new SeriesNumbers<>();
  private volatile long shown;

  /// Adds a series whose labels are not in the index yet.
  public void add(S series) {
    int number = numbered.take();
    series
        .labels()
        .forEach(
            (name, value) ->
                byName
                    .computeIfAbsent(name, _ -> new Values(name, new ConcurrentHashMap<>()))
                    .byValue()
                    .computeIfAbsent(value, Postings::new)
                    .add(number));
    long before = shown;
    shown = before + 1;
    numbered.put(number, series);
  }

  /// Removes series.
  public void removeAll(Collection<S> removed) {
    Set<S> gone = new HashSet<>(removed);
    RoaringBitmap numbers = numbered.hide(gone::contains);
    var touched = new HashMap<String, Set<String>>();
    for (S series : removed) {
      series
          .labels()
          .forEach((name, value) -> touched.computeIfAbsent(name, _ -> new HashSet<>()).add(value));
    }
    touched.forEach((name, values) -> removeFrom(name, values, numbers));
    numbered.giveBack(numbers);
  }

  private void removeFrom(String name, Set<String> values, RoaringBitmap numbers) {
    Map<String, Postings> byValue = byValue(name);
    for (String value : values) {
      Postings postings = byValue.get(value);
      if (postings != null && postings.removeAll(numbers) == 0) {
        byValue.remove(value);
      }
    }
    if (byValue.isEmpty()) {
      byName.remove(name);
    }
  }

  /// Number of series.
  public int size() {
    return numbered.size();
  }

  /// The series that satisfy all matchers, in no particular order.
  ///
  /// @throws io.pharos.limits.work.CancelledException when the query was cancelled
  public List<S> select(List<LabelMatcher> matchers) {
    long before = shown;
    MatcherPlan plan = MatcherPlan.of(matchers, this::cost);
    var unused = new ArrayList<LabelMatcher>();
    List<S> candidates =
        plan.start().map(start -> join(start, plan.filters(), unused)).orElseGet(numbered::all);
    boolean sure = shown == before;
    if (!sure) {
      candidates = new ArrayList<>(new LinkedHashSet<>(candidates));
    }
    var cancellation = Cancellation.current();
    int[] turns = {0};
    for (LabelMatcher filter : sure && plan.start().isPresent() ? unused : matchers) {
      Predicate<String> matches = test(filter);
      candidates.removeIf(
          series -> {
            cancellation.check(turns[0]++);
            return !matches.test(series.labels().get(filter.name()));
          });
    }
    return candidates;
  }

  /* Intersects the lists of the matchers: equalities first, the smallest before the others. Adds
   * filters to `unused` if checking the series one by one is cheaper. */
  private List<S> join(LabelMatcher start, List<LabelMatcher> filters, List<LabelMatcher> unused) {
    var numbers = new RoaringBitmap();
    forEachList(start, true, postings -> postings.addTo(numbers));
    filters.stream()
        .sorted(comparing(LabelMatcher::type).thenComparingLong(this::cost))
        .forEach(
            filter -> {
              if (isWorthJoining(filter, numbers.getCardinality())) {
                join(numbers, filter);
              } else {
                unused.add(filter);
              }
            });
    return numbered.of(numbers);
  }

  private static boolean isEquality(LabelMatcher matcher) {
    return matcher.type() == LabelMatcher.Type.EQUAL && !matcher.value().isEmpty();
  }

  private boolean isWorthJoining(LabelMatcher filter, int candidates) {
    if (candidates <= Postings.FEW) {
      return false;
    }
    return namesOneList(filter)
        || (long) byValue(filter.name()).size() * SERIES_PER_VALUE <= candidates;
  }

  private static boolean namesOneList(LabelMatcher matcher) {
    return switch (matcher.type()) {
      case EQUAL, NOT_EQUAL -> !matcher.value().isEmpty();
      case REGEX, NOT_REGEX -> false;
    };
  }

  /* Series without the label are in no list. If the filter matches them, the series in the lists
   * that do not match are removed. */
  private void join(RoaringBitmap numbers, LabelMatcher filter) {
    if (filter.matches("")) {
      forEachList(filter, false, postings -> postings.removeFrom(numbers));
    } else if (isEquality(filter)) {
      Postings postings = byValue(filter.name()).get(filter.value());
      if (postings == null) {
        numbers.clear();
      } else {
        postings.retainIn(numbers);
      }
    } else {
      var matching = new RoaringBitmap();
      forEachList(filter, true, postings -> postings.addTo(matching));
      numbers.and(matching);
    }
  }

  /* Visits the lists of the values that a matcher matches, or of the other values. */
  private void forEachList(LabelMatcher matcher, boolean matching, Consumer<Postings> action) {
    Map<String, Postings> byValue = byValue(matcher.name());
    if (namesOneList(matcher) && matcher.matches(matcher.value()) == matching) {
      Postings postings = byValue.get(matcher.value());
      if (postings != null) {
        action.accept(postings);
      }
      return;
    }
    var cancellation = Cancellation.current();
    int[] turns = {0};
    byValue.forEach(
        (value, postings) -> {
          cancellation.check(turns[0]++);
          if (matcher.matches(value) == matching) {
            action.accept(postings);
          }
        });
  }

  /* A regular expression is evaluated once per value; comparing strings is cheaper than caching. */
  private static Predicate<String> test(LabelMatcher filter) {
    return switch (filter.type()) {
      case EQUAL, NOT_EQUAL -> filter::matches;
      case REGEX, NOT_REGEX -> {
        var known = new HashMap<String, Boolean>();
        yield value -> known.computeIfAbsent(value, filter::matches);
      }
    };
  }

  /* An equality costs its number of series, any other matcher a check of each value of its name. */
  private long cost(LabelMatcher matcher) {
    Map<String, Postings> byValue = byValue(matcher.name());
    if (matcher.type() != LabelMatcher.Type.EQUAL) {
      return byValue.size();
    }
    Postings postings = byValue.get(matcher.value());
    return postings == null ? 0 : postings.size();
  }

  /// The label names in use, in no particular order.
  public Set<String> names() {
    return Set.copyOf(byName.keySet());
  }

  /// The values in use of a label, in no particular order.
  public Set<String> values(String name) {
    return Set.copyOf(byValue(name).keySet());
  }

  private Map<String, Postings> byValue(String name) {
    Values values = byName.get(name);
    return values == null ? Map.of() : values.byValue();
  }

  /// Equal labels that reuse the index' strings where possible, so that 10^5 series do not hold
  /// 10^5 copies of a job's name.
  public Labels canonical(Labels labels) {
    var pairs = new String[labels.size() * 2];
    for (int i = 0; i < labels.size(); i++) {
      String name = labels.name(i);
      String value = labels.value(i);
      Values values = byName.get(name);
      Postings postings = values == null ? null : values.byValue().get(value);
      pairs[2 * i] = values == null ? name : values.name();
      pairs[2 * i + 1] = postings == null ? value : postings.value;
    }
    return Labels.of(pairs);
  }
}
