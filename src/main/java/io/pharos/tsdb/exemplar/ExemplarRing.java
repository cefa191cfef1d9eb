package io.pharos.tsdb.exemplar;

import static java.lang.foreign.MemorySegment.ofArray;
import static java.util.Objects.requireNonNull;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The newest exemplars of all series in a ring of bounded size; a new exemplar replaces the oldest
/// of any series. Not thread-safe.
final class ExemplarRing {
  /* The arrays grow on demand, so that an unused ring takes no memory. The exemplars of a series
   * are linked in time order, which is also the order of the ring. So the overwritten exemplar
   * is always the first of its series. */
  private static final int FIRST_SIZE = 256;
  private static final int NONE = -1;

  /// A series with exemplars.
  static final class Series {
    final Labels labels;
    private int oldest;
    private int newest;

    /// The last file that defines this series, and the number of the series in that file.
    long file = NONE;

    int number;

    private Series(Labels labels, int slot) {
      this.labels = labels;
      this.oldest = slot;
      this.newest = slot;
    }
  }

  private final Map<Labels, Series> index = new HashMap<>();

  /// Maximum number of exemplars.
  int capacity;

  private @Nullable Series[] series = new Series[0];
  private @Nullable Packed[] exemplars = new Packed[0];
  /* For each slot, the slot with the next exemplar of the same series, or NONE. */
  private int[] following = new int[0];
  private int next;

  /// Number of exemplars.
  int size;

  /// @param capacity maximum number of exemplars, 0 or more
  ExemplarRing(int capacity) {
    this.capacity = capacity;
  }

  /// Number of series with exemplars.
  int seriesCount() {
    return index.size();
  }

  /// Unix milliseconds of the exemplar that will be replaced next; 0 without one.
  long oldestMillis() {
    return size == 0 ? 0 : exemplarAt(firstSlot()).timestampMillis();
  }

  private int firstSlot() {
    return size == capacity ? next : 0;
  }

  /// Computes the outcome of an exemplar.
  Exemplar.Outcome outcomeOf(Labels labels, Packed exemplar) {
    if (capacity == 0) {
      return Exemplar.Outcome.NOT_KEPT;
    }
    Series existing = index.get(labels);
    if (existing == null) {
      return Exemplar.Outcome.ACCEPTED;
    }
    Packed newest = exemplarAt(existing.newest);
    if (exemplar.isSame(newest)) {
      return Exemplar.Outcome.DUPLICATE;
    }
    return exemplar.isBefore(newest) ? Exemplar.Outcome.OUT_OF_ORDER : Exemplar.Outcome.ACCEPTED;
  }

  private Packed exemplarAt(int slot) {
    return requireNonNull(exemplars[slot], "the slot is empty");
  }

  /// Adds an exemplar after [#outcomeOf] accepted it.
  Series add(Labels labels, Packed exemplar) {
    if (next == exemplars.length) {
      grow();
    }
    int slot = next;
    evict(slot);
    exemplars[slot] = exemplar;
    following[slot] = NONE;
    Series owner = index.get(labels);
    if (owner == null) {
      owner = new Series(labels, slot);
      index.put(labels, owner);
    } else {
      following[owner.newest] = slot;
      owner.newest = slot;
    }
    series[slot] = owner;
    size = Math.min(size + 1, capacity);
    next = slot + 1 == capacity ? 0 : slot + 1;
    return owner;
  }

  private void grow() {
    int length = Math.clamp(2L * exemplars.length, Math.min(FIRST_SIZE, capacity), capacity);
    series = Arrays.copyOf(series, length);
    exemplars = Arrays.copyOf(exemplars, length);
    following = Arrays.copyOf(following, length);
  }

  private void evict(int slot) {
    Series owner = series[slot];
    if (owner != null) {
      owner.oldest = following[slot];
      if (owner.oldest == NONE) {
        index.remove(owner.labels);
      }
    }
  }

  /// Receives the exemplars, oldest first.
  interface Visitor {
    void visit(Series series, Packed exemplar);
  }

  /// Passes all exemplars to a visitor, oldest first.
  void forEach(Visitor visitor) {
    int first = firstSlot();
    for (int i = 0; i < size; i++) {
      int slot = (first + i) % Math.max(1, capacity);
      Series owner = series[slot];
      if (owner != null) {
        visitor.visit(owner, exemplarAt(slot));
      }
    }
  }

