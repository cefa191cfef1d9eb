package io.pharos.ingest.discovery;

import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Limit on the number of targets of all jobs together. Only [#total] is thread-safe; the other
/// methods require the lock of the scrape manager.
public final class TargetLimit implements FileDiscovery.Limit {
  private final MemoryBounds budgets;
  private final Map<String, Integer> targets = new HashMap<>();
  private final AtomicInteger total = new AtomicInteger();

  /// Creates a limit from the configured memory limit on targets.
  public TargetLimit(MemoryBounds budgets) {
    this.budgets = budgets;
  }

  /// Returns how many targets a job may have: the limit minus the targets of all other jobs.
  public int maxFor(String job) {
    return Math.max(0, max() - total.get() + targets.getOrDefault(job, 0));
  }

  /// Returns how many targets all jobs together may have.
  public int max() {
    return budgets.count(MemoryBound.TARGETS);
  }

  /// Sets the number of targets of a job.
  public void set(String job, int count) {
    Integer previous = targets.put(job, count);
    int _ = total.addAndGet(count - (previous == null ? 0 : previous));
  }

  /// Removes a job.
  public void remove(String job) {
    Integer previous = targets.remove(job);
    int _ = total.addAndGet(previous == null ? 0 : -previous);
  }

  /// Returns the number of targets of all jobs together.
  public int total() {
    return total.get();
  }

  /// Counts a refusal; `text` says what was refused.
  @Override
  public void refuse(String text) {
    budgets.refuse(MemoryBound.TARGETS, text);
  }

  /// Returns the maximum length of a file of targets in bytes. A parsed file uses fifty times as
  /// much memory as its text.
  @Override
  public long bytes() {
    return Math.max(256 << 10, 400L * max());
  }

  @Override
  public String origin() {
    return "the limit for %d targets (--%s)".formatted(max(), MemoryBound.TARGETS.flag());
  }
}
