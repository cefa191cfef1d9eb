package io.pharos.ingest.scrape;

import io.pharos.limits.heap.MemoryReservation;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// A few arrays that bodies are read into again and again, so that scrapes leave no garbage.
/// Thread-safe.
final class BodyBuffers {
  /* What is larger is rare, and better given back than kept. */
  private static final int LARGEST = 1 << 20;
  private static final byte[] NONE = {};

  private final BlockingQueue<byte[]> spare;

  /// @param most how many are kept
  BodyBuffers(int most) {
    spare = new ArrayBlockingQueue<>(most);
  }

  /// An array that was given before, or an empty one where there is none, or no memory for it.
  ///
  /// @param memory takes what it takes, beside
  /// @param beside bytes that it has to have already
  byte[] take(MemoryReservation memory, long beside) {
    byte[] known = spare.poll();
    if (known == null || !memory.tryEnsure(beside + known.length)) {
      return NONE;
    }
    return known;
  }

  /// Keeps an array that nobody reads any more, if there is room.
  void give(byte[] array) {
    if (array.length > 0 && array.length <= LARGEST) {
      boolean _ = spare.offer(array);
    }
  }
}
