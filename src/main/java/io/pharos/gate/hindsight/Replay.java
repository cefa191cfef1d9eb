package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.gate.AuditRow;
import io.pharos.gate.CheckReport;
import io.pharos.gate.Gate;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.Observation;
import io.pharos.gate.ReasonCode;
import io.pharos.gate.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What judging the stored observations of a gate again gives, each as it was judged then.
///
/// @param intact whether nothing that is stored of the gate is known to have been changed
/// @param state the state that the observations lead to
/// @param agrees whether that is the verdict that was stored, to the last byte, at each
///   observation; a gate that was cancelled or superseded agrees as long as it stood as stored
///   before that
/// @param difference the first one in words; empty where it agrees
public record Replay(
    boolean intact, GateState state, ReasonCode code, boolean agrees, String difference) {
  /// Judges again.
  public static Replay of(StoredGate stored) {
    boolean intact = !(Verification.of(stored) instanceof Verification.Broken);
    Gate gate;
    try {
      gate = new Gate(stored.run().policy(), stored.judged(), stored.run().openedAt());
    } catch (IllegalArgumentException | IllegalStateException e) {
      return new Replay(
          false,
          GateState.RUNNING,
          ReasonCode.WAITING,
          false,
          "it can't be judged: " + e.getMessage());
    }
    return new Course(stored, gate).run(intact);
  }

  /// One way through the observations.
  private static final class Course {
    private final GateRun run;
    private final Gate gate;
    private final List<AuditRow> trail;
    private final List<GateFact> observed;
    private GateState state = GateState.RUNNING;
    private ReasonCode code = ReasonCode.WAITING;
    private Optional<String> difference = Optional.empty();

    Course(StoredGate stored, Gate gate) {
      this.run = stored.run();
      this.gate = gate;
      this.trail = stored.trail();
      this.observed =
          stored.facts().stream().filter(fact -> fact.kind().equals(GateFact.OBSERVED)).toList();
    }

    Replay run(boolean intact) {
      var observations = new ArrayList<Observation>();
      boolean readable = true;
      for (AuditRow row : trail) {
        try {
          observations.add(Observation.fromJson(row.observation()));
        } catch (IllegalArgumentException e) { // somebody wrote into it
          readable = false;
          differ("observation " + row.seq() + " can't be read: " + e.getMessage());
          break;
        }
        Verdict verdict = gate.judge(observations, row.at(), state);
        state = verdict.state();
        code = verdict.code();
        compare(verdict, observations.size());
      }
      if (trail.isEmpty() && (run.state() == GateState.PASS || run.state() == GateState.FAIL)) {
        differ("/state: stored " + run.state() + " without an observation");
      }
      return new Replay(
          intact && readable, state, code, difference.isEmpty(), difference.orElse(""));
    }

    private void differ(String how) {
      difference = difference.or(() -> Optional.of(how));
    }

    /// With what was stored at this step, and at the last one with the gate's row.
    private void compare(Verdict verdict, int step) {
      if (step <= observed.size()) {
        Map<String, String> then = GateHistory.standing(observed.get(step - 1));
        Map<String, String> again = GateHistory.judged(verdict);
        for (Map.Entry<String, String> field : again.entrySet()) {
          if (!field.getValue().equals(then.get(field.getKey())) && step < trail.size()) {
            differ(
                "observation %d of %d: /%s: stored %s, judged again %s"
                    .formatted(
                        step,
                        trail.size(),
                        field.getKey(),
                        then.get(field.getKey()),
                        field.getValue()));
          }
        }
      }
      if (step == trail.size()) {
        compareEnd(verdict);
      }
    }

    private boolean endedByHand() {
      if (observed.isEmpty()) {
        return run.code() == ReasonCode.CANCELLED || run.code() == ReasonCode.SUPERSEDED;
      }
      Map<String, String> then = GateHistory.standing(observed.getLast());
      return !run.code().name().equals(then.get("code"))
          || !run.state().name().equals(then.get("state"));
    }

    /* Where a hand ended the gate, its row has the checks of the last observation and its own words. */
    private void compareEnd(Verdict verdict) {
      ObjectNode stored = JSON.createObjectNode();
      ObjectNode again = JSON.createObjectNode();
      if (!endedByHand()) {
        stored
            .put("state", run.state().name())
            .put("code", run.code().name())
            .put("summary", run.summary());
        again
            .put("state", state.name())
            .put("code", code.name())
            .put("summary", GateHistory.judged(verdict).get("summary"));
      } else if (observed.isEmpty() && state != GateState.RUNNING && state != GateState.PASS) {
        differ("/state: stored %s, judged again %s".formatted(run.state(), state));
      }
      stored.set("checks", tree(run.checks()));
      again.set("checks", tree(CheckReport.of(verdict.checks())));
      if (!stored.toString().equals(again.toString())) {
        differ(
            HindsightJson.difference("", stored, again)
                .orElse("the texts differ, not their values"));
      }
    }

    private static JsonNode tree(List<CheckReport> checks) {
      return JSON.valueToTree(checks);
    }
  }
}
