package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.limits.heap.Budget;
import io.pharos.limits.heap.Budgets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// How many targets all jobs may have together. Guarded by the manager's lock; [#taken] may be
/// asked by anybody.
final class TargetRoom implements FileDiscovery.Limit {
  private final Budgets budgets;
  private final Map<String, Integer> targets = new HashMap<>();
  private final AtomicInteger taken = new AtomicInteger();

  TargetRoom(Budgets budgets) {
    this.budgets = budgets;
  }

  /// How many targets a job may have, with those that the others have.
  int of(String job) {
    return Math.max(0, most() - taken.get() + targets.getOrDefault(job, 0));
  }

  /// How many all may have.
  int most() {
    return budgets.count(Budget.TARGETS);
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
    budgets.refuse(Budget.TARGETS, text);
  }

  /// How many bytes a file of targets may have: what is read of it takes fifty times as much.
  @Override
  public long bytes() {
    return Math.max(256 << 10, 400L * most());
  }

  @Override
  public String origin() {
    return "which is by the bound of %d targets (--%s)".formatted(most(), Budget.TARGETS.flag());
  }
}
