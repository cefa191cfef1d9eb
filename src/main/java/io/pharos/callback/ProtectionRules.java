package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
/// its gate, and approves or rejects by the verdict. A rule is approved only if the gate's pass is
/// valid at the moment of the answer.
record ProtectionRules(
    Callbacks callbacks, Deployments deployments, Verdicts gates, CallbackMessages messages) {
  static final String PROGRESS = "progress";
  static final String APPROVED = "approved";
  static final String REJECTED = "rejected";

  /// Maximum number of progress reports. GitHub accepts ten reports on a rule, including the
  /// answer.
  private static final int MAX_COMMENTS = 9;

  /// Number of a service's newest deployments that are searched for the deployment of a commit.
  private static final int NEWEST = 50;

  /// GitHub's request of a deployment protection rule.
  ///
  /// @param path path of the answer below the address of GitHub's API
  /// @param sha the commit to deploy, 40 or more hexadecimal digits
  record Request(String path, String environment, String sha, Instant receivedAt) {
    String toJson() {
      ObjectNode node = JSON.createObjectNode();
      node.put("path", path);
      node.put("environment", environment);
      node.put("sha", sha);
      node.put("received_at", receivedAt.toString());
      return node.toString();
    }

    /// Parses a request that [#toJson] wrote.
    ///
    /// @throws IllegalStateException if the text is not JSON
    static Request fromJson(String json) {
      try {
        JsonNode node = JSON.readTree(json);
        return new Request(
            node.path("path").asText(),
            node.path("environment").asText(),
            node.path("sha").asText(),
            Instant.parse(node.path("received_at").asText()));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("expected JSON in a stored protection rule", e);
      }
    }
  }

  /// Advances a waiting rule: stores the rule's deployment when it is announced, and the next
  /// message when it is due.
  void advance(Callback callback, CallbackTarget.Protection settings, Instant now)
      throws InterruptedException {
    var request = Request.fromJson(callback.request());
    Optional<Deployment> deployment = deployment(callback, request);
    if (deployment.isEmpty()) {
      awaitDeployment(callback, request, settings, now);
    } else if (callback.deploymentKey().isEmpty()) {
      callbacks.relate(callback.withDeployment(deployment.get().key()));
    } else {
      judgeDeployment(callback, request, deployment.get(), now);
    }
  }

  private void judgeDeployment(
      Callback callback, Request request, Deployment deployment, Instant now)
      throws InterruptedException {
    DeploymentStatus status = deployment.status();
    if (status == DeploymentStatus.FAILED || status == DeploymentStatus.ROLLED_BACK) {
      String why = "The deployment of " + deployment.version() + " ended as " + status.text() + ".";
      planMessage(callback, request, REJECTED, "", why, now);
      return;
    }
    switch (gate(callback, request, deployment)) {
      case Found.None(String why) -> planMessage(callback, request, REJECTED, "", why, now);
      case Found.Gate(GateRun run) -> judge(callback, request, run, now);
    }
  }

  /// Returns whether a message is still true. Call it directly before the message is delivered.
  boolean holds(Callback callback) throws InterruptedException {
    return !callback.message().word().equals(APPROVED) || gates.passes(callback.message().gateId());
  }

  private void awaitDeployment(
      Callback callback, Request request, CallbackTarget.Protection settings, Instant now) {
    String subject =
        "deployment of commit %s for %s in %s"
            .formatted(request.sha().substring(0, 12), callback.service(), callback.env());
    if (now.isAfter(request.receivedAt().plus(settings.deploymentWithin()))) {
      String why =
          "No %s was announced to Pharos within %s, so no gate judged it."
              .formatted(subject, PromDuration.format(settings.deploymentWithin()));
      planMessage(callback, request, REJECTED, "", why, now);
    } else {
      progress(callback, request, "", "Waiting for the " + subject + " to be announced.", now);
    }
  }

  private Optional<Deployment> deployment(Callback callback, Request request) {
    if (!callback.deploymentKey().isEmpty()) {
      return deployments.find(callback.deploymentKey());
    }
    return deployments.newest(callback.service(), callback.env(), NEWEST).stream()
        .filter(deployment -> isSameCommit(request.sha(), deployment.announcement().sha()))
        .findFirst();
  }

  /* Returns whether a deployment announced this commit. Pipelines often announce only the first
   * digits of a commit id. */
  private static boolean isSameCommit(String sha, String announced) {
    return !announced.isEmpty() && sha.startsWith(announced.toLowerCase(Locale.ROOT));
  }

  private sealed interface Found {
    record Gate(GateRun run) implements Found {}

    record None(String why) implements Found {}
  }

  /* Returns the deployment's newest gate if it failed, has a valid pass or is running. Opens a new
   * gate if the pass has expired, or if the newest gate became inconclusive before GitHub's
   * request. */
  private Found gate(Callback callback, Request request, Deployment deployment) {
    List<GateRun> existing = gates.ofDeployment(deployment.key());
    if (!existing.isEmpty() && isUsable(existing.getFirst(), request)) {
      return new Found.Gate(existing.getFirst());
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

  private boolean isUsable(GateRun run, Request request) {
    Instant decidedAt = run.decidedAt();
    EffectiveVerdict verdict = gates.effectiveVerdict(run);
    return switch (verdict.outcome()) {
      case RUNNING, FAIL, PASS -> true;
      case INCONCLUSIVE ->
          !verdict.expired() && decidedAt != null && !decidedAt.isBefore(request.receivedAt());
    };
  }

  /* Answers nothing if the pass has expired: the next check opens another gate. */
  private void judge(Callback callback, Request request, GateRun run, Instant now)
      throws InterruptedException {
    GateRun current = run.state() == GateState.PASS ? gates.use(run.id()).orElse(run) : run;
    EffectiveVerdict verdict = gates.effectiveVerdict(current);
    String verdictText = ReleaseOutcome.verdictText(current, verdict.override());
    switch (verdict.outcome()) {
      case RUNNING -> progress(callback, request, current.id(), current.summary(), now);
      case PASS -> planMessage(callback, request, APPROVED, current.id(), verdictText, now);
      case FAIL -> planMessage(callback, request, REJECTED, current.id(), verdictText, now);
      case INCONCLUSIVE -> {
        if (!verdict.expired()) {
          planMessage(callback, request, REJECTED, current.id(), verdictText, now);
        }
      }
    }
  }

  /* The first report is sent at once, the others after 1, 3, 7, … minutes: nine reports cover
   * four hours. */
  private void progress(
      Callback callback, Request request, String gateId, String text, Instant now) {
    Duration wait = Duration.ofMinutes((1L << callback.revision()) - 1);
    if (callback.revision() < MAX_COMMENTS && !now.isBefore(request.receivedAt().plus(wait))) {
      planMessage(callback, request, PROGRESS, gateId, text, now);
    }
  }

  private void planMessage(
      Callback callback, Request request, String word, String gateId, String text, Instant now) {
    String evidence =
        callback.deploymentKey().isEmpty()
            ? ""
            : "\n\n[Evidence](" + messages.page(callback.deploymentKey()) + ")";
    String comment =
        "**Pharos: %s** %s%s"
            .formatted(
                word.equals(PROGRESS) ? "waiting" : word,
                text.replaceAll("\\s+", " ").strip(),
                evidence);
    Callback next = callback.withMessage(messages.protection(request, word, gateId, comment), now);
    boolean _ =
        callbacks.plan(List.of(next), List.of()); // false if another replica stored one first
  }
}
