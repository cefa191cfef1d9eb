package io.pharos.ingest.scrape;

import io.pharos.ingest.exposition.PageParser;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// The parsers of pages, each used by one scrape at a time. A small page gets the next free parser
/// before a large page that came a little earlier, so that a few targets with large pages do not
/// make all others late. Thread-safe.
final class PageParsers {
  /// How much later a page may come, for each byte that it is smaller, and still be parsed first.
  /// On a busy machine, a parser was seen to need 2 µs for a byte; this lets a small page overtake
  /// a queue of fifty large ones.
  private static final long NANOS_PER_BYTE = 100_000;

  /// No page waits longer than this in addition to its wait in the order of arrival.
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// A scrape that waits.
  private static final class Turn {
    /// Time in nanoseconds; the lowest is next.
    final long rank;

    final Condition isNext;

    Turn(long rank, Condition isNext) {
      this.rank = rank;
      this.isNext = isNext;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<PageParser> free = new ArrayDeque<>();
  private final PriorityQueue<Turn> waiting =
      new PriorityQueue<>(Comparator.comparingLong(turn -> turn.rank));
  private final LongSupplier nanos;

  /// @param count number of parsers, at least 1
  PageParsers(int count) {
    long begin = System.nanoTime();
    this(count, () -> System.nanoTime() - begin);
  }

  /// @param nanos elapsed time in nanoseconds, from 0
  PageParsers(int count, LongSupplier nanos) {
    for (int i = 0; i < count; i++) {
      free.add(new PageParser());
    }
    this.nanos = nanos;
  }

  /// Takes a parser, which must be given back with [#add]; waits until one is free.
  ///
  /// @param bytes length of the page that will be parsed
  PageParser take(int bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long rank = nanos.getAsLong() + Math.min(bytes * NANOS_PER_BYTE, MAX_NANOS);
      var turn = new Turn(rank, lock.newCondition());
      waiting.add(turn);
      try {
        while (free.isEmpty() || waiting.peek() != turn) {
          turn.isNext.await();
        }
        return free.removeFirst();
      } finally {
        waiting.remove(turn);
        callNext();
      }
    } finally {
      lock.unlock();
    }
  }

  void add(PageParser parser) {
    lock.lock();
    try {
      free.addFirst(parser);
      callNext();
    } finally {
      lock.unlock();
    }
  }

  private void callNext() {
    Turn next = waiting.peek();
    if (next != null && !free.isEmpty()) {
      next.isNext.signal();
    }
  }
}
