package io.pharos.limits.heap;

import io.pharos.limits.heap.MemoryBounds.Values;
import java.util.Locale;

/// A bound of memory, in bytes or as a number of objects of a known size. Its default is a share of
/// the heap. All defaults and the program's own memory together are smaller than the heap.
public enum MemoryBound {
  BODY(32, 1, 256L << 10, 64L << 20, "bytes of one request's body, uncompressed"),
  BODIES(16, 1, 512L << 10, Values.NO_CAP, "bytes of all bodies being read or handled"),
  WORK(16, 1, 2L << 20, Values.NO_CAP, "bytes of parsed bodies"),
  LISTS(24, 1, 2L << 20, Values.NO_CAP, "bytes of long lists being written"),
  ANSWER(32, 1, 1L << 20, 1L << 30, "bytes of one answer"),
  ANSWERS(16, 1, 2L << 20, Values.NO_CAP, "bytes of all answers being built or sent"),
  QUERY(16, 1, 4L << 20, 2L << 30, "bytes that one query may use"),
  QUERIES(8, 1, 8L << 20, Values.NO_CAP, "bytes that all queries together may use"),
  WINDOWS(48, 1, 4L << 20, Values.NO_CAP, "bytes of the sample windows that rules reuse"),
  OUT_OF_ORDER(
      48, 1, 2L << 20, Values.NO_CAP, "bytes of out-of-order samples that are not in blocks yet"),
  PAGE(32, 1, 1L << 20, 256L << 20, "bytes of one target's page, uncompressed"),
  PAGES(16, 1, 2L << 20, Values.NO_CAP, "bytes of all pages being read"),
  SERIES(4, 2_000, 5_000, Integer.MAX_VALUE, "series in memory"),
  TARGETS(16, 12_000, 200, 1_000_000, "scraped targets"),
  ALERTS(
      16,
      2_000,
      1_000,
      Integer.MAX_VALUE,
      "alerts; each counts once for each KiB of its text, rounded up"),
  SILENCES(
      64,
      4_000,
      200,
      Integer.MAX_VALUE,
      "silences; each counts once for each KiB of its text, rounded up"),
  RULES(32, 4_000, 1_000, Integer.MAX_VALUE, "rules and rule groups of all files");

  /// The heap is divided by this number.
  final int share;

  private final int weight;
  private final long min;
  private final long max;
  private final String text;

  MemoryBound(int share, int weight, long min, long max, String text) {
    this.share = share;
    this.weight = weight;
    this.min = min;
    this.max = max;
    this.text = text;
  }

  /// Returns the default of the bound.
  ///
  /// @param heapBytes maximum size of the heap
  public long of(long heapBytes) {
    return Math.clamp(heapBytes / share / weight, min, max);
  }

  /// Returns the name of the flag that sets the bound, without dashes.
  public String flag() {
    return "limits." + label().replace('_', '-') + (isBytes() ? "-bytes" : "");
  }

  /// Returns the name of the bound in lower case, for the metrics' label `limit`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Returns what the bound counts, in English, for messages.
  public String text() {
    return text;
  }

  /// Returns how the default was computed, such as `1/16 of the heap, at 2000 bytes each`.
  public String origin() {
    return "1/" + share + " of the heap" + (isBytes() ? "" : ", at " + weight + " bytes each");
  }

  boolean isBytes() {
    return weight == 1;
  }
}
