package io.pharos.probe.run;

import io.pharos.probe.FailureThreshold;
import java.util.ArrayDeque;
import java.util.Deque;

/// Derives from the results of a probe whether its target is up. It is down after a number of
/// failures among the last runs, up after consecutive successes, and flapping if this changes too
/// often. Unknown results are ignored. Not thread-safe.
final class ProbeTargetState {
  /// State of a target.
  enum State {
    /// Too few results since the start of Pharos; the state before the start is assumed to
    /// continue.
    UNDECIDED,
    UP,
    DOWN
  }

  /// Number of last results in which changes are counted. [#MANY_CHANGES] of them start flapping,
  /// and [#FEW_CHANGES] end it.
  private static final int WATCHED = 20;

  private static final int MANY_CHANGES = 6;
  private static final int FEW_CHANGES = 3;

  private final FailureThreshold downAfter;
  private final int upAfter;
  private final Deque<Boolean> watched = new ArrayDeque<>();

  /// The last results since the recovery: failures before it do not make the target down again.
  private final Deque<Boolean> counted = new ArrayDeque<>();

  private State state = State.UNDECIDED;
  private boolean flapping;
  private int successes;

  ProbeTargetState(FailureThreshold downAfter, int upAfter) {
    this.downAfter = downAfter;
    this.upAfter = upAfter;
  }

  /// Adds a result that is not unknown.
  void saw(boolean success) {
    add(watched, success, WATCHED);
    add(counted, success, downAfter.runs());
    successes = success ? successes + 1 : 0;
    if (state != State.DOWN
        && counted.stream().filter(each -> !each).count() >= downAfter.failures()) {
      state = State.DOWN;
    } else if (state != State.UP && successes >= upAfter) {
      state = State.UP;
      counted.clear();
    }
    int changes = changes();
    flapping = flapping ? changes > FEW_CHANGES : changes >= MANY_CHANGES;
  }

  private static void add(Deque<Boolean> results, boolean success, int max) {
    results.addLast(success);
    if (results.size() > max) {
      results.removeFirst();
    }
  }

  private int changes() {
    int changes = 0;
    boolean before = watched.getFirst();
    for (boolean success : watched) {
      changes += success == before ? 0 : 1;
      before = success;
    }
    return changes;
  }

  State state() {
    return state;
  }

  boolean isFlapping() {
    return flapping;
  }
}
