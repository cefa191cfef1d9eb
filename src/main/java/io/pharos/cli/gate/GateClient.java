package io.pharos.cli.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// Calls Pharos' API for `pharos gate` and `pharos rollout`.
public final class GateClient {
  private static final String ROOT = "/api/pharos/v1";
  private static final String ROLLOUTS = ROOT + "/rollouts";
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /// The result of one request.
  public sealed interface Answer {
    /// A status below 400, and its JSON.
    record Fine(int status, JsonNode body) implements Answer {}

    /// A status that a retry does not change.
    record Refused(int status, String reason) implements Answer {}

    /// No answer, or none of Pharos; a retry may succeed.
    record Unreachable(String reason) implements Answer {}
  }

  private final ApiClient client;

  /// Creates a client.
  public GateClient(ApiClient client) {
    this.client = client;
  }

  /// The address of Pharos.
  public String url() {
    return client.url();
  }

  Answer findDeployment(String key) throws InterruptedException {
    return answer(() -> client.get(ROOT + "/deployments/" + path(key), PATIENCE));
  }

  Answer putDeployment(String key, JsonNode body) throws InterruptedException {
    return answer(
        () ->
            client.send(
                "PUT", ROOT + "/deployments/" + path(key), Map.of(), body.toString(), PATIENCE));
  }

  Answer openGate(String deploymentKey, String idempotencyKey) throws InterruptedException {
    var body = JSON.createObjectNode().put("deployment", deploymentKey);
    return answer(
        () ->
            client.send(
                "POST",
                ROOT + "/gates",
                Map.of("Idempotency-Key", idempotencyKey),
                body.toString(),
                PATIENCE));
  }

  /// The gate once it is decided, or at the end of the wait.
  Answer gate(String id, Duration wait) throws InterruptedException {
    String path = ROOT + "/gates/" + path(id) + "?wait=" + wait.toMillis() + "ms";
    return answer(() -> client.get(path, PATIENCE.plus(wait)));
  }

  /// Starts the rollout of a deployment.
  public Answer startRollout(String deploymentKey) throws InterruptedException {
    var body = JSON.createObjectNode().put("deployment", deploymentKey);
    return answer(() -> client.send("POST", ROLLOUTS, Map.of(), body.toString(), PATIENCE));
  }

  /// The newest rollouts of a service in an environment, as `rollouts`.
  public Answer rollouts(String service, String env) throws InterruptedException {
    String query =
        "?limit=1&service=" + ApiClient.encoded(service) + "&env=" + ApiClient.encoded(env);
    return answer(() -> client.get(ROLLOUTS + query, PATIENCE));
  }

  /// The rollout once it ends or leaves a phase, or at the end of the wait.
  public Answer rollout(String id, String phase, Duration wait) throws InterruptedException {
    String query = "?wait=" + wait.toMillis() + "ms&phase-not=" + ApiClient.encoded(phase);
    return answer(() -> client.get(ROLLOUTS + "/" + path(id) + query, PATIENCE.plus(wait)));
  }

  /// A rollout by its id.
  public Answer rollout(String id) throws InterruptedException {
    return answer(() -> client.get(ROLLOUTS + "/" + path(id), PATIENCE));
  }

  /// Sends an operator's request to a rollout.
  ///
  /// @param act `pause`, `resume`, `approve` or `abort`
  public Answer tellRollout(String id, String act, String reason) throws InterruptedException {
    var body = JSON.createObjectNode().put("reason", reason);
    String path = ROLLOUTS + "/" + path(id) + "/" + act;
    return answer(() -> client.send("POST", path, Map.of(), body.toString(), PATIENCE));
  }

  private static String path(String key) {
    return Arrays.stream(key.split("/", -1))
        .map(ApiClient::encoded)
        .collect(Collectors.joining("/"));
  }

  private interface Call {
    ApiClient.Answer send() throws IOException, InterruptedException;
  }

  private Answer answer(Call call) throws InterruptedException {
    try {
      return read(call.send());
    } catch (IOException e) {
      return new Answer.Unreachable(
          URI.create(url()).getHost() + " does not answer: " + ApiClient.reason(e));
    }
  }

  private static Answer read(ApiClient.Answer answer) {
    int status = answer.status();
    boolean later = status == 429 || status >= 500;
    if (later) {
      return new Answer.Unreachable("status " + status + ": " + answer.reason());
    }
    if (status >= 400) {
      return new Answer.Refused(status, answer.reason());
    }
    if (status >= 300 || !answer.json().isObject()) {
      return new Answer.Unreachable("status " + status + ", but the answer is not from Pharos");
    }
    return new Answer.Fine(status, answer.json());
  }

  /// A JSON object with these strings; empty ones are left out.
  static JsonNode object(Map<String, String> fields, Map<String, String> links) {
    var node = JSON.createObjectNode();
    fields.forEach(
        (name, value) -> {
          if (!value.isEmpty()) {
            node.put(name, value);
          }
        });
    if (!links.isEmpty()) {
      var object = node.putObject("links");
      links.forEach(object::put);
    }
    return node;
  }
}
