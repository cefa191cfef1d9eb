package io.pharos.gate.hindsight;

import io.pharos.gate.AuditRow;
import io.pharos.gate.Gate;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.Verdict;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.CheckInputs;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.PromDuration;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Judges past releases by another policy, using the stored observations of their gates. A verdict
/// is what the pipeline was told, or would have been told: the first one, even if a pass was
/// withdrawn later.
///
/// A check is unknown if the gate did not observe the data that the check reads. If the
/// observations end before a verdict, the release stays RUNNING.
public record Backtest(PolicySet<GatePolicy> policies) {
  /// The new policy's verdict about one release, beside the original verdict.
  ///
  /// @param run the gate
  /// @param then the original verdict; RUNNING if there was none
  /// @param thenCode the reason of `then`
  /// @param now verdict by the new policy; RUNNING if the observations end before a verdict
  /// @param code the reason of `now`
  /// @param takesThen time from the opening to the original verdict; null if there is none
  /// @param takesNow time from the opening to the new policy's verdict; null if there is none
  /// @param missing ids of the new policy's checks whose data was not observed
  /// @param why the summary of the new policy's verdict, or why the release could not be judged
  /// @param regretsThen kinds of the original verdict's regrets
  /// @param regretsNow kinds of the regrets that the new policy's verdict would have
  public record Row(
      GateRun run,
      GateState then,
      ReasonCode thenCode,
      GateState now,
      ReasonCode code,
      @Nullable Duration takesThen,
      @Nullable Duration takesNow,
      List<String> missing,
      String why,
      List<String> regretsThen,
      List<String> regretsNow) {
    public Row {
      missing = List.copyOf(missing);
      regretsThen = List.copyOf(regretsThen);
      regretsNow = List.copyOf(regretsNow);
    }
  }

  /// Judges the gates whose service and environment have a policy in `policies`, in the given
  /// order.
  public List<Row> run(List<StoredGate> gates) {
    var rows = new ArrayList<Row>();
    for (StoredGate gate : gates) {
      policies
          .find(gate.run().service(), gate.run().env())
          .ifPresent(policy -> rows.add(row(gate, policy, gates)));
    }
    return rows;
  }

  private static Row row(StoredGate stored, GatePolicy policy, List<StoredGate> allGates) {
    GateRun run = stored.run();
    Told told = Told.by(stored);
    List<Regret> regrets = Regret.among(stored.facts());
    List<String> then = regrets.stream().map(Regret::kind).toList();
    Optional<GatePolicy> before = run.storedPolicy();
    if (Verification.of(stored) instanceof Verification.Broken(String where)) {
      return unjudged(run, told, "the stored evidence was changed: " + where, then);
    }
    if (before.isEmpty()) {
      return unjudged(run, told, "the stored policy is unreadable", then);
    }
    Map<String, Check> originalChecks = new LinkedHashMap<>();
    var missing = new ArrayList<String>();
    for (Check check : policy.checks()) {
      CheckInputs.readingSameData(check, policy, before.get())
          .ifPresentOrElse(
              original -> originalChecks.put(check.id(), original),
              () -> {
                if (!(check instanceof Check.UnprovenVersion)) {
                  missing.add(check.id());
                }
              });
    }
    Course course;
    try {
      course = new Course(stored, policy, originalChecks);
      course.run();
    } catch (IllegalArgumentException e) {
      return unjudged(run, told, "the release cannot be judged: " + e.getMessage(), then);
    }
    Instant reached = course.reached;
    return new Row(
        run,
        told.state(),
        told.code(),
        course.state,
        course.code,
        told.takes(run),
        reached == null ? null : Duration.between(run.openedAt(), reached),
        missing,
        course.why,
        then,
        regretted(course.state, run, regrets, allGates));
  }

  /// The first verdict of a gate, by its facts.
  ///
  /// @param at when it was reached; null if there is none
  private record Told(GateState state, ReasonCode code, @Nullable Instant at) {
    static Told by(StoredGate gate) {
      GateRun run = gate.run();
      return gate.facts().stream()
          .map(GateHistory::standing)
          .filter(standing -> !standing.getOrDefault("decided_at", "").isEmpty())
          .findFirst()
          .flatMap(Told::in)
          .orElseGet(() -> new Told(run.state(), run.code(), run.decidedAt()));
    }

