package io.pharos.ingest.probe;

import java.util.ArrayDeque;
import java.util.Deque;

/// Whether a target counts as up, from the results of its probe: down after so many failures of so
/// many runs, up again after successes in a row, flapping when it can't decide. Runs that are
/// unknown are none. Not thread-safe.
final class ProbeStanding {
  /// How many of the last results tell whether a target flaps, how many changes among them begin
  /// it, and how few end it.
  private static final int WATCHED = 20;

  private static final int MANY_CHANGES = 6;
  private static final int FEW_CHANGES = 3;

  private final Threshold downAfter;
  private final int upAfter;
  private final Deque<Boolean> watched = new ArrayDeque<>();

  /// The results that may bring it down; those from before its last recovery may not.
  private final Deque<Boolean> counted = new ArrayDeque<>();

  private boolean up = true;
  private boolean flapping;
  private int successes;

  /// A target of which nothing is known counts as up.
  ProbeStanding(Threshold downAfter, int upAfter) {
    this.downAfter = downAfter;
    this.upAfter = upAfter;
  }

  /// Takes the next result that is known.
  void saw(boolean success) {
    add(watched, success, WATCHED);
    add(counted, success, downAfter.runs());
    successes = success ? successes + 1 : 0;
    if (up) {
      up = counted.stream().filter(each -> !each).count() < downAfter.failures();
    } else if (successes >= upAfter) {
      up = true;
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

  boolean isUp() {
    return up;
  }

  boolean isFlapping() {
    return flapping;
  }
}
