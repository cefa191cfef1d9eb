package io.pharos.gate;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Wakes callers that wait for a change of gates or rollouts. Safe for many threads.
public final class ChangeSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicLong count = new AtomicLong();

  /// Returns the number of changes so far.
  public long count() {
    return count.get();
  }

  /// Waits for a change.
  ///
  /// @param seen number of changes that the caller knows
  ///
  /// @param nanos the longest wait
  ///
  /// @return the nanoseconds waited
  public long await(long seen, long nanos) throws InterruptedException {
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
