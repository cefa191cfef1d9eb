package io.pharos.gate;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.judge.CheckResult;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.observe.Observer;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Observes and judges a gate and records the result, or ends the gate. Safe for many threads.
final class GateSteps {
  private static final Logger LOG = LoggerFactory.getLogger(GateSteps.class);

  /// Maximum number of attempts to end a gate that another process changes at the same time.
  private static final int END_ATTEMPTS = 5;

  /// Maximum number of observations of a gate while its pass is valid. If the policy's interval is
  /// too short for it, a longer interval is used.
  private static final int MAX_OBSERVATIONS_OF_PASS = 2_160;

  private final Deployments deployments;
  private final Gates gates;
  private final Observer observer;
  private final VerdictReporter reporter;
  private final Map<String, Course> courses = new ConcurrentHashMap<>();

  GateSteps(Deployments deployments, Gates gates, Observer observer, VerdictReporter reporter) {
    this.deployments = deployments;
    this.gates = gates;
    this.observer = observer;
    this.reporter = reporter;
  }

  /// The policy and the observations of a running gate, kept in memory after the first read.
  private record Course(GatePolicy policy, List<Observation> observations) {
    Course {
      observations = List.copyOf(observations);
    }

    Course with(Observation observation) {
      var longer = new ArrayList<>(observations);
      longer.add(observation);
      return new Course(policy, longer);
    }
  }

  /// Returns when the gate was last observed, in Unix milliseconds; empty if this process has no
  /// observation of it in memory.
  OptionalLong lastSeen(String id) {
    Course course = courses.get(id);
    return course == null || course.observations().isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(course.observations().getLast().atMillis());
  }

  /// Removes the observations of all gates that are not in `open` from memory.
  void keepOnly(List<GateRun> open) {
    Set<String> ids = new HashSet<>();
    open.forEach(run -> ids.add(run.id()));
    courses.keySet().retainAll(ids);
  }

  /// Returns the summary of a gate whose row is not what was recorded.
  static String changedByHand(String why) {
    return "The row was changed by hand, so open a new gate and run pharos gate verify: %s."
        .formatted(Quoted.cut(why, CheckResult.MAX_TEXT / 2));
  }

  /* A changed row must not be judged: the next fact would record the change as if it were true. */
  private Optional<String> contradiction(GateRun run) {
    Optional<GateFact> last = gates.lastFact(run.id());
    return last.isEmpty()
        ? Optional.empty() // an older version of Pharos opened the gate
        : GateHistory.standing(last.get()).isEmpty()
            ? FactChain.contradiction(run, gates.facts(run.id()))
            : FactChain.contradiction(run, last.get());
  }

  /// Observes and judges a gate.
  void step(GateRun run, Instant now) {
    Optional<String> contradiction = contradiction(run);
    if (contradiction.isPresent()) {
      if (!gates.find(run.id()).equals(Optional.of(run))) {
        reporter.count("overtaken"); // another process wrote a fact after `run` was read
        return;
      }
      end(run.id(), ReasonCode.DAMAGED, changedByHand(contradiction.get()), now);
      return;
    }
    Optional<Deployment> deployment = deployments.find(run.deploymentKey());
    if (deployment.isEmpty()) {
      end(run.id(), ReasonCode.NO_DATA, "The deployment of this gate no longer exists.", now);
      return;
    }
    DeploymentStatus status = deployment.get().status();
    if (status == DeploymentStatus.FAILED || status == DeploymentStatus.ROLLED_BACK) {
      end(run.id(), ReasonCode.CANCELLED, "The deployment ended as " + status.text() + ".", now);
      return;
    }
    if (run.state() == GateState.PASS && !run.mayBeUsed(now)) {
      stopObserving(run, now);
      return;
    }
    Course course = course(run);
    GatePolicy policy = course.policy();
    var gate = new Gate(policy, deployment.get(), run.openedAt());
    Observation observation =
        observer.observe(policy, deployment.get(), gate.since(), now, course.observations());
    Course longer = course.with(observation);
    Verdict verdict = gate.judge(longer.observations(), now, run.state());
    AuditRow row = AuditRow.append(run.id(), run.evaluations() + 1, observation, run.chain());
    GateRun after = run.evaluated(row.chain(), verdict, now, nextCheck(run, verdict, policy, now));
    String lastAnchor =
        after.state() == run.state() && after.isObserved() ? "" : reporter.lastAnchor();
    GateFact fact = GateHistory.changeFact(last(run), GateFact.OBSERVED, after, lastAnchor, now);
    switch (gates.record(after, row, fact)) {
      case OVERTAKEN -> {
        reporter.count("overtaken");
        courses.remove(run.id());
      }
      case RECORDED -> {
        reporter.count("ok");
        courses.put(run.id(), longer);
        reportChange(run, after, fact);
      }
    }
  }

  private @Nullable GateFact last(GateRun run) {
    return gates.lastFact(run.id()).orElse(null);
  }

  private static @Nullable Instant nextCheck(
      GateRun run, Verdict verdict, GatePolicy policy, Instant now) {
    return switch (verdict.state()) {
      case FAIL, INCONCLUSIVE -> null;
      case RUNNING -> {
        Instant next = now.plus(policy.interval());
        yield next.isAfter(run.deadline()) && now.isBefore(run.deadline()) ? run.deadline() : next;
      }
      case PASS -> {
        Duration shortest = policy.passValid().dividedBy(MAX_OBSERVATIONS_OF_PASS);
        yield now.plus(policy.interval().compareTo(shortest) < 0 ? shortest : policy.interval());
      }
    };
  }

  /* Reads the observations from the store if the copy in memory is incomplete: after a restart, or
   * if another replica observed the gate. */
  private Course course(GateRun run) {
    Course cached = courses.get(run.id());
    return cached != null && cached.observations().size() == run.evaluations()
        ? cached
        : new Course(
            run.policy(),
            gates.audit(run.id()).stream()
                .map(row -> Observation.fromJson(row.observation()))
                .toList());
  }

  /// Ends the observation of a pass and keeps the gate's state.
  void stopObserving(GateRun run, Instant now) {
    finish(run, run.unobserved(), now);
  }

  /// Ends a gate. Tries again if another process changes it at the same time.
  void end(String id, ReasonCode reason, String why, Instant now) {
    for (int attempt = 0; attempt < END_ATTEMPTS; attempt++) {
      Optional<GateRun> run = gates.find(id);
      if (run.isEmpty()
          || !run.get().isObserved()
          || finish(run.get(), run.get().ended(reason, why, now), now)
              == Gates.RecordOutcome.RECORDED) {
        return;
      }
    }
    LOG.warn(
        "Cannot end gate {} as {}: another process changed it during each of {} attempts",
        id,
        reason,
        END_ATTEMPTS);
  }

  private Gates.RecordOutcome finish(GateRun before, GateRun after, Instant now) {
    GateFact fact =
        GateHistory.changeFact(last(before), GateFact.ENDED, after, reporter.lastAnchor(), now);
    Gates.RecordOutcome outcome = gates.end(after, fact);
    switch (outcome) {
      case OVERTAKEN -> reporter.count("overtaken");
      case RECORDED -> reportChange(before, after, fact);
    }
    return outcome;
  }

  private void reportChange(GateRun before, GateRun after, @Nullable GateFact fact) {
    if (!after.isObserved()) {
      courses.remove(after.id());
    }
    if (!after.isObserved() || after.state() != before.state()) {
      reporter.changed(before, after, fact);
    }
  }
}
