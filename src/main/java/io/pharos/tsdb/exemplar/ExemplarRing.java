package io.pharos.tsdb.exemplar;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import io.pharos.storage.ExemplarOutcome;
import io.pharos.storage.Exemplars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The newest exemplars of all series together, a bounded number; a new one takes the place of the
/// oldest, whatever its series. Not thread-safe.
final class ExemplarRing {
  /* In columns, some 100 bytes for each. They grow by need, so that a ring nobody fills costs
   * nothing. Those of one series are a chain in the order of time, which is that of the ring, so
   * that what is overwritten is always the first of its chain. */
  private static final int FIRST_SIZE = 256;
  private static final int NONE = -1;

  /// A series that has exemplars.
  static final class Series {
    private final Labels labels;
    private int oldest;
    private int newest;

    /// The file that last said what this series is, and the number that it has there.
    long file = NONE;

    int number;

    private Series(Labels labels, int slot) {
      this.labels = labels;
      this.oldest = slot;
      this.newest = slot;
    }

    Labels labels() {
      return labels;
    }
  }

  private final Map<Labels, Series> index = new HashMap<>();
  private int capacity;
  private @Nullable Series[] series = new Series[0];
  private byte[][] labels = new byte[0][];
  private double[] values = new double[0];
  private long[] times = new long[0];
  private boolean[] timed = new boolean[0];
  private int[] following = new int[0];
  private int next;
  private int size;

  /// @param capacity how many exemplars there may be, 0 or more
  ExemplarRing(int capacity) {
    this.capacity = capacity;
  }

  int capacity() {
    return capacity;
  }

  int size() {
    return size;
  }

  int seriesCount() {
    return index.size();
  }

  /// Unix milliseconds of the exemplar that will go next; 0 without one.
  long oldestMillis() {
    return size == 0 ? 0 : times[first()];
  }

  private int first() {
    return size == capacity ? next : 0;
  }

  /// What would become of an exemplar now.
  ExemplarOutcome judge(Labels of, PackedExemplar exemplar) {
    if (capacity == 0) {
      return ExemplarOutcome.NOT_KEPT;
    }
    Series known = index.get(of);
    if (known == null) {
      return ExemplarOutcome.ACCEPTED;
    }
    PackedExemplar newest = packed(known.newest);
    if (exemplar.isSame(newest)) {
      return ExemplarOutcome.DUPLICATE;
    }
    return exemplar.isBefore(newest) ? ExemplarOutcome.OUT_OF_ORDER : ExemplarOutcome.ACCEPTED;
  }

  private PackedExemplar packed(int slot) {
    return new PackedExemplar(labels[slot], values[slot], times[slot], timed[slot]);
  }

  /// Adds an exemplar that was judged to be accepted.
  Series add(Labels of, PackedExemplar exemplar) {
    if (next == values.length) {
      grow();
    }
    int slot = next;
    evict(slot);
    labels[slot] = exemplar.labels();
    values[slot] = exemplar.value();
    times[slot] = exemplar.timestampMillis();
    timed[slot] = exemplar.timed();
    following[slot] = NONE;
    Series known = index.get(of);
    if (known == null) {
      known = new Series(of, slot);
      index.put(of, known);
    } else {
      following[known.newest] = slot;
      known.newest = slot;
    }
    series[slot] = known;
    size = Math.min(size + 1, capacity);
    next = slot + 1 == capacity ? 0 : slot + 1;
    return known;
  }

  private void grow() {
    int length = Math.clamp(2L * values.length, Math.min(FIRST_SIZE, capacity), capacity);
    series = Arrays.copyOf(series, length);
    labels = Arrays.copyOf(labels, length);
    values = Arrays.copyOf(values, length);
    times = Arrays.copyOf(times, length);
    timed = Arrays.copyOf(timed, length);
    following = Arrays.copyOf(following, length);
  }

  private void evict(int slot) {
    Series gone = series[slot];
    if (gone != null) {
      gone.oldest = following[slot];
      if (gone.oldest == NONE) {
        index.remove(gone.labels);
      }
    }
  }

  /// Takes each exemplar, oldest first.
  interface Visitor {
    void visit(Series series, PackedExemplar exemplar);
  }

  void forEach(Visitor visitor) {
    int first = first();
    for (int i = 0; i < size; i++) {
      int slot = (first + i) % Math.max(1, capacity);
      Series of = series[slot];
      if (of != null) {
        visitor.visit(of, packed(slot));
      }
    }
  }

  /// Changes how many there may be; the newest stay.
  void resize(int newCapacity) {
    var kept = new ExemplarRing(newCapacity);
    int[] surplus = {size - newCapacity};
    forEach(
        (of, exemplar) -> {
          if (surplus[0]-- <= 0) {
            Series now = kept.add(of.labels, exemplar);
            now.file = of.file;
            now.number = of.number;
          }
        });
    index.clear();
    index.putAll(kept.index);
    capacity = newCapacity;
    series = kept.series;
    labels = kept.labels;
    values = kept.values;
    times = kept.times;
    timed = kept.timed;
    following = kept.following;
    next = kept.next;
    size = kept.size;
  }

  /// As [Exemplars#select].
  List<Exemplars.OfSeries> select(
      List<List<LabelMatcher>> selectors, long fromMillis, long toMillis) {
    var found = new ArrayList<Exemplars.OfSeries>();
    for (Series one : index.values()) {
      if (times[one.oldest] > toMillis
          || times[one.newest] < fromMillis
          || !isSelected(one.labels, selectors)) {
        continue;
      }
      var wanted = new ArrayList<Exemplar>();
      for (int slot = one.oldest; slot != NONE && times[slot] <= toMillis; slot = following[slot]) {
        if (times[slot] >= fromMillis) {
          wanted.add(packed(slot).unpacked());
        }
      }
      if (!wanted.isEmpty()) {
        found.add(new Exemplars.OfSeries(one.labels, wanted));
      }
    }
    found.sort(Comparator.comparing(Exemplars.OfSeries::labels));
    return found;
  }

  private static boolean isSelected(Labels of, List<List<LabelMatcher>> selectors) {
    return selectors.stream()
        .anyMatch(matchers -> matchers.stream().allMatch(matcher -> matcher.matches(of)));
  }
}
