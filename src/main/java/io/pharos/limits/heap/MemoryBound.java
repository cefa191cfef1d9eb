package io.pharos.limits.heap;

import io.pharos.limits.heap.MemoryBounds.Values;
import java.util.Locale;

/// One bound of memory: a share of the heap, as a number of bytes or of things that weigh so much.
/// Together the shares stay below the heap, with what the program itself takes.
public enum MemoryBound {
  BODY(32, 1, 256L << 10, 64L << 20, "bytes of one request's body"),
  BODIES(16, 1, 512L << 10, Values.NO_CAP, "bytes of all bodies that are being read or handled"),
  WORK(16, 1, 2L << 20, Values.NO_CAP, "bytes of what bodies become"),
  LISTS(24, 1, 2L << 20, Values.NO_CAP, "bytes of what long lists are made of"),
  ANSWER(32, 1, 1L << 20, 1L << 30, "bytes of one answer"),
  ANSWERS(16, 1, 2L << 20, Values.NO_CAP, "bytes of all answers that are made or being sent"),
  QUERY(16, 1, 4L << 20, 2L << 30, "bytes that one query may hold"),
  QUERIES(8, 1, 8L << 20, Values.NO_CAP, "bytes that all queries may hold at once"),
  WINDOWS(48, 1, 4L << 20, Values.NO_CAP, "bytes of the windows that rules keep"),
  OUT_OF_ORDER(
      48,
      1,
      2L << 20,
      Values.NO_CAP,
      "bytes of samples that came out of order, until blocks have them"),
  PAGE(32, 1, 1L << 20, 256L << 20, "bytes of one target's page, unpacked"),
  PAGES(16, 1, 2L << 20, Values.NO_CAP, "bytes of all pages that are being read"),
  SERIES(4, 6_000, 5_000, Integer.MAX_VALUE, "series in memory"),
  TARGETS(16, 12_000, 200, 1_000_000, "targets that are scraped"),
  ALERTS(16, 2_000, 1_000, Integer.MAX_VALUE, "alerts, one for each begun KiB of their texts"),
  SILENCES(64, 4_000, 200, Integer.MAX_VALUE, "silences, one for each begun KiB of their texts");

  private final int share;
  private final int weight;
  private final long least;
  private final long most;
  private final String text;

  MemoryBound(int share, int weight, long least, long most, String text) {
    this.share = share;
    this.weight = weight;
    this.least = least;
    this.most = most;
    this.text = text;
  }

  /// How many there may be by a heap of so many bytes.
  public long of(long heapBytes) {
    return Math.clamp(heapBytes / share / weight, least, most);
  }

  /// The flag that sets it.
  public String flag() {
    return "limits." + label().replace('_', '-') + (isBytes() ? "-bytes" : "");
  }

  /// The value of a label: the name in lower case.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// For people, in English: what is counted.
  public String text() {
    return text;
  }

  /// What it derives from, such as `1/16 of the heap, at 2000 bytes each`.
  public String origin() {
    return "1/" + share + " of the heap" + (isBytes() ? "" : ", at " + weight + " bytes each");
  }

  /// Which part of the heap it is.
  int share() {
    return share;
  }

  boolean isBytes() {
    return weight == 1;
  }
}
