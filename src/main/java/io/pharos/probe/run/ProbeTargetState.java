package io.pharos.probe.run;

import io.pharos.probe.FailureThreshold;
import java.util.ArrayDeque;
import java.util.Deque;

/// Derives whether a target is up from the results of its probe: down after a number of failures
/// among the last runs, up after consecutive successes, flapping if it changes too often. Ignores
/// unknown results. Not thread-safe.
final class ProbeTargetState {
  /// State of a target.
  enum State {
    /// Too few results since the start of Pharos; the previous state continues.
    UNDECIDED,
    UP,
    DOWN
  }

  /// Number of last results that decide about flapping, number of changes that start it, and number
  /// that ends it.
  private static final int WATCHED = 20;

  private static final int MANY_CHANGES = 6;
  private static final int FEW_CHANGES = 3;

  private final FailureThreshold downAfter;
  private final int upAfter;
  private final Deque<Boolean> watched = new ArrayDeque<>();

  /// Results since the last recovery, which may mark the target down.
  private final Deque<Boolean> counted = new ArrayDeque<>();

  private State state = State.UNDECIDED;
  private boolean flapping;
  private int successes;

  ProbeTargetState(FailureThreshold downAfter, int upAfter) {
    this.downAfter = downAfter;
    this.upAfter = upAfter;
  }

  /// Adds a known result.
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

  private static void add(Deque<Boolean> results, boolean success, int most) {
    results.addLast(success);
    if (results.size() > most) {
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
