package io.pharos.server.app;

/// The threads that carry the virtual ones.
final class CarrierThreads {
  /// A virtual thread that waits for a disk keeps its carrier. One for each place where that
  /// happens by itself: the write-ahead log, its compaction, the database's connections, the
  /// targets' files, the pages.
  private static final int FOR_DISKS = 8;

  private static final String PARALLELISM = "jdk.virtualThreadScheduler.parallelism";

  private CarrierThreads() {}

  /// Has more of them than processors, so that a disk which hangs stops what needs it and nothing
  /// else. To be called before there is any virtual thread; what somebody set stays.
  static void prepare() {
    if (System.getProperty(PARALLELISM) == null) {
      int carriers = Runtime.getRuntime().availableProcessors() + FOR_DISKS;
      System.setProperty(PARALLELISM, Integer.toString(carriers));
    }
  }
}
