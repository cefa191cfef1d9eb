package io.pharos.gate;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Wakes threads that wait for a change of gates or rollouts. Safe for many threads.
public final class ChangeSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicLong count = new AtomicLong();

  private final Semaphore permits;
  private final long pollNanos;

  /// @param maxWaiting maximum number of callers that wait at the same time; for further callers
  ///   [#await] returns at once
  /// @param poll interval at which waiting callers read again, because a change by another replica
  ///   does not call [#signal] in this process
  public ChangeSignal(int maxWaiting, Duration poll) {
    permits = new Semaphore(maxWaiting);
    pollNanos = poll.toNanos();
  }

  /// Calls `read` until its result satisfies `done`: at once, after each signal, and at each
  /// polling interval.
  ///
  /// @param wait the longest time to wait
  /// @return the last result; it satisfies `done` unless the time ran out
  public <T> T await(Supplier<T> read, Predicate<T> done, Duration wait)
      throws InterruptedException {
    boolean mayWait = permits.tryAcquire();
    try {
      long left = mayWait ? wait.toNanos() : 0;
      while (true) {
        long seen = count.get();
        T result = read.get();
        if (done.test(result) || left <= 0) {
          return result;
        }
        left -= await(seen, Math.min(left, pollNanos));
      }
    } finally {
      if (mayWait) {
        permits.release();
      }
    }
  }

  /// Waits until the count of changes differs from `seen`, at most `nanos`. Returns the nanoseconds
  /// waited.
  private long await(long seen, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (count.get() == seen && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
    return nanos - Math.max(0, left);
  }

  /// Signals a change to all waiting callers.
  public void signal() {
    lock.lock();
    try {
      count.incrementAndGet();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
