package io.pharos.ingest.scrape;

import io.pharos.limits.heap.MemoryReservation;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// A few arrays that are reused for the bodies of scrapes, so that scrapes leave no garbage.
/// Thread-safe.
final class BodyBuffers {
  /* Larger bodies are rare, and their arrays are better freed than kept. */
  private static final int LARGEST = 1 << 20;
  private static final byte[] NONE = {};

  private final BlockingQueue<byte[]> spare;

  /// @param max maximum number of kept arrays
  BodyBuffers(int max) {
    spare = new ArrayBlockingQueue<>(max);
  }

  /// Takes a kept array; returns an empty array if there is none, or no memory for it.
  ///
  /// @param memory reserves the array's memory
  /// @param beside bytes that `memory` must cover in addition
  byte[] take(MemoryReservation memory, long beside) {
    byte[] kept = spare.poll();
    if (kept == null || !memory.tryEnsure(beside + kept.length)) {
      return NONE;
    }
    return kept;
  }

  /// Keeps an array that is no longer in use, if there is room.
  void give(byte[] array) {
    if (array.length > 0 && array.length <= LARGEST) {
      boolean _ = spare.offer(array);
    }
  }
}
