package io.pharos.server.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.model.BaseUrl;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// Speaks Pharos' own API for `pharos gate`.
final class GateClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROOT = "/api/pharos/v1";
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /// What came back.
  sealed interface Answer {
    /// A status below 400, and its JSON.
    record Fine(int status, JsonNode body) implements Answer {}

    /// A request that repeating would not make better.
    record Refused(int status, String reason) implements Answer {}

    /// No answer, or none of Pharos: it may come later.
    record Unreachable(String reason) implements Answer {}
  }

  private final HttpClient http;
  private final String url;
  private final String token;

  /// A client of one Pharos.
  ///
  /// @param token empty for none
  GateClient(HttpClient http, String url, String token) {
    this.http = requireNonNull(http, "http is null");
    this.url = BaseUrl.of(url);
    this.token = requireNonNull(token, "token is null");
  }

  String url() {
    return url;
  }

  Answer findDeployment(String key) throws InterruptedException {
    return send(request("/deployments/" + path(key), Duration.ZERO).GET());
  }

  Answer putDeployment(String key, JsonNode body) throws InterruptedException {
    return send(
        request("/deployments/" + path(key), Duration.ZERO)
            .PUT(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  Answer openGate(String deploymentKey, String idempotencyKey) throws InterruptedException {
    var body = JSON.createObjectNode().put("deployment", deploymentKey);
    return send(
        request("/gates", Duration.ZERO)
            .header("Idempotency-Key", idempotencyKey)
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  /// The gate as soon as it is decided, or after the wait.
  Answer gate(String id, Duration wait) throws InterruptedException {
    return send(request("/gates/" + path(id) + "?wait=" + wait.toMillis() + "ms", wait).GET());
  }

  private static String path(String key) {
    return Arrays.stream(key.split("/", -1))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }

  private HttpRequest.Builder request(String path, Duration wait) {
    var builder =
        HttpRequest.newBuilder(URI.create(url + ROOT + path))
            .timeout(PATIENCE.plus(wait))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json");
    return token.isEmpty() ? builder : builder.header("Authorization", "Bearer " + token);
  }

  private Answer send(HttpRequest.Builder builder) throws InterruptedException {
    HttpRequest request = builder.build();
    try {
      var response = http.send(request, BodyHandlers.ofString());
      return read(response.statusCode(), response.body());
    } catch (IOException e) {
      return new Answer.Unreachable(request.uri().getHost() + " does not answer: " + e);
    }
  }

  private static Answer read(int status, String body) {
    JsonNode json;
    try {
      json = JSON.readTree(body);
    } catch (JsonProcessingException _) { // told below: this is not Pharos
      json = JSON.missingNode();
    }
    boolean later = status == 429 || status >= 500;
    if (later) {
      return new Answer.Unreachable("status " + status + ": " + reason(json, body));
    }
    if (status >= 400) {
      return new Answer.Refused(status, reason(json, body));
    }
    if (status >= 300 || !json.isObject()) {
      return new Answer.Unreachable("status " + status + ", but not an answer of Pharos");
    }
    return new Answer.Fine(status, json);
  }

  private static String reason(JsonNode json, String body) {
    String text = json.path("error").asText("");
    if (text.isEmpty()) {
      text = body.strip();
    }
    return text.length() <= 500 ? text : text.substring(0, 500) + "…";
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
