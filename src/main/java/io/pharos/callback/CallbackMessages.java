package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.alerting.message.TextLimit;
import io.pharos.gate.deployment.Deployment;
import io.pharos.model.LinkAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/// Writes the messages about a release: the path and the body of each request.
record CallbackMessages(String externalUrl) {
  /// Maximum number of characters of a status description at GitHub.
  private static final int GITHUB_DESCRIPTION = 140;

  /// Maximum number of characters of a status description at GitLab.
  private static final int GITLAB_DESCRIPTION = 255;

  /// Maximum number of characters of a comment on a protection rule at GitHub.
  private static final int GITHUB_COMMENT = 1024;

  /// Maximum number of characters of each part of a tag: Grafana stores the parts before and after
  /// the colon in columns of this size.
  private static final int TAG_VALUE = 100;

  /// Maximum number of characters of an annotation, which is shown in a tooltip.
  private static final int ANNOTATION = 1000;

  private static final Pattern WHOLE_SHA = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

  /// Returns the address of the page about a deployment.
  String page(String deploymentKey) {
    return externalUrl + "/deployments?key=" + LinkAddress.encoded(deploymentKey);
  }

  /// Writes the annotation of a deployment. Its last tag is unique and is used to find the
  /// annotation again.
  Callback.Message grafana(
      CallbackTarget.Grafana target, Deployment deployment, ReleaseOutcome outcome) {
    ObjectNode body = JSON.createObjectNode();
    body.put("time", deployment.startedAt().toEpochMilli());
    Instant end = deployment.finishedAt();
    if (end != null) {
      body.put("timeEnd", end.toEpochMilli());
    }
    ArrayNode tags = body.putArray("tags");
    tags.add("deployment");
    target.tags().forEach(tags::add);
    tags.add(tag("service", deployment.service()));
    tags.add(tag("env", deployment.env()));
    tags.add(tag("version", deployment.version()));
    tags.add(tag("verdict", outcome.word().text()));
    tags.add(ownTag(deployment.key()));
    body.put(
        "text",
        TextLimit.line(
            ANNOTATION,
            "%s %s in %s, %s. %s %s"
                .formatted(
                    deployment.service(),
                    deployment.version(),
                    deployment.env(),
                    deployment.status().text().replace('_', ' '),
                    outcome.text(),
                    page(deployment.key()))));
    return new Callback.Message(
        outcome.word().text(), outcome.gateId(), "/api/annotations", body.toString());
  }

  private static String tag(String name, String value) {
    return name + ":" + TextLimit.to(TAG_VALUE, value);
  }

  /// Returns the unique tag of a deployment's annotation. It contains a UUID computed from the
  /// deployment's key, because the key itself may be too long for a tag.
  static String ownTag(String deploymentKey) {
    return "pharos:" + UUID.nameUUIDFromBytes(deploymentKey.getBytes(StandardCharsets.UTF_8));
  }

  /// Writes a commit status for GitHub. Its path is empty if the deployment does not announce the
  /// full commit id.
  Callback.Message github(
      CallbackTarget.Github target, Deployment deployment, ReleaseOutcome outcome) {
    String state =
        switch (outcome.word()) {
          case RUNNING -> "pending";
          case PASSED -> "success";
          case FAILED -> "failure";
          case WITHDRAWN, INCONCLUSIVE, CANCELLED, UNJUDGED -> "error";
        };
    return status(
        deployment,
        outcome,
        Map.of("state", state, "context", context(deployment)),
        GITHUB_DESCRIPTION,
        "/repos/" + target.repository() + "/statuses/");
  }

  /// Writes a commit status for GitLab. GitLab has no state for an unknown outcome, so an unknown
  /// outcome is reported as failed.
  Callback.Message gitlab(
      CallbackTarget.Gitlab target, Deployment deployment, ReleaseOutcome outcome) {
    String state =
        switch (outcome.word()) {
          case RUNNING -> "running";
          case PASSED -> "success";
          case CANCELLED -> "canceled";
          case FAILED, WITHDRAWN, INCONCLUSIVE, UNJUDGED -> "failed";
        };
    return status(
        deployment,
        outcome,
        Map.of("state", state, "name", context(deployment)),
        GITLAB_DESCRIPTION,
        "/api/v4/projects/" + LinkAddress.encoded(target.project()) + "/statuses/");
  }

  private static String context(Deployment deployment) {
    return "pharos/" + deployment.service() + "/" + deployment.env();
  }

  private Callback.Message status(
      Deployment deployment,
      ReleaseOutcome outcome,
      Map<String, String> targetFields,
      int maxLength,
      String path) {
    var body = new TreeMap<String, Object>(targetFields);
    body.put("description", TextLimit.line(maxLength, outcome.text()));
    body.put("target_url", page(deployment.key()));
    String sha = deployment.announcement().sha().toLowerCase(Locale.ROOT);
    return new Callback.Message(
        outcome.word().text(),
        outcome.gateId(),
        WHOLE_SHA.matcher(sha).matches() ? path + sha : "",
        JSON.valueToTree(body).toString());
  }

  /// Writes an answer to a protection rule.
  ///
  /// @param word `progress`, `approved` or `rejected`
  Callback.Message protection(
      ProtectionRules.Request request, String word, String gateId, String comment) {
    var body = new TreeMap<String, Object>();
    body.put("environment_name", request.environment());
    if (!word.equals(ProtectionRules.PROGRESS)) {
      body.put("state", word);
    }
    body.put("comment", TextLimit.to(GITHUB_COMMENT, comment));
    return new Callback.Message(word, gateId, request.path(), JSON.valueToTree(body).toString());
  }

  /// Returns the tags by which a deployment's annotation is searched.
  static List<String> ownTags(String deploymentKey) {
    return List.of("deployment", ownTag(deploymentKey));
  }
}
