package io.pharos.ingest.discovery;

import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Maximum number of targets of all jobs together. Guarded by the manager's lock; only [#taken] is
/// thread-safe.
public final class TargetLimit implements FileDiscovery.Limit {
  private final MemoryBounds budgets;
  private final Map<String, Integer> targets = new HashMap<>();
  private final AtomicInteger taken = new AtomicInteger();

  /// Creates a limit from the bound for targets.
  public TargetLimit(MemoryBounds budgets) {
    this.budgets = budgets;
  }

  /// How many targets a job may have, given those of the other jobs.
  public int of(String job) {
    return Math.max(0, most() - taken.get() + targets.getOrDefault(job, 0));
  }

  /// How many targets all jobs together may have.
  public int most() {
    return budgets.count(MemoryBound.TARGETS);
  }

  /// Sets the number of targets of a job.
  public void set(String job, int count) {
    Integer before = targets.put(job, count);
    int _ = taken.addAndGet(count - (before == null ? 0 : before));
  }

  /// Removes a job.
  public void leave(String job) {
    Integer before = targets.remove(job);
    int _ = taken.addAndGet(before == null ? 0 : -before);
  }

  /// Number of targets of all jobs.
  public int taken() {
    return taken.get();
  }

  /// Counts a refusal.
  @Override
  public void refuse(String text) {
    budgets.refuse(MemoryBound.TARGETS, text);
  }

  /// Maximum length of a file of targets. Its parsed form takes fifty times as much memory.
  @Override
  public long bytes() {
    return Math.max(256 << 10, 400L * most());
  }

  @Override
  public String origin() {
    return "which follows from the bound of %d targets (--%s)"
        .formatted(most(), MemoryBound.TARGETS.flag());
  }
}
