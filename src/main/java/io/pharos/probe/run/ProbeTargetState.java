package io.pharos.probe.run;

import io.pharos.probe.FailureThreshold;
import java.util.ArrayDeque;
import java.util.Deque;

/// Derives from the results of a probe whether its target is up. The target is down after a number
/// of failures among the last runs, up after consecutive successes, and flapping if the results
/// change too often. Unknown results are ignored. Not thread-safe.
public final class ProbeTargetState {
  /// State of a target.
  public enum State {
    /// Too few results since the start of Pharos; the state before the start is assumed to
    /// continue.
    UNDECIDED,
    UP,
    DOWN
  }

  /// Number of last results in which changes between success and failure are counted.
  /// [#CHANGES_TO_FLAP] changes start flapping, and at most [#CHANGES_TO_STOP] changes end it.
  private static final int FLAPPING_WINDOW = 20;

  private static final int CHANGES_TO_FLAP = 6;
  private static final int CHANGES_TO_STOP = 3;

  private final FailureThreshold downAfter;
  private final int upAfter;
  private final Deque<Boolean> flappingResults = new ArrayDeque<>();

  /// The last results since the recovery. Failures before the recovery do not make the target down
  /// again.
  private final Deque<Boolean> resultsSinceRecovery = new ArrayDeque<>();

  private State state = State.UNDECIDED;
  private boolean flapping;
  private int successes;

  ProbeTargetState(FailureThreshold downAfter, int upAfter) {
    this.downAfter = downAfter;
    this.upAfter = upAfter;
  }

  /// Adds a result that is not unknown.
  void record(boolean success) {
    add(flappingResults, success, FLAPPING_WINDOW);
    add(resultsSinceRecovery, success, downAfter.runs());
    successes = success ? successes + 1 : 0;
    if (state != State.DOWN
        && resultsSinceRecovery.stream().filter(result -> !result).count()
            >= downAfter.failures()) {
      state = State.DOWN;
    } else if (state != State.UP && successes >= upAfter) {
      state = State.UP;
      resultsSinceRecovery.clear();
    }
    int changes = changes();
    flapping = flapping ? changes > CHANGES_TO_STOP : changes >= CHANGES_TO_FLAP;
  }

  private static void add(Deque<Boolean> results, boolean success, int max) {
    results.addLast(success);
    if (results.size() > max) {
      results.removeFirst();
    }
  }

  private int changes() {
    int changes = 0;
    boolean previous = flappingResults.getFirst();
    for (boolean success : flappingResults) {
      changes += success == previous ? 0 : 1;
      previous = success;
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
