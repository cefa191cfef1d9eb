package io.pharos.tsdb.index;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/// The numbers of the series that have a label value. One thread writes at a time, many read.
final class Postings {
  /// As many numbers as an array takes with fewer bytes than a bitmap, which pays for each 65,536
  /// numbers that it reaches into. So many at once cost the bitmap less than one by one.
  static final int FEW = 64;

  private final String value;

  /* Guarded by this. The newest numbers are in `few`, those before in `many`. */
  private int[] few = new int[1];
  private int fewCount;
  private @Nullable RoaringBitmap many;
  private int size;

  Postings(String value) {
    this.value = value;
  }

  /// The label value that they share, in the one copy that they should share too.
  String value() {
    return value;
  }

  /// Adds a number that is not there.
  synchronized void add(int number) {
    if (fewCount == FEW) {
      RoaringBitmap bitmap = gathered();
      /* To pack each time that they have doubled costs no more than adding them did. */
      if (Integer.highestOneBit(size) > Integer.highestOneBit(size - FEW)) {
        pack(bitmap);
      }
    } else if (fewCount == few.length) {
      few = Arrays.copyOf(few, Math.min(FEW, fewCount + (fewCount >> 1) + 1));
    }
    few[fewCount++] = number;
    size++;
  }

  /* All in the bitmap. */
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

  /// Removes what is gone; gives how many are left.
  synchronized int removeAll(RoaringBitmap gone) {
    if (many == null) {
      few = fewThat(number -> !gone.contains(number));
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

  private int[] fewThat(IntPredicate wanted) {
    return Arrays.stream(few, 0, fewCount).filter(wanted).toArray();
  }

  synchronized int size() {
    return size;
  }

  /// Adds all to the target.
  synchronized void addTo(RoaringBitmap target) {
    if (many != null) {
      target.or(many);
    }
    target.addN(few, 0, fewCount);
  }

  /// Leaves of the target what is here.
  synchronized void retainIn(RoaringBitmap target) {
    int[] both = fewThat(target::contains);
    if (many == null) {
      target.clear();
    } else {
      target.and(many);
    }
    target.add(both);
  }

  /// Leaves of the target what is not here.
  synchronized void removeFrom(RoaringBitmap target) {
    if (many != null) {
      target.andNot(many);
    }
    for (int i = 0; i < fewCount; i++) {
      target.remove(few[i]);
    }
  }
}
