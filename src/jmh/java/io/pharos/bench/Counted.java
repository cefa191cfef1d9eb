package io.pharos.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a benchmark itself takes on its thread, where each call is preceded by work that does not
/// count: JMH's profilers count that too.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class Counted {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private long bytesBefore;
  private long nanosBefore;

  /// Allocated in this iteration.
  public long countedBytes;

  /// CPU in this iteration.
  public long countedNanos;

  /// Operations in this iteration.
  public long countedOperations;

  @Setup(Level.Iteration)
  public void clear() {
    countedBytes = 0;
    countedNanos = 0;
    countedOperations = 0;
  }

  /// Says that what counts begins.
  public void begin() {
    bytesBefore = threads.getCurrentThreadAllocatedBytes();
    nanosBefore = threads.getCurrentThreadCpuTime();
  }

  /// Says that it ends.
  ///
  /// @param operations how many it was
  public void end(int operations) {
    countedNanos += threads.getCurrentThreadCpuTime() - nanosBefore;
    countedBytes += threads.getCurrentThreadAllocatedBytes() - bytesBefore;
    countedOperations += operations;
  }
}
