package io.pharos.ingest.discovery;

import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Limit on the number of targets of all jobs together. Guarded by the manager's lock; only
/// [#taken] is thread-safe.
public final class TargetLimit implements FileDiscovery.Limit {
  private final MemoryBounds budgets;
  private final Map<String, Integer> targets = new HashMap<>();
  private final AtomicInteger taken = new AtomicInteger();

  /// Creates a limit from the configured memory limit on targets.
  public TargetLimit(MemoryBounds budgets) {
    this.budgets = budgets;
  }

  /// Returns how many targets a job may have: those that other jobs have count too.
  public int of(String job) {
    return Math.max(0, most() - taken.get() + targets.getOrDefault(job, 0));
  }

  /// Returns how many targets all jobs together may have.
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

  /// Returns the number of targets of all jobs together.
  public int taken() {
    return taken.get();
  }

  /// Counts a refusal; `text` says what was refused.
  @Override
  public void refuse(String text) {
    budgets.refuse(MemoryBound.TARGETS, text);
  }

  /// Maximum length of a file of targets in bytes. Its parsed form takes fifty times as much
  /// memory.
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
