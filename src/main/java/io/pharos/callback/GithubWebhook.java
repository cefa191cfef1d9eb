package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.config.http.SecretSource;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives GitHub's webhooks. Checks the signature of a webhook before anything else. Thread-safe.
///
/// @param targets the configured targets, read at each delivery
public record GithubWebhook(
    Supplier<List<CallbackTarget>> targets, Callbacks callbacks, InstantSource clock) {
  private static final Logger LOG = LoggerFactory.getLogger(GithubWebhook.class);
  private static final Pattern SIGNATURE = Pattern.compile("sha256=[0-9a-fA-F]{64}");
  private static final Pattern DELIVERY = Pattern.compile("[A-Za-z0-9-]{1,100}");
  private static final Pattern SHA = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

  /// Maximum number of unanswered rules, because each rule is checked regularly.
  private static final int MAX_OPEN = 200;

  /// The outcome of a webhook.
  public sealed interface Received {
    /// The rule will be answered when there is a verdict. A repeated delivery changes nothing.
    record Accepted(String callbackId) implements Received {}

    /// The webhook is authentic but irrelevant.
    record Ignored(String why) implements Received {}

    /// The signature is missing or wrong.
    record Unsigned(String why) implements Received {}

    /// The webhook is authentic but does not match the configuration of Pharos, or is invalid.
    record Refused(String why) implements Received {}

    /// Too many rules are unanswered.
    record Full(String why) implements Received {}
  }

  /// Handles one delivery.
  ///
  /// @param event value of the header `X-GitHub-Event`
  /// @param delivery value of the header `X-GitHub-Delivery`, which is the same for a repeated
  ///   delivery
  /// @param signature value of the header `X-Hub-Signature-256`
  public Received receive(String event, String delivery, String signature, byte[] body) {
    List<CallbackTarget.Github> senders = signers(signature, body);
    if (senders.isEmpty()) {
      return new Received.Unsigned(
          "no configured secret gives the signature in X-Hub-Signature-256 for this body");
    }
    if (!event.equals("deployment_protection_rule")) {
      return new Received.Ignored("only the event deployment_protection_rule is answered");
    }
    if (!DELIVERY.matcher(delivery).matches()) {
      return new Received.Refused(
          "expected 1 to 100 letters, digits and - in the header X-GitHub-Delivery");
    }
    JsonNode json;
    try {
      json = JSON.readTree(body);
    } catch (IOException _) { // the body is not JSON
      return new Received.Refused("expected a JSON object");
    }
    if (!json.path("action").asText("").equals("requested")) {
      return new Received.Ignored("only the action \"requested\" is answered");
    }
    String repository = json.path("repository").path("full_name").asText("");
    Optional<CallbackTarget.Github> target =
        senders.stream()
            .filter(sender -> sender.repository().equalsIgnoreCase(repository))
            .findFirst();
    return target.isEmpty()
        ? new Received.Refused(
            "the repository " + Quoted.of(Quoted.cut(repository, 100)) + " is not configured")
        : accept(target.get(), delivery, json);
  }

  private Received accept(CallbackTarget.Github target, String delivery, JsonNode json) {
    String environment = json.path("environment").asText("");
    Optional<CallbackTarget.Environment> mapped =
        target.protection().stream()
            .flatMap(protection -> protection.environments().stream())
            .filter(mapping -> mapping.environment().equals(environment))
            .findFirst();
    if (mapped.isEmpty()) {
      return new Received.Refused(
          "the environment " + Quoted.of(Quoted.cut(environment, 100)) + " is not configured");
    }
    String address = json.path("deployment_callback_url").asText("");
    if (!target.acceptsAnswersAt(address)) {
      return new Received.Refused(
          "expected an address for this repository below "
              + target.url()
              + " in deployment_callback_url");
    }
    String sha = json.path("deployment").path("sha").asText(json.path("sha").asText(""));
    if (!SHA.matcher(sha).matches()) {
      return new Received.Refused("expected a full commit id in deployment.sha");
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var request =
        new ProtectionRules.Request(
            address.substring(target.url().length()), environment, sha, now);
    String id = Callback.id(Callback.Kind.GITHUB_PROTECTION, target.name(), delivery);
    if (callbacks.find(id).isPresent()) {
      return new Received.Accepted(id);
    }
    if (callbacks.waiting(MAX_OPEN).size() >= MAX_OPEN) {
      return new Received.Full(MAX_OPEN + " protection rules already wait for a verdict");
    }
    boolean added =
        callbacks.add(
            Callback.first(
                Callback.Kind.GITHUB_PROTECTION,
                target.name(),
                delivery,
                request.toJson(),
                mapped.get().service(),
                mapped.get().env(),
                "",
                now));
    if (added) {
      LOG.info(
          "GitHub requests an answer for commit {} of {} and the environment {}",
          sha,
          target.repository(),
          environment);
    }
    return new Received.Accepted(id);
  }

  /* Returns the targets whose secret gives the signature. All secrets are tried, so that the
   * duration reveals nothing about the secrets. */
  private List<CallbackTarget.Github> signers(String signature, byte[] body) {
    var signers = new ArrayList<CallbackTarget.Github>();
    if (!SIGNATURE.matcher(signature).matches()) {
      return signers;
    }
    byte[] expected = HexFormat.of().parseHex(signature.substring("sha256=".length()));
    for (CallbackTarget target : targets.get()) {
      if (target instanceof CallbackTarget.Github github
          && github.protection().isPresent()
          && isSigned(github.protection().get().webhookSecret(), body, expected)) {
        signers.add(github);
      }
    }
    return signers;
  }

  private static boolean isSigned(SecretSource secret, byte[] body, byte[] expected) {
    try {
      String text = secret.read().orElse("");
      return !text.isEmpty() && MessageDigest.isEqual(RobotProtocol.hmac(text, body), expected);
    } catch (IOException e) {
      LOG.error(
          "Cannot read the webhook secret, so no webhook of GitHub is accepted: {}",
          e.getMessage());
      return false;
    }
  }
}
