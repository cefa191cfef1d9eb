package io.pharos.tsdb.index;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/// The numbers of the series that have a label value. One thread writes at a time, many read.
final class Postings {
  /// Maximum length of the array. Up to this number an array is smaller than a bitmap, which needs
  /// space for each range of 65,536 numbers. Adding that many at once costs the bitmap less than
  /// adding them one by one.
  static final int FEW = 64;

  /// The label value, as the string that all its series share.
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
      /* Packing at each doubling costs no more in total than adding. */
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
  synchronized int removeAll(RoaringBitmap gone) {
    if (many == null) {
      few = filter(number -> !gone.contains(number));
      fewCount = few.length;
      size = fewCount;
      return size;
    }
    RoaringBitmap bitmap = gathered();
    bitmap.andNot(gone);
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

  /// Removes from the target all numbers that are not contained here.
  synchronized void retainIn(RoaringBitmap target) {
    int[] both = filter(target::contains);
    if (many == null) {
      target.clear();
    } else {
      target.and(many);
    }
    target.add(both);
  }

  /// Removes from the target all numbers that are contained here.
  synchronized void removeFrom(RoaringBitmap target) {
    if (many != null) {
      target.andNot(many);
    }
    for (int i = 0; i < fewCount; i++) {
      target.remove(few[i]);
    }
  }
}
