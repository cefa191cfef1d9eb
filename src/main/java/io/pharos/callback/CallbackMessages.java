package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.alerting.message.TextTruncation;
import io.pharos.gate.deployment.Deployment;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/// Words what a target is told of a release: the request's path and body.
final class CallbackMessages {
  /// GitHub refuses a longer description of a status.
  private static final int GITHUB_DESCRIPTION = 140;

  /// GitLab does.
  private static final int GITLAB_DESCRIPTION = 255;

  /// GitHub refuses a longer comment on a protection rule.
  private static final int GITHUB_COMMENT = 1024;

  /// Grafana keeps the parts of a tag before and after its colon in columns of 100.
  private static final int TAG_VALUE = 100;

  /// An annotation is read in a tooltip.
  private static final int ANNOTATION = 1000;

  private static final Pattern WHOLE_SHA = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

  private final String externalUrl;

  /// @param externalUrl where people reach Pharos
  CallbackMessages(String externalUrl) {
    this.externalUrl = externalUrl;
  }

  /// The page about a deployment.
  String page(String deploymentKey) {
    return externalUrl + "/deployments?key=" + encoded(deploymentKey);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// The region of a deployment. The last tag is its alone: it is found again by that.
  Callback.Message grafana(
      CallbackTarget.Grafana target, Deployment deployment, ReleaseOutcome standing) {
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
    tags.add(tag("verdict", standing.word().text()));
    tags.add(ownTag(deployment.key()));
    body.put(
        "text",
        TextTruncation.line(
            ANNOTATION,
            deployment.service()
                + " "
                + deployment.version()
                + " in "
                + deployment.env()
                + ", "
                + deployment.status().text().replace('_', ' ')
                + ". "
                + standing.text()
                + " "
                + page(deployment.key())));
    return new Callback.Message(
        standing.word().text(), standing.gateId(), "/api/annotations", body.toString());
  }

  private static String tag(String name, String value) {
    return name + ":" + TextTruncation.to(TAG_VALUE, value);
  }

  /// The tag by which the annotation of a deployment is found, whatever characters its key has.
  static String ownTag(String deploymentKey) {
    return "pharos:" + UUID.nameUUIDFromBytes(deploymentKey.getBytes(StandardCharsets.UTF_8));
  }

  /// A commit status; without a path where the deployment does not say the whole commit.
  Callback.Message github(
      CallbackTarget.Github target, Deployment deployment, ReleaseOutcome standing) {
    String state =
        switch (standing.word()) {
          case RUNNING -> "pending";
          case PASSED -> "success";
          case FAILED -> "failure";
          case WITHDRAWN, INCONCLUSIVE, CANCELLED, UNJUDGED -> "error";
        };
    var body = new TreeMap<String, Object>();
    body.put("state", state);
    body.put("context", context(deployment));
    body.put("description", TextTruncation.line(GITHUB_DESCRIPTION, standing.text()));
    body.put("target_url", page(deployment.key()));
    return status(
        deployment,
        standing,
        "/repos/" + target.repository() + "/statuses/",
        JSON.valueToTree(body).toString());
  }

  /// As [#github] at GitLab, which knows no third state: what is not known has failed there.
  Callback.Message gitlab(
      CallbackTarget.Gitlab target, Deployment deployment, ReleaseOutcome standing) {
    String state =
        switch (standing.word()) {
          case RUNNING -> "running";
          case PASSED -> "success";
          case CANCELLED -> "canceled";
          case FAILED, WITHDRAWN, INCONCLUSIVE, UNJUDGED -> "failed";
        };
    var body = new TreeMap<String, Object>();
    body.put("state", state);
    body.put("name", context(deployment));
    body.put("description", TextTruncation.line(GITLAB_DESCRIPTION, standing.text()));
    body.put("target_url", page(deployment.key()));
    return status(
        deployment,
        standing,
        "/api/v4/projects/" + encoded(target.project()) + "/statuses/",
        JSON.valueToTree(body).toString());
  }

  private static String context(Deployment deployment) {
    return "pharos/" + deployment.service() + "/" + deployment.env();
  }

  private static Callback.Message status(
      Deployment deployment, ReleaseOutcome standing, String path, String body) {
    String sha = deployment.announcement().sha().toLowerCase(Locale.ROOT);
    boolean whole = WHOLE_SHA.matcher(sha).matches();
    return new Callback.Message(
        standing.word().text(), standing.gateId(), whole ? path + sha : "", body);
  }

  /// What is said about a protection rule.
  ///
  /// @param word `progress`, `approved` or `rejected`
  Callback.Message protection(
      ProtectionRequest request, String word, String gateId, String comment) {
    var body = new TreeMap<String, Object>();
    body.put("environment_name", request.environment());
    if (!word.equals(ProtectionRules.PROGRESS)) {
      body.put("state", word);
    }
    body.put("comment", TextTruncation.to(GITHUB_COMMENT, comment));
    return new Callback.Message(word, gateId, request.path(), JSON.valueToTree(body).toString());
  }

  /// The tags of an annotation by which it is looked for.
  static List<String> ownTags(String deploymentKey) {
    return List.of("deployment", ownTag(deploymentKey));
  }
}
