package io.pharos.tsdb.index;

import static java.util.Comparator.comparing;

import io.pharos.limits.work.Cancellation;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.RoaringBitmap;

/// Finds series by matchers. One thread at a time makes changes, under the store's commit lock. Any
/// number of threads may read meanwhile; they see each change of a list either completely or not at
/// all.
public final class LabelIndex<S extends LabelIndex.Indexed> {
  /* A series is visible under its number only while all its lists contain the number, and `shown`
   * is incremented before a series becomes visible. A reader reads `shown` before the lists and
   * again afterwards. If `shown` is unchanged, the lists were correct for each series that the
   * reader found. Otherwise, the reader may have read a list while a number still belonged to
   * another series, or before a series was added to the list. Then the reader compares the labels
   * of each series. It also removes duplicates, because a series that was removed and added
   * again may have been found under two numbers. */

  /// An object with labels that can be added to the index.
  public interface Indexed {
    /// The labels.
    Labels labels();
  }

  /// Estimated number of series that can be checked in the time it takes to match one value and
  /// merge the list of its series.
  private static final int SERIES_PER_VALUE = 8;

  /* The lists of a label name, by value; `name` is the one copy of the string that all series
   * share. */
  private record Values(String name, Map<String, Postings> byValue) {}

  private final Map<String, Values> byName = new ConcurrentHashMap<>();
  private final SeriesNumbers<S> numbered = new SeriesNumbers<>();
  private volatile long shown;

  /// Adds a series whose labels are not in the index yet.
  public void add(S series) {
    int number = numbered.reserve();
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
    Set<S> removedSet = new HashSet<>(removed);
    RoaringBitmap numbers = numbered.hide(removedSet::contains);
    var valuesByName = new HashMap<String, Set<String>>();
    for (S series : removed) {
      series
          .labels()
          .forEach(
              (name, value) -> valuesByName.computeIfAbsent(name, _ -> new HashSet<>()).add(value));
    }
    valuesByName.forEach((name, values) -> removeFrom(name, values, numbers));
    numbered.release(numbers);
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
    boolean listsAreCorrect = shown == before;
    if (!listsAreCorrect) {
      candidates = new ArrayList<>(new LinkedHashSet<>(candidates));
    }
    var cancellation = Cancellation.current();
    int[] turns = {0};
    for (LabelMatcher filter : listsAreCorrect && plan.start().isPresent() ? unused : matchers) {
      Predicate<String> matches = test(filter);
      candidates.removeIf(
          series -> {
            cancellation.check(turns[0]++);
            return !matches.test(series.labels().get(filter.name()));
          });
    }
    return candidates;
  }

  /* Intersects the lists of the matchers: equalities first, smaller lists before larger ones.
   * Filters are added to `unused` if checking the series one by one is cheaper. */
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

  /* Series without the label are in no list. So if the filter also matches series without the
   * label, the lists of the values that do not match are removed from the result. */
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

