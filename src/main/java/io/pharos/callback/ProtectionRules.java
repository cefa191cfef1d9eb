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

  /// Maximum number of reports of progress. GitHub accepts ten reports on a rule, including the
  /// answer.
  private static final int MAX_COMMENTS = 9;

  /// Number of a service's newest deployments among which the one of a commit is searched.
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
    /// @throws IllegalStateException if the text is something else
    static Request fromJson(String json) {
      try {
        JsonNode node = JSON.readTree(json);
        return new Request(
            node.path("path").asText(),
            node.path("environment").asText(),
            node.path("sha").asText(),
            Instant.parse(node.path("received_at").asText()));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a stored protection rule is not JSON", e);
      }
    }
  }

  /// Stores the deployment or the next message of a waiting rule, if there is one now.
  void advance(Callback callback, CallbackTarget.Protection settings, Instant now)
      throws InterruptedException {
    var request = Request.fromJson(callback.request());
    Optional<Deployment> deployment = deployment(callback, request);
    if (deployment.isEmpty()) {
      missing(callback, request, settings, now);
    } else if (callback.deploymentKey().isEmpty()) {
      callbacks.relate(callback.about(deployment.get().key()));
    } else {
      found(callback, request, deployment.get(), now);
    }
  }

  private void found(Callback callback, Request request, Deployment deployment, Instant now)
      throws InterruptedException {
    DeploymentStatus status = deployment.status();
    if (status == DeploymentStatus.FAILED || status == DeploymentStatus.ROLLED_BACK) {
      String why = "The deployment of " + deployment.version() + " ended as " + status.text() + ".";
      say(callback, request, REJECTED, "", why, now);
      return;
    }
    switch (gate(callback, request, deployment)) {
      case Found.None(String why) -> say(callback, request, REJECTED, "", why, now);
      case Found.Gate(GateRun run) -> judge(callback, request, run, now);
    }
  }

  /// Returns whether a message is still true. A pass is confirmed directly before it is delivered.
  boolean holds(Callback callback) throws InterruptedException {
    return !callback.message().word().equals(APPROVED) || gates.passes(callback.message().gateId());
  }

  private void missing(
      Callback callback, Request request, CallbackTarget.Protection settings, Instant now) {
    String what =
        "deployment of commit %s for %s in %s"
            .formatted(request.sha().substring(0, 12), callback.service(), callback.env());
    if (now.isAfter(request.receivedAt().plus(settings.deploymentWithin()))) {
      String why =
          "No %s was announced to Pharos within %s, so no gate judged it."
              .formatted(what, PromDuration.format(settings.deploymentWithin()));
      say(callback, request, REJECTED, "", why, now);
    } else {
      progress(callback, request, "", "Waiting for the " + what + " to be announced.", now);
    }
  }

  private Optional<Deployment> deployment(Callback callback, Request request) {
    if (!callback.deploymentKey().isEmpty()) {
      return deployments.find(callback.deploymentKey());
    }
    return deployments.newest(callback.service(), callback.env(), NEWEST).stream()
        .filter(it -> isOf(request.sha(), it.announcement().sha()))
        .findFirst();
  }

  /* Returns whether a deployment announced this commit. Pipelines often announce only its first
   * digits. */
  private static boolean isOf(String sha, String announced) {
    return !announced.isEmpty() && sha.startsWith(announced.toLowerCase(Locale.ROOT));
  }

  private sealed interface Found {
    record Gate(GateRun run) implements Found {}

    record None(String why) implements Found {}
  }

  /* A gate that failed, has a valid pass or is running is used. A new gate is opened if the
   * newest one ended without a verdict before GitHub's request. */
  private Found gate(Callback callback, Request request, Deployment deployment) {
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

  private boolean isGood(GateRun run, Request request) {
    Instant decidedAt = run.decidedAt();
    EffectiveVerdict verdict = gates.effectiveVerdict(run);
    return switch (verdict.outcome()) {
      case RUNNING, FAIL, PASS -> true;
      case INCONCLUSIVE ->
          !verdict.expired() && decidedAt != null && !decidedAt.isBefore(request.receivedAt());
    };
  }

  /* If the pass has expired, the next check opens another gate. */
  private void judge(Callback callback, Request request, GateRun run, Instant now)
      throws InterruptedException {
    GateRun fresh = run.state() == GateState.PASS ? gates.use(run.id()).orElse(run) : run;
    EffectiveVerdict verdict = gates.effectiveVerdict(fresh);
    String words = ReleaseOutcome.words(fresh, verdict.override());
    switch (verdict.outcome()) {
      case RUNNING -> progress(callback, request, fresh.id(), fresh.summary(), now);
      case PASS -> say(callback, request, APPROVED, fresh.id(), words, now);
      case FAIL -> say(callback, request, REJECTED, fresh.id(), words, now);
      case INCONCLUSIVE -> {
        if (!verdict.expired()) {
          say(callback, request, REJECTED, fresh.id(), words, now);
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
      say(callback, request, PROGRESS, gateId, text, now);
    }
  }

  private void say(
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
    Callback next = callback.telling(messages.protection(request, word, gateId, comment), now);
    boolean _ = callbacks.plan(List.of(next), List.of()); // false if another replica was first
  }
}
