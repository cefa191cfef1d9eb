package io.pharos.limits.heap;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.OptionalDouble;

/// The use of this process's heap, measured after garbage collections.
public final class HeapUse {
  /// Share of the heap above which nothing that stays in memory is added: pages that are read and
  /// queries that run together need up to a fifth of the heap. A heap of 256 MB was exhausted at
  /// 0.87. The alert `PharosHeapRunningOut` starts below this share, at 0.75.
  private static final double FULL = 0.8;

  private HeapUse() {}

  /// Returns the share of the maximum heap that was still in use after the last garbage collection;
  /// empty if unknown.
  public static OptionalDouble afterCollection() {
    long used = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage after = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
      if (after != null) {
        used += after.getUsed();
      }
    }
    long max = Runtime.getRuntime().maxMemory();
    return used == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) used / max);
  }

  /// Returns whether nothing that stays in memory, such as a new series, should be added now.
  public static boolean isFull() {
    return afterCollection().orElse(0) > FULL;
  }
}
