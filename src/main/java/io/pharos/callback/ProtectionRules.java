package io.pharos.callback;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Answers GitHub's deployment protection rules: finds the deployment of the commit, finds or opens
/// its gate, and approves or rejects by the verdict. Only a valid pass at the moment of the answer
/// is approved.
final class ProtectionRules {
  static final String PROGRESS = "progress";
  static final String APPROVED = "approved";
  static final String REJECTED = "rejected";

  /// GitHub accepts ten reports on a rule; the last is reserved for the answer.
  private static final int MAX_COMMENTS = 9;

  /// Number of a service's newest deployments that are searched for a commit.
  private static final int NEWEST = 50;

  private final Deployments deployments;
  private final Verdicts gates;
  private final CallbackMessages messages;

  ProtectionRules(Deployments deployments, Verdicts gates, CallbackMessages messages) {
    this.deployments = deployments;
    this.gates = gates;
    this.messages = messages;
  }

  /// The next step of a rule: a message, its deployment, or nothing.
  sealed interface Step {
    record Say(Callback callback) implements Step {}

    record Relate(Callback callback) implements Step {}

    record Wait() implements Step {}
  }

  /// Advances a waiting rule.
  Step advance(Callback callback, CallbackTarget.Protection settings, Instant now)
      throws InterruptedException {
    var request = ProtectionRequest.fromJson(callback.request());
    Optional<Deployment> deployment = deployment(callback, request);
    if (deployment.isEmpty()) {
      return missing(callback, request, settings, now);
    }
    if (callback.deploymentKey().isEmpty()) {
      return new Step.Relate(callback.about(deployment.get().key()));
    }
    DeploymentStatus status = deployment.get().status();
    if (status == DeploymentStatus.FAILED || status == DeploymentStatus.ROLLED_BACK) {
      return say(
          callback,
          request,
          REJECTED,
          "",
          "The deployment of " + deployment.get().version() + " ended as " + status.text() + ".",
          now);
    }
    return switch (gate(callback, request, deployment.get())) {
      case Found.None(String why) -> say(callback, request, REJECTED, "", why, now);
      case Found.Gate(GateRun run) -> judge(callback, request, run, now);
    };
  }

  /// Returns whether a message is still true: a pass is confirmed right before it is delivered.
  boolean holds(Callback callback) throws InterruptedException {
    return !callback.message().word().equals(APPROVED) || gates.passes(callback.message().gateId());
  }

  private Step missing(
      Callback callback,
      ProtectionRequest request,
      CallbackTarget.Protection settings,
      Instant now) {
    String what =
        "deployment of commit "
            + request.sha().substring(0, 12)
            + " for "
            + callback.service()
            + " in "
            + callback.env();
    if (now.isAfter(request.receivedAt().plus(settings.deploymentWithin()))) {
      return say(
          callback,
          request,
          REJECTED,
          "",
          "No "
              + what
              + " was announced to Pharos within "
              + PromDuration.format(settings.deploymentWithin())
              + ", so no gate judged it.",
          now);
    }
    return progress(callback, request, "", "Waiting for the " + what + " to be announced.", now);
  }

  private Optional<Deployment> deployment(Callback callback, ProtectionRequest request) {
    if (!callback.deploymentKey().isEmpty()) {
      return deployments.find(callback.deploymentKey());
    }
    return deployments.newest(callback.service(), callback.env(), NEWEST).stream()
        .filter(it -> isOf(request.sha(), it.announcement().sha()))
        .findFirst();
  }

  /* Pipelines often announce only the first digits. */
  private static boolean isOf(String sha, String announced) {
    return !announced.isEmpty() && sha.startsWith(announced.toLowerCase(Locale.ROOT));
  }

  private sealed interface Found {
    record Gate(GateRun run) implements Found {}

    record None(String why) implements Found {}
  }

  /* A failed gate, a valid pass and a running gate are used as they are. After a gate that ended without a verdict before GitHub's request, a new one is opened. */
  private Found gate(Callback callback, ProtectionRequest request, Deployment deployment) {
    List<GateRun> all = gates.ofDeployment(deployment.key());
    if (!all.isEmpty() && isGood(all.getFirst(), request)) {
      return new Found.Gate(all.getFirst());
    }
    try {
      return switch (gates.open(
          new GateRequest(deployment.key(), callback.id(), "GitHub by " + callback.target()))) {
        case GateService.Opened.Created(GateRun run) -> new Found.Gate(run);
        case GateService.Opened.Existing(GateRun run) -> new Found.Gate(run);
        case GateService.Opened.KeyReused(GateRun run) -> new Found.Gate(run);
        case GateService.Opened.NoDeployment(String key) ->
            new Found.None("The deployment " + key + " no longer exists.");
        case GateService.Opened.NoPolicy(String service, String env) ->
            new Found.None("There is no gate policy for " + service + " in " + env + ".");
      };
    } catch (InvalidFieldException e) {
      return new Found.None("The gate cannot be opened: " + e.getMessage());
    }
  }

  private boolean isGood(GateRun run, ProtectionRequest request) {
    Instant decidedAt = run.decidedAt();
    EffectiveVerdict verdict = gates.effectiveVerdict(run);
    return switch (verdict.outcome()) {
      case RUNNING, FAIL, PASS -> true;
      case INCONCLUSIVE ->
          !verdict.expired() && decidedAt != null && !decidedAt.isBefore(request.receivedAt());
    };
  }

  /* After an expired pass, the next check opens another gate. */
  private Step judge(Callback callback, ProtectionRequest request, GateRun run, Instant now)
      throws InterruptedException {
    GateRun fresh = run.state() == GateState.PASS ? gates.use(run.id()).orElse(run) : run;
    EffectiveVerdict verdict = gates.effectiveVerdict(fresh);
    String words = ReleaseOutcome.words(fresh, verdict.override());
    return switch (verdict.outcome()) {
      case RUNNING -> progress(callback, request, fresh.id(), fresh.summary(), now);
      case PASS -> say(callback, request, APPROVED, fresh.id(), words, now);
      case FAIL -> say(callback, request, REJECTED, fresh.id(), words, now);
      case INCONCLUSIVE ->
          verdict.expired()
              ? new Step.Wait()
              : say(callback, request, REJECTED, fresh.id(), words, now);
    };
  }

  /* The first report is immediate, the next ones follow after 1, 3, 7, … minutes: nine last for four hours. */
  private Step progress(
      Callback callback, ProtectionRequest request, String gateId, String text, Instant now) {
    Duration wait = Duration.ofMinutes((1L << callback.revision()) - 1);
    return callback.revision() >= MAX_COMMENTS || now.isBefore(request.receivedAt().plus(wait))
        ? new Step.Wait()
        : say(callback, request, PROGRESS, gateId, text, now);
  }

  private Step say(
      Callback callback,
      ProtectionRequest request,
      String word,
      String gateId,
      String text,
      Instant now) {
    String comment =
        "**Pharos: "
            + (word.equals(PROGRESS) ? "waiting" : word)
            + "** "
            + text.replaceAll("\\s+", " ").strip()
            + (callback.deploymentKey().isEmpty()
                ? ""
                : "\n\n[Evidence](" + messages.page(callback.deploymentKey()) + ")");
    return new Step.Say(callback.telling(messages.protection(request, word, gateId, comment), now));
  }
}
