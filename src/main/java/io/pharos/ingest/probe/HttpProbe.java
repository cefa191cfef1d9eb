package io.pharos.ingest.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Redirect;
import io.pharos.model.Quoted;
import io.pharos.trouble.Fault;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Runs an [Check.HttpCheck].
final class HttpProbe {
  private static final int LONGEST_SHOWN = 80;
  private static final List<String> SECRET_HEADER_WORDS =
      List.of("auth", "cookie", "token", "secret", "key");
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Connector connector;
  private final String userAgent;

  HttpProbe(Connector connector, String userAgent) {
    this.connector = connector;
    this.userAgent = userAgent;
  }

  /// Returns when all is as expected.
  void run(ProbeCheck.HttpCheck check, Attempt attempt)
      throws ProbeException, IOException, InterruptedException {
    URI url = check.url();
    String method = check.method();
    for (int hop = 0; ; hop++) {
      HttpWire.Response response = exchange(check, method, url, attempt);
      Optional<URI> next = redirect(check, url, response);
      if (next.isEmpty()) {
        judge(check, response);
        return;
      }
      if (hop == Redirect.MOST) {
        throw ProbeException.failure("stopped after " + Redirect.MOST + " redirects");
      }
      url = next.get();
      if (!Redirect.keepsMethod(response.status()) && !method.equals("HEAD")) {
        method = "GET";
      }
    }
  }

  private HttpWire.Response exchange(
      ProbeCheck.HttpCheck check, String method, URI url, Attempt attempt)
      throws ProbeException, IOException, InterruptedException {
    boolean secure = String.valueOf(url.getScheme()).equals("https");
    int port = url.getPort() > 0 ? url.getPort() : secure ? 443 : 80;
    Map<String, String> headers = headers(check, url);
    Socket socket =
        connector.connect(attempt, url.getHost(), port, check.ip(), secure ? check.tls() : null);
    var wire =
        new HttpWire(socket.getInputStream(), socket.getOutputStream(), attempt, check.maxBody());
    String body = method.equals(check.method()) ? check.body() : "";
    return wire.exchange(method, url, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  private Map<String, String> headers(ProbeCheck.HttpCheck check, URI url) throws ProbeException {
    var headers = new LinkedHashMap<String, String>();
    headers.put("User-Agent", userAgent);
    headers.put("Accept", "*/*");
    boolean sameHost = Redirect.isHome(check.url(), url);
    check
        .headers()
        .forEach(
            (name, value) -> {
              if (!sameHost && isSecret(name)) {
                return; // another host, where a redirect led, does not learn it
              }
              headers.keySet().removeIf(known -> known.equalsIgnoreCase(name));
              headers.put(name, value);
            });
    Path file = check.bearerTokenFile();
    if (file != null && sameHost) {
      headers.put("Authorization", "Bearer " + token(file));
    }
    return headers;
  }

  private static boolean isSecret(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return SECRET_HEADER_WORDS.stream().anyMatch(name::contains);
  }

  private static String token(Path file) throws ProbeException {
    try {
      return new SecretSource.FromFile(file).token();
    } catch (IOException e) {
      throw ProbeException.unknown(Fault.Kind.CREDENTIALS, "bearer_token_file " + e.getMessage());
    }
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

  private static void judge(ProbeCheck.HttpCheck check, HttpWire.Response response)
      throws ProbeException {
    List<ProbeCheck.StatusRange> expected = check.expected();
    if (expected.stream().noneMatch(range -> range.contains(response.status()))) {
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
          "found body " + shown(body) + ", expected one that matches " + pattern);
    }
    if (!check.json().isEmpty()) {
      JsonNode document = document(body);
      for (JsonAssertion assertion : check.json()) {
        Optional<String> problem = assertion.check(document);
        if (problem.isPresent()) {
          throw ProbeException.assertion(problem.get());
        }
      }
    }
  }

  private static JsonNode document(String body) throws ProbeException {
    try {
      JsonNode document = JSON.readTree(body);
      if (!document.isMissingNode()) {
        return document;
      }
    } catch (JsonProcessingException _) {
      // Reported below with what was found.
    }
    throw ProbeException.assertion("found body " + shown(body) + ", expected JSON");
  }

  private static String shown(String body) {
    return Quoted.of(body.length() > LONGEST_SHOWN ? body.substring(0, LONGEST_SHOWN) + "…" : body);
  }
}
