package io.pharos.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a benchmark itself allocates on its thread, where each call is preceded by work that does
/// not count: the profiler of JMH counts that too.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class Garbage {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private long before;

  /// Bytes in this iteration.
  public long garbageBytes;

  /// Operations in this iteration.
  public long garbageOperations;

  @Setup(Level.Iteration)
  public void clear() {
    garbageBytes = 0;
    garbageOperations = 0;
  }

  /// Says that what counts begins.
  public void begin() {
    before = threads.getCurrentThreadAllocatedBytes();
  }

  /// Says that it ends.
  ///
  /// @param operations how many it was
  public void end(int operations) {
    garbageBytes += threads.getCurrentThreadAllocatedBytes() - before;
    garbageOperations += operations;
  }
}
