package io.pharos.rules;

import java.util.List;

/// Restores the states of a group's alerts once after a start. Waits for rules that failed, as they
/// have no alerts yet. Guarded by the group's lock.
final class PendingRestore {
  /// Evaluations before states are restored. The first evaluation may precede the first scrape.
  private static final int EVALUATIONS_BEFORE = 2;

  private boolean pending;
  private int evaluations;

  /// @param pending whether states are to be restored
  PendingRestore(boolean pending) {
    this.pending = pending;
  }

  boolean isPending() {
    return pending;
  }

  /// Continues the wait of an earlier version of the group.
  void takeOver(PendingRestore earlier) {
    pending = earlier.pending;
    evaluations = earlier.evaluations;
  }

  /// Restores states after an evaluation, if it is time.
  ///
  /// @param now Unix milliseconds
  /// @return whether the store was asked
  boolean afterEvaluation(List<AlertingRule> rules, StateRestorer restorer, long now) {
    evaluations++;
    if (!pending || evaluations < EVALUATIONS_BEFORE) {
      return false;
    }
    boolean waiting = false;
    for (AlertingRule rule : rules) {
      restorer.continueUnknown(rule, now);
      if (rule.isComplete()) {
        restorer.restore(rule, now);
      } else {
        waiting = true;
      }
    }
    pending = waiting;
    return true;
  }
}