  /// Changes the capacity; the newest exemplars stay.
  void resize(int newCapacity) {
    var kept = new ExemplarRing(newCapacity);
    int[] surplus = {size - newCapacity};
    forEach(
        (owner, exemplar) -> {
          if (surplus[0]-- <= 0) {
            Series copy = kept.add(owner.labels, exemplar);
            copy.file = owner.file;
            copy.number = owner.number;
          }
        });
    index.clear();
    index.putAll(kept.index);
    capacity = newCapacity;
    series = kept.series;
    exemplars = kept.exemplars;
    following = kept.following;
    next = kept.next;
    size = kept.size;
  }

  /// Like [Exemplars#select].
  List<Exemplars.OfSeries> select(
      List<List<LabelMatcher>> selectors, long fromMillis, long toMillis) {
    var found = new ArrayList<Exemplars.OfSeries>();
    for (Series one : index.values()) {
      if (exemplarAt(one.oldest).timestampMillis() > toMillis
          || exemplarAt(one.newest).timestampMillis() < fromMillis
          || !isSelected(one.labels, selectors)) {
        continue;
      }
      var wanted = new ArrayList<Exemplar>();
      for (int slot = one.oldest; slot != NONE; slot = following[slot]) {
        long time = exemplarAt(slot).timestampMillis();
        if (time >= fromMillis && time <= toMillis) {
          wanted.add(exemplarAt(slot).unpacked());
        }
      }
      if (!wanted.isEmpty()) {
        found.add(new Exemplars.OfSeries(one.labels, wanted));
      }
    }
    found.sort(Comparator.comparing(Exemplars.OfSeries::labels));
    return found;
  }

  private static boolean isSelected(Labels labels, List<List<LabelMatcher>> selectors) {
    return selectors.stream().anyMatch(matchers -> LabelMatcher.matchesAll(matchers, labels));
  }

  /// An exemplar as it is stored in the ring and in files. `labels` are names and values
  /// alternately, each encoded as a string in the format of the files.
  record Packed(byte[] labels, double value, long timestampMillis, boolean timed) {
    /// Packs an exemplar. `scratch` is a buffer to reuse.
    static Packed of(Exemplar exemplar, ByteSink scratch) {
      scratch.clear();
      exemplar
          .labels()
          .forEach(
              (name, value) -> {
                scratch.string(name);
                scratch.string(value);
              });
      return new Packed(
          scratch.toByteArray(), exemplar.value(), exemplar.timestampMillis(), exemplar.timed());
    }

    /// Unpacks the exemplar. Throws CorruptDataException when the bytes are not labels.
    Exemplar unpacked() {
      return new Exemplar(labels(labels), value, timestampMillis, timed);
    }

    /// Unpacks labels. Throws CorruptDataException when the bytes are not labels.
    static Labels labels(byte[] packed) {
      var source = new ByteSource(ofArray(packed));
      var pairs = Labels.builder();
      while (source.remaining() > 0) {
        label(source, pairs);
      }
      return pairs.build();
    }

    /// Reads a label. Throws CorruptDataException when it has no name.
    static void label(ByteSource source, Labels.Builder labels) {
      String name = source.string();
      if (name.isEmpty()) {
        throw new CorruptDataException("found a label without a name");
      }
      labels.set(name, source.string());
    }

    /// Whether both exemplars are equal. Their times are not compared if the sender specified
    /// neither. NaNs are equal to each other; otherwise each scrape would add a NaN again.
    boolean isSame(Packed other) {
      return (value == other.value || (Double.isNaN(value) && Double.isNaN(other.value)))
          && ((!timed && !other.timed) || timestampMillis == other.timestampMillis)
          && Arrays.equals(labels, other.labels);
    }

    /// Whether this exemplar comes before the other one. Exemplars with the same time belong to
    /// different buckets of a native histogram and are ordered by value.
    boolean isBefore(Packed other) {
      if (timestampMillis != other.timestampMillis) {
        return timestampMillis < other.timestampMillis;
      }
      return value != other.value
          ? value < other.value
          : Arrays.compareUnsigned(labels, other.labels) < 0;
    }
  }
}
