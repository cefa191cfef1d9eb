package io.pharos.tsdb.index;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.RoaringBitmap;

/// Series by their numbers. Released numbers are reused before higher ones, so that no number
/// exceeds the maximum number of simultaneous series. One thread writes at a time, many read.
final class SeriesNumbers<S> {
  private static final int BATCH = 256;

  /* Read with acquire and written with release: a thread that sees a series sees all earlier
   * writes. */
  private volatile AtomicReferenceArray<@Nullable S> slots = new AtomicReferenceArray<>(16);
  private volatile int size;

  /* Used by the writer only. */
  private final RoaringBitmap free = new RoaringBitmap();
  private int next;

  /// Reserves an unused number.
  int take() {
    if (free.isEmpty()) {
      return next++;
    }
    int number = free.first();
    free.remove(number);
    return number;
  }

  /// Makes a series visible under its number.
  void put(int number, S series) {
    AtomicReferenceArray<@Nullable S> held = slots;
    if (number >= held.length()) {
      held = longer(held, Math.max(number + 1, number + (number >> 2)));
      slots = held;
    }
    held.setRelease(number, series);
    int before = size;
    size = before + 1;
  }

  private static <S> AtomicReferenceArray<@Nullable S> longer(
      AtomicReferenceArray<@Nullable S> held, int length) {
    var longer = new AtomicReferenceArray<@Nullable S>(length);
    for (int i = 0; i < held.length(); i++) {
      longer.setPlain(i, held.getPlain(i));
    }
    return longer;
  }

  /// Hides series and returns their numbers, which stay reserved until [#giveBack].
  RoaringBitmap hide(Predicate<S> gone) {
    AtomicReferenceArray<@Nullable S> held = slots;
    var numbers = new RoaringBitmap();
    for (int number = 0; number < held.length(); number++) {
      S series = held.getPlain(number);
      if (series != null && gone.test(series)) {
        held.setRelease(number, null);
        numbers.add(number);
      }
    }
    int before = size;
    size = before - numbers.getCardinality();
    return numbers;
  }

  /// Releases numbers.
  void giveBack(RoaringBitmap numbers) {
    free.or(numbers);
  }

  /// Number of visible series.
  int size() {
    return size;
  }

  /// All visible series.
  List<S> all() {
    AtomicReferenceArray<@Nullable S> held = slots;
    var found = new ArrayList<S>(size);
    for (int number = 0; number < held.length(); number++) {
      add(held, number, found);
    }
    return found;
  }

  /// The visible series with these numbers.
  List<S> of(RoaringBitmap numbers) {
    AtomicReferenceArray<@Nullable S> held = slots;
    var found = new ArrayList<S>(numbers.getCardinality());
    var batch = new int[BATCH];
    BatchIterator batches = numbers.getBatchIterator();
    while (batches.hasNext()) {
      int count = batches.nextBatch(batch);
      for (int i = 0; i < count; i++) {
        add(held, batch[i], found);
      }
    }
    return found;
  }

  private static <S> void add(AtomicReferenceArray<@Nullable S> held, int number, List<S> target) {
    @Nullable S series = number < held.length() ? held.getAcquire(number) : null;
    if (series != null) {
      target.add(series);
    }
  }
}
