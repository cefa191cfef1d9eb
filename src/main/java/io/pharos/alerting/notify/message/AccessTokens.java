package io.pharos.alerting.notify.message;

import io.pharos.alerting.notify.NotifyResult;
import io.pharos.config.alertmanager.OAuth2Config;
import io.pharos.http.RenewedClient;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The access token of one receiver by OAuth 2.0's client credentials, kept until shortly before it
/// expires. Thread-safe: while one caller fetches, others wait for the same token.
final class AccessTokens {
  /* A token that expires while the request is under way is of no use. */
  private static final Duration MARGIN = Duration.ofSeconds(10);
  private static final int MAX_ANSWER = 64 * 1024;

  private final RenewedClient client;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Token token;

  AccessTokens(RenewedClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /// @param authorization the header's whole value
  private record Token(String authorization, Instant until) {}

  /// No token is to be had.
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient NotifyResult result;

    RefusedException(NotifyResult result) {
      super("no access token");
      this.result = result;
    }

    NotifyResult result() {
      return result;
    }
  }

  /// The value of the header `Authorization`.
  ///
  /// @throws IOException when the client's secret can't be read or the server can't be reached
  /// @throws RefusedException when the server gives no token
  String authorization(OAuth2Config config, Duration limit) throws IOException, RefusedException {
    Token kept = token;
    if (kept != null && clock.instant().isBefore(kept.until())) {
      return kept.authorization();
    }
    fetching.lock();
    try {
      kept = token;
      if (kept == null || !clock.instant().isBefore(kept.until())) {
        kept = fetch(config, limit);
        token = kept;
      }
      return kept.authorization();
    } finally {
      fetching.unlock();
    }
  }

  /// The token is no good any more.
  void forget() {
    token = null;
  }

  /// First with the client's name and secret in the header, as the RFC prefers; servers that do not
  /// know that get both in the body.
  private Token fetch(OAuth2Config config, Duration limit) throws IOException, RefusedException {
    String secret = config.clientSecret().read().orElse("");
    var form = new HashMap<String, String>(config.endpointParams());
    form.put("grant_type", "client_credentials");
    if (!config.scopes().isEmpty()) {
      form.put("scope", String.join(" ", config.scopes()));
    }
    String header = HttpPoster.basic(encode(config.clientId()), encode(secret));
    HttpResponse<byte[]> response = send(config, form, header, limit);
    if (response.statusCode() / 100 == 4 && response.statusCode() != 429) {
      form.put("client_id", config.clientId());
      form.put("client_secret", secret);
      response = send(config, form, "", limit);
    }
    return read(response, HttpPoster.place(URI.create(config.tokenUrl())));
  }

  private HttpResponse<byte[]> send(
      OAuth2Config config, Map<String, String> form, String authorization, Duration limit)
      throws IOException {
    URI uri = URI.create(config.tokenUrl());
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(limit)
            .header("User-Agent", "Pharos")
            .header("Content-Type", FormBody.TYPE)
            .POST(HttpRequest.BodyPublishers.ofString(FormBody.of(form)));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    try {
      return client.send(request.build(), _ -> new BoundedBody(MAX_ANSWER));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException(HttpPoster.place(uri) + ": interrupted while asking for a token");
    } catch (IOException e) {
      throw new IOException(
          HttpPoster.place(uri) + " gave no access token: " + e.getClass().getSimpleName(), e);
    }
  }

  private Token read(HttpResponse<byte[]> response, String place) throws RefusedException {
    int status = response.statusCode();
    JsonAnswer answer = JsonAnswer.of(new String(response.body(), StandardCharsets.UTF_8));
    Optional<String> text = answer.text("access_token");
    if (status / 100 != 2 || text.isEmpty()) {
      // The body may repeat the secret; only OAuth's own error code is shown.
      String reason =
          place
              + " gave no access token: status "
              + status
              + answer.text("error").map(code -> ", " + Clip.line(100, code)).orElse("");
      throw new RefusedException(
          status == 429 || status / 100 == 5
              ? new NotifyResult.Retryable(reason, Optional.empty())
              : new NotifyResult.Rejected(reason));
    }
    OptionalLong seconds = answer.number("expires_in");
    Instant until =
        seconds.isPresent()
            ? clock.instant().plusSeconds(seconds.getAsLong()).minus(MARGIN)
            : Instant.MAX;
    String type = answer.text("token_type").orElse("Bearer");
    String shown = type.equalsIgnoreCase("bearer") ? "Bearer" : type;
    return new Token(shown + " " + text.get(), until);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