    private static Optional<Told> in(Map<String, String> standing) {
      try {
        return Optional.of(
            new Told(
                GateState.valueOf(standing.getOrDefault("state", "")),
                ReasonCode.valueOf(standing.getOrDefault("code", "")),
                Instant.parse(standing.getOrDefault("decided_at", ""))));
      } catch (IllegalArgumentException | DateTimeException _) {
        return Optional.empty(); // the fact was changed; its chain shows that
      }
    }

    @Nullable Duration takes(GateRun run) {
      return at == null ? null : Duration.between(run.openedAt(), at);
    }
  }

  private static Row unjudged(GateRun run, Told told, String why, List<String> then) {
    return new Row(
        run,
        told.state(),
        told.code(),
        GateState.RUNNING,
        ReasonCode.TELEMETRY,
        told.takes(run),
        null,
        List.of(),
        why,
        then,
        List.of());
  }

  /* An alert contradicts only a pass: any other verdict would have stopped the release before the
   * alert. */
  private static List<String> regretted(
      GateState now, GateRun run, List<Regret> regrets, List<StoredGate> allGates) {
    return switch (now) {
      case PASS ->
          regrets.stream()
              .map(Regret::kind)
              .filter(kind -> kind.equals(Regret.ALERT_AFTER_PASS))
              .toList();
      case FAIL ->
          allGates.stream()
                  .anyMatch(
                      other ->
                          Told.by(other).state() == GateState.PASS
                              && other.run().service().equals(run.service())
                              && other.run().env().equals(run.env())
                              && other.run().version().equals(run.version())
                              && !other.run().openedAt().isBefore(run.openedAt())
                              && regrets.stream()
                                  .noneMatch(
                                      regret -> regret.kind().equals(Regret.ALERT_AFTER_PASS)))
              ? List.of(Regret.PASS_AFTER_FAIL)
              : List.of();
      case INCONCLUSIVE, RUNNING -> List.of();
    };
  }

  /// Judges the observations of a release one by one, as its gate would have done by the new
  /// policy.
  private static final class Course {
    private final StoredGate stored;
    private final GatePolicy policy;

    /// By the id of a check in the new policy: the original policy's check that read the same data.
    private final Map<String, Check> originalChecks;

    private final Gate gate;
    private GateState state = GateState.RUNNING;
    private ReasonCode code = ReasonCode.WAITING;
    private String why = "nothing was observed";
    private @Nullable Instant reached;

    Course(StoredGate stored, GatePolicy policy, Map<String, Check> originalChecks) {
      this.stored = stored;
      this.policy = policy;
      this.originalChecks = originalChecks;
      this.gate = new Gate(policy, stored.judgedDeployment(), stored.run().openedAt());
    }

    void run() {
      var observations = new ArrayList<Observation>();
      for (AuditRow row : stored.trail()) {
        if (state.isFinal()) {
          return;
        }
        observations.add(mapped(Observation.fromJson(row.observation())));
        Verdict verdict = gate.judge(observations, row.at(), state);
        reached = verdict.state().isFinal() ? row.at() : null;
        state = verdict.state();
        code = verdict.code();
        why = verdict.summary();
      }
      if (state == GateState.RUNNING && !observations.isEmpty()) {
        why =
            "the stored evidence ends %s after the opening: %s"
                .formatted(
                    PromDuration.format(
                        Duration.between(stored.run().openedAt(), stored.trail().getLast().at())),
                    why);
      }
    }

    /// Returns an observation with the original readings under the ids of the new policy's checks.
    private Observation mapped(Observation then) {
      var readings = new LinkedHashMap<String, Reading>();
      for (Check check : policy.checks()) {
        Check before = originalChecks.get(check.id());
        if (before != null) {
          readings.put(check.id(), then.of(before));
        } else if (check instanceof Check.UnprovenVersion) {
          readings.put(check.id(), new Reading.Unproven());
        } else {
          readings.put(
              check.id(),
              new Reading.Unavailable(
                  "the stored evidence lacks the data of this check: the original policy did not read it"));
        }
      }
      return new Observation(then.atMillis(), readings);
    }
  }
}
