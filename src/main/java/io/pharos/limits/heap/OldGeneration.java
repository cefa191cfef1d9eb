package io.pharos.limits.heap;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;

/// The old generation of the serial collector. By itself, that collector only collects it when the
/// heap has grown to its maximum size, so the process keeps memory that it does not need.
public final class OldGeneration {
  private static final String POOL = "Tenured Gen";

  /// Least growth that is worth a collection, in bytes.
  private static final long LEAST_GROWTH = 32L << 20;

  /// Most bytes in use after the last collection: a collection stops all threads for about two
  /// milliseconds for each MiB of them.
  private static final long MOST_USED = 128L << 20;

  private OldGeneration() {}

  /// Collects the old generation if its use has doubled since its last collection. Does nothing
  /// with other collectors, which collect in time.
  public static void collectIfDue() {
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage after = pool.getCollectionUsage();
      if (pool.getName().equals(POOL)
          && after != null
          && isDue(after.getUsed(), pool.getUsage().getUsed())) {
        System.gc();
      }
    }
  }

  /// Returns whether a collection is due.
  ///
  /// @param after bytes in use after the last collection, 0 before the first one
  /// @param used bytes in use now
  static boolean isDue(long after, long used) {
    return after <= MOST_USED && used - after > Math.max(LEAST_GROWTH, after);
  }
}
