package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// How many targets all jobs may have together. Guarded by the manager's lock; [#taken] may be
/// asked by anybody.
final class TargetLimit implements FileDiscovery.Limit {
  private final MemoryBounds budgets;
  private final Map<String, Integer> targets = new HashMap<>();
  private final AtomicInteger taken = new AtomicInteger();

  TargetLimit(MemoryBounds budgets) {
    this.budgets = budgets;
  }

  /// How many targets a job may have, with those that the others have.
  int of(String job) {
    return Math.max(0, most() - taken.get() + targets.getOrDefault(job, 0));
  }

  /// How many all may have.
  int most() {
    return budgets.count(MemoryBound.TARGETS);
  }

  /// Takes note of how many a job has.
  void set(String job, int count) {
    Integer before = targets.put(job, count);
    int _ = taken.addAndGet(count - (before == null ? 0 : before));
  }

  /// Takes note that a job is gone.
  void leave(String job) {
    Integer before = targets.remove(job);
    int _ = taken.addAndGet(before == null ? 0 : -before);
  }

  int taken() {
    return taken.get();
  }

  /// Counts what was refused.
  @Override
  public void refuse(String text) {
    budgets.refuse(MemoryBound.TARGETS, text);
  }

  /// How many bytes a file of targets may have: what is read of it takes fifty times as much.
  @Override
  public long bytes() {
    return Math.max(256 << 10, 400L * most());
  }

  @Override
  public String origin() {
    return "which is by the bound of %d targets (--%s)"
        .formatted(most(), MemoryBound.TARGETS.flag());
  }
}
