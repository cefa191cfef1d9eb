package io.pharos.probe;

import java.util.ArrayDeque;
import java.util.Deque;

/// Whether a target counts as up, from the results of its probe: down after so many failures of so
/// many runs, up after successes in a row, flapping when it can't decide. Runs that are unknown are
/// none. Not thread-safe.
final class ProbeTargetState {
  /// Where a target stands.
  enum State {
    /// Too few results yet. What was before, as before a start of Pharos, goes on.
    UNDECIDED,
    UP,
    DOWN
  }

  /// How many of the last results tell whether a target flaps, how many changes among them begin
  /// it, and how few end it.
  private static final int WATCHED = 20;

  private static final int MANY_CHANGES = 6;
  private static final int FEW_CHANGES = 3;

  private final FailureThreshold downAfter;
  private final int upAfter;
  private final Deque<Boolean> watched = new ArrayDeque<>();

  /// The results that may bring it down; those from before its last recovery may not.
  private final Deque<Boolean> counted = new ArrayDeque<>();

  private State state = State.UNDECIDED;
  private boolean flapping;
  private int successes;

  ProbeTargetState(FailureThreshold downAfter, int upAfter) {
    this.downAfter = downAfter;
    this.upAfter = upAfter;
  }

  /// Takes the next result that is known.
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
