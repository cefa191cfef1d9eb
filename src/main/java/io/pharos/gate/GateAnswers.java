package io.pharos.gate;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What this process answered to those who asked for the verdicts of gates. In memory only. Safe
/// for many threads.
public final class GateAnswers {
  /// Gates that are remembered; those that were asked for last.
  private static final int MAX_GATES = 200;

  /// Answers of one gate that are remembered; the last.
  private static final int MAX_ANSWERS = 30;

  private final Map<String, List<Told>> byGate = new LinkedHashMap<>(16, 0.75f, true);

  /// Equal answers to the same caller in a row.
  ///
  /// @param by name of the caller's token
  /// @param outcome what the caller acts on
  /// @param times number of requests
  public record Told(String by, GateState outcome, Instant first, Instant last, int times) {}

  synchronized void add(String gate, String by, GateState outcome, Instant at) {
    List<Told> told = byGate.computeIfAbsent(gate, _ -> new ArrayList<>());
    for (int i = told.size() - 1; i >= 0; i--) {
      Told last = told.get(i);
      if (last.by().equals(by)) {
        if (last.outcome() == outcome) {
          told.set(i, new Told(by, outcome, last.first(), at, last.times() + 1));
          return;
        }
        break;
      }
    }
    told.add(new Told(by, outcome, at, at, 1));
    if (told.size() > MAX_ANSWERS) {
      told.removeFirst();
    }
    if (byGate.size() > MAX_GATES) {
      byGate.remove(byGate.keySet().iterator().next());
    }
  }

  synchronized List<Told> of(String gate) {
    return List.copyOf(byGate.getOrDefault(gate, List.of()));
  }
}
