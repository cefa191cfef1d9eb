package io.pharos.tsdb;

import java.util.LinkedHashMap;
import java.util.List;

/// Numbers for what a selection was made of, so that equal numbers mean equal series for equal
/// matchers. Safe for use by many threads.
final class Generations {
  private static final int MAX_ENTRIES = 256;

  private record Source(long headGeneration, List<Long> blocks) {}

  private final LinkedHashMap<Source, Long> numbers = new LinkedHashMap<>(64, 0.75f, true);
  private long next = 1;

  /// The number of a head generation, or -1 for a head that is not part of it, and of what tells
  /// blocks apart. Numbers are even for a head alone, so that the common case needs no table, and
  /// odd otherwise.
  long of(long headGeneration, List<Long> blocks) {
    if (blocks.isEmpty() && headGeneration >= 0) {
      return headGeneration;
    }
    synchronized (this) {
      var source = new Source(headGeneration, List.copyOf(blocks));
      Long known = numbers.get(source);
      if (known != null) {
        return known;
      }
      long number = fresh();
      numbers.put(source, number);
      if (numbers.size() > MAX_ENTRIES) {
        numbers.pollFirstEntry();
      }
      return number;
    }
  }

  /// A number that was not given before.
  synchronized long fresh() {
    next += 2;
    return next;
  }
}
