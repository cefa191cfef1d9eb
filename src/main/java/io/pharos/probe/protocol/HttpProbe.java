package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.http.Redirect;
import io.pharos.probe.JsonAssertion;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.expression.Expression;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Runs a [ProbeCheck.HttpCheck].
record HttpProbe(ProbeConnector connector, String userAgent) {
  private static final List<String> SECRET_HEADER_WORDS =
      List.of("auth", "cookie", "token", "secret", "key");

  private static final List<ProbeCheck.StatusRange> SUCCESS =
      List.of(new ProbeCheck.StatusRange(200, 299));

  /* Maximum length of a value that becomes a label: versions and digests are shorter. Longer
   * values are ignored. */
  private static final int MAX_INFO_CHARACTERS = 128;

  /// Returns the facts if the response is as expected.
  ///
  /// @param usedVariables variables of the expression
  ProbeFacts run(ProbeCheck.HttpCheck check, Set<String> usedVariables, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    URI url = check.url();
    String method = check.method();
    for (int hop = 0; ; hop++) {
      HttpWire.Response response = exchange(check, method, url, attempt);
      Optional<URI> next = redirect(check, url, response);
      if (next.isEmpty()) {
        ProbeFacts facts = facts(response);
        attempt.facts = facts;
        verify(check, usedVariables, response);
        recordInfo(check, facts, attempt);
        return facts;
      }
      if (hop == Redirect.MAX_REDIRECTS) {
        throw ProbeException.failure("stopped after " + Redirect.MAX_REDIRECTS + " redirects");
      }
      url = next.get();
      if (!Redirect.keepsMethod(response.status()) && !method.equals("HEAD")) {
        method = "GET";
      }
    }
  }

  /* Records facts about the target. They are only read from an expected response, because an error
   * page does not contain the running version. A gate does not know the version if the response
   * does not contain it. */
  private static void recordInfo(
      ProbeCheck.HttpCheck check, ProbeFacts facts, ProbeAttempt attempt) {
    if (!check.info().isEmpty()
        && facts.of("body") instanceof Expression.Answer.Value(JsonNode document)) {
      check
          .info()
          .forEach(
              (label, path) -> {
                JsonNode found = path.find(document);
                String text = found.isValueNode() && !found.isNull() ? found.asText() : "";
                if (!text.isEmpty() && text.length() <= MAX_INFO_CHARACTERS) {
                  attempt.recordInfo(label, text);
                }
              });
    }
  }

  private HttpWire.Response exchange(
      ProbeCheck.HttpCheck check, String method, URI url, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    boolean secure = String.valueOf(url.getScheme()).equals("https");
    Map<String, String> headers = headers(check, url, attempt);
    Socket socket =
        connector.connect(
            attempt, ProbeConnector.server(url), check.ip(), secure ? check.tls() : null);
    var wire =
        new HttpWire(socket.getInputStream(), socket.getOutputStream(), attempt, check.maxBody());
    String body = method.equals(check.method()) ? check.body() : "";
    return wire.exchange(method, url, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  private Map<String, String> headers(ProbeCheck.HttpCheck check, URI url, ProbeAttempt attempt)
      throws ProbeException {
    var headers = new LinkedHashMap<String, String>();
    headers.put("User-Agent", userAgent);
    headers.put("Accept", "*/*");
    boolean sameHost = Redirect.isSameServer(check.url(), url);
    check
        .headers()
        .forEach(
            (name, value) -> {
              if (sameHost || !isSecret(name)) { // secrets are not sent to other hosts
                HttpWire.replace(headers, name, value);
              }
            });
    Path file = check.bearerTokenFile();
    if (file != null && sameHost) {
      headers.put("Authorization", "Bearer " + attempt.secret("bearer_token_file", file));
    }
    String bearer = check.bearer();
    if (bearer != null && sameHost) {
      headers.put("Authorization", "Bearer " + bearer);
    }
    return headers;
  }

  private static boolean isSecret(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return SECRET_HEADER_WORDS.stream().anyMatch(name::contains);
  }

  private static Optional<URI> redirect(
      ProbeCheck.HttpCheck check, URI url, HttpWire.Response response) throws ProbeException {
    if (!check.followRedirects()) {
      return Optional.empty();
    }
    try {
      Optional<String> location = Optional.ofNullable(response.headers().get("location"));
      return Redirect.next(url, response.status(), location);
    } catch (IllegalArgumentException e) {
      throw ProbeException.failure(String.valueOf(e.getMessage()));
    }
  }

  private static void verify(
      ProbeCheck.HttpCheck check, Set<String> usedVariables, HttpWire.Response response)
      throws ProbeException {
    boolean anySuccess = check.expected().isEmpty();
    List<ProbeCheck.StatusRange> expected = anySuccess ? SUCCESS : check.expected();
    boolean expressionDecides = anySuccess && usedVariables.contains("status");
    if (!expressionDecides
        && expected.stream().noneMatch(range -> range.contains(response.status()))) {
      throw ProbeException.assertion(
          "found status %d, expected %s"
              .formatted(
                  response.status(),
                  expected.stream()
                      .map(ProbeCheck.StatusRange::toString)
                      .collect(Collectors.joining(", "))));
    }
    String body = new String(response.body(), StandardCharsets.UTF_8);
    var pattern = check.bodyMatches();
    if (pattern != null && !pattern.matcher(body).find()) {
      throw ProbeException.assertion(
          "found body " + ProbeFacts.shown(body) + ", expected one that matches " + pattern);
    }
    if (!check.json().isEmpty()) {
      JsonNode document =
          ProbeFacts.document(body)
              .orElseThrow(
                  () ->
                      ProbeException.assertion(
                          "found body " + ProbeFacts.shown(body) + ", expected JSON"));
      for (JsonAssertion assertion : check.json()) {
        Optional<String> problem = assertion.check(document);
        if (problem.isPresent()) {
          throw ProbeException.assertion(problem.get());
        }
      }
    }
    Integer envelope = check.envelope();
    if (envelope != null) {
      checkEnvelope(body, envelope);
    }
  }

  private static ProbeFacts facts(HttpWire.Response response) {
    return response.facts().body(new String(response.body(), StandardCharsets.UTF_8));
  }

  /* Checks the `code` in the body, because the backend reports errors with the status 200. */
  private static void checkEnvelope(String body, int expected) throws ProbeException {
    Optional<JsonNode> document = ProbeFacts.document(body);
    JsonNode code = document.map(found -> found.get("code")).orElse(null);
    if (document.isEmpty() || code == null) {
      throw ProbeException.assertion(
          "found body " + ProbeFacts.shown(body) + ", expected JSON with a code");
    }
    if (!code.isIntegralNumber()
        || code.bigIntegerValue().compareTo(BigInteger.valueOf(expected)) != 0) {
      JsonNode message =
          document.get().path("msg").isMissingNode()
              ? document.get().path("message")
              : document.get().path("msg");
      String messageText =
          message.isTextual() ? " with " + ProbeFacts.shown(message.textValue()) : "";
      throw ProbeException.assertion(
          "found code " + ProbeFacts.cut(code.toString()) + messageText + ", expected " + expected);
    }
  }
}