  /* Visits the lists of the values that a matcher matches, or of those that it does not match. */
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
        var resultByValue = new HashMap<String, Boolean>();
        yield value -> resultByValue.computeIfAbsent(value, filter::matches);
      }
    };
  }

  /* The cost of an equality is its number of series; the cost of any other matcher is a check of
   * each value of its label. */
  private long cost(LabelMatcher matcher) {
    Map<String, Postings> byValue = byValue(matcher.name());
    if (matcher.type() != LabelMatcher.Type.EQUAL) {
      return byValue.size();
    }
    Postings postings = byValue.get(matcher.value());
    return postings == null ? 0 : postings.size();
  }

  /// The names of all labels of the series, in no particular order.
  public Set<String> names() {
    return Set.copyOf(byName.keySet());
  }

  /// The values that the series have for a label, in no particular order.
  public Set<String> values(String name) {
    return Set.copyOf(byValue(name).keySet());
  }

  private Map<String, Postings> byValue(String name) {
    Values values = byName.get(name);
    return values == null ? Map.of() : values.byValue();
  }

  /// Returns equal labels that reuse the index' strings where possible, so that 10^5 series do not
  /// need 10^5 copies of a job's name.
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

  /// Series by their numbers. A released number is reused before a new one, so the highest number
  /// stays below the maximum number of simultaneous series. One thread writes at a time, any number
  /// of threads read.
  static final class SeriesNumbers<S> {
    private static final int BATCH = 256;

    /* Elements are read with acquire and written with release, so a thread that reads a series also
     * sees all earlier writes. */
    private volatile AtomicReferenceArray<@Nullable S> slots = new AtomicReferenceArray<>(16);
    private volatile int size;

    /* Used by the writer only. */
    private final RoaringBitmap free = new RoaringBitmap();
    private int next;

    /// Reserves an unused number.
    int reserve() {
      if (free.isEmpty()) {
        return next++;
      }
      int number = free.first();
      free.remove(number);
      return number;
    }

    /// Makes a series visible under its number.
    void put(int number, S series) {
      AtomicReferenceArray<@Nullable S> current = slots;
      if (number >= current.length()) {
        current = longer(current, Math.max(number + 1, number + (number >> 2)));
        slots = current;
      }
      current.setRelease(number, series);
      int before = size;
      size = before + 1;
    }

    private static <S> AtomicReferenceArray<@Nullable S> longer(
        AtomicReferenceArray<@Nullable S> current, int length) {
      var longer = new AtomicReferenceArray<@Nullable S>(length);
      for (int i = 0; i < current.length(); i++) {
        longer.setPlain(i, current.getPlain(i));
      }
      return longer;
    }

    /// Hides the series that satisfy a condition. Returns their numbers, which are not reused until
    /// [#release].
    RoaringBitmap hide(Predicate<S> condition) {
      AtomicReferenceArray<@Nullable S> current = slots;
      var numbers = new RoaringBitmap();
      for (int number = 0; number < current.length(); number++) {
        S series = current.getPlain(number);
        if (series != null && condition.test(series)) {
          current.setRelease(number, null);
          numbers.add(number);
        }
      }
      int before = size;
      size = before - numbers.getCardinality();
      return numbers;
    }

    /// Makes reserved numbers available again.
    void release(RoaringBitmap numbers) {
      free.or(numbers);
    }

    /// Number of visible series.
    int size() {
      return size;
    }

    /// All visible series.
    List<S> all() {
      AtomicReferenceArray<@Nullable S> current = slots;
      var found = new ArrayList<S>(size);
      for (int number = 0; number < current.length(); number++) {
        add(current, number, found);
      }
      return found;
    }

    /// The visible series among those with these numbers.
    List<S> of(RoaringBitmap numbers) {
      AtomicReferenceArray<@Nullable S> current = slots;
      var found = new ArrayList<S>(numbers.getCardinality());
      var batch = new int[BATCH];
      BatchIterator batches = numbers.getBatchIterator();
      while (batches.hasNext()) {
        int count = batches.nextBatch(batch);
        for (int i = 0; i < count; i++) {
          add(current, batch[i], found);
        }
      }
      return found;
    }

    private static <S> void add(
        AtomicReferenceArray<@Nullable S> current, int number, List<S> target) {
      @Nullable S series = number < current.length() ? current.getAcquire(number) : null;
      if (series != null) {
        target.add(series);
      }
    }
  }

  /// The numbers of the series that have a label value. One thread writes at a time, any number of
  /// threads read.
  static final class Postings {
    /// Maximum number of elements of the array. Up to this number, an array is smaller than a
    /// bitmap, which needs space for each range of 65,536 numbers. Beyond it, moving all elements
    /// to the bitmap at once is faster than adding each one to the bitmap.
    static final int FEW = 64;

    /// The label value: the one copy of the string that all series share.
    final String value;

    /* Guarded by this. The newest numbers are in `few`, the older ones in `many`. */
    private int[] few = new int[1];
    private int fewCount;
    private @Nullable RoaringBitmap many;
    private int size;

    Postings(String value) {
      this.value = value;
    }

    /// Adds a number that is not contained yet.
    synchronized void add(int number) {
      if (fewCount == FEW) {
        RoaringBitmap bitmap = gathered();
        /* The bitmap is packed only when the number of elements has doubled, so the total effort
         * stays proportional to the number of additions. */
        if (Integer.highestOneBit(size) > Integer.highestOneBit(size - FEW)) {
          pack(bitmap);
        }
      } else if (fewCount == few.length) {
        few = Arrays.copyOf(few, Math.min(FEW, fewCount + (fewCount >> 1) + 1));
      }
      few[fewCount++] = number;
      size++;
    }

    /* Moves all numbers to the bitmap. */
    private RoaringBitmap gathered() {
      RoaringBitmap bitmap = many == null ? new RoaringBitmap() : many;
      bitmap.addN(few, 0, fewCount);
      fewCount = 0;
      many = bitmap;
      return bitmap;
    }

    private static void pack(RoaringBitmap bitmap) {
      bitmap.runOptimize();
      bitmap.trim();
    }

    /// Removes numbers and returns how many are left.
    synchronized int removeAll(RoaringBitmap removed) {
      if (many == null) {
        few = filter(number -> !removed.contains(number));
        fewCount = few.length;
        size = fewCount;
        return size;
      }
      RoaringBitmap bitmap = gathered();
      bitmap.andNot(removed);
      size = bitmap.getCardinality();
      if (size <= FEW / 2) {
        few = bitmap.toArray();
        fewCount = size;
        many = null;
      } else {
        pack(bitmap);
        few = new int[0];
      }
      return size;
    }

    private int[] filter(IntPredicate wanted) {
      return Arrays.stream(few, 0, fewCount).filter(wanted).toArray();
    }

    /// Number of series.
    synchronized int size() {
      return size;
    }

    /// Adds all numbers to the target.
    synchronized void addTo(RoaringBitmap target) {
      if (many != null) {
        target.or(many);
      }
      target.addN(few, 0, fewCount);
    }

    /// Removes the numbers that are not contained here from the target.
    synchronized void retainIn(RoaringBitmap target) {
      int[] common = filter(target::contains);
      if (many == null) {
        target.clear();
      } else {
        target.and(many);
      }
      target.add(common);
    }

    /// Removes the numbers that are contained here from the target.
    synchronized void removeFrom(RoaringBitmap target) {
      if (many != null) {
        target.andNot(many);
      }
      for (int i = 0; i < fewCount; i++) {
        target.remove(few[i]);
      }
    }
  }
}
