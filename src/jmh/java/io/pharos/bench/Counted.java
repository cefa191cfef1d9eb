package io.pharos.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Measures a part of a benchmark method on its thread, without the preparations before each call,
/// which JMH's profilers would include.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class Counted {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private long bytesBefore;
  private long nanosBefore;

  /// Bytes allocated in this iteration.
  public long countedBytes;

  /// CPU time used in this iteration.
  public long countedNanos;

  /// Operations in this iteration.
  public long countedOperations;

  @Setup(Level.Iteration)
  public void clear() {
    countedBytes = 0;
    countedNanos = 0;
    countedOperations = 0;
  }

  /// Starts to measure.
  public void begin() {
    bytesBefore = threads.getCurrentThreadAllocatedBytes();
    nanosBefore = threads.getCurrentThreadCpuTime();
  }

  /// Stops measuring.
  ///
  /// @param operations number of operations since [#begin]
  public void end(int operations) {
    countedNanos += threads.getCurrentThreadCpuTime() - nanosBefore;
    countedBytes += threads.getCurrentThreadAllocatedBytes() - bytesBefore;
    countedOperations += operations;
  }
}
