package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.http.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// Fetches the tokens with which a GitHub App acts for a repository, and caches them until shortly
/// before they expire. The requests are authenticated by a JWT signed with the app's key.
/// Thread-safe.
final class GithubTokens {
  /// The issue time of a JWT is this long before now, because GitHub refuses a JWT from the future
  /// and GitHub's clock may be behind.
  private static final Duration BACKDATED = Duration.ofSeconds(60);

  /// Validity of a JWT. GitHub accepts at most ten minutes.
  private static final Duration LIFE = Duration.ofMinutes(9);

  /// A token is replaced this long before it expires.
  private static final Duration RENEWED_BEFORE = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final Map<CallbackTarget.App, Token> tokens = new ConcurrentHashMap<>();

  GithubTokens(InstantSource clock) {
    this.clock = clock;
  }

  private record Token(String text, Instant expiresAt) {
    @Override
    public String toString() {
      return "a token until " + expiresAt;
    }
  }

  /// Thrown if GitHub issues no token; the message is the reason, without secrets.
  static final class Refused extends IOException {
    Refused(String reason) {
      super(reason);
    }
  }

  /// Returns a valid token.
  ///
  /// @throws IOException if no token can be fetched; the message is the reason, without secrets
  String token(
      CallbackTarget.Github target, CallbackTarget.App app, Function<HttpCall, Outcome> poster)
      throws IOException {
    Instant now = clock.instant();
    Token cached = tokens.get(app);
    if (cached != null && now.isBefore(cached.expiresAt().minus(RENEWED_BEFORE))) {
      return cached.text();
    }
    HttpCall call =
        HttpCall.post(
                target.url() + "/app/installations/" + app.installation() + "/access_tokens", "{}")
            .withHeader("Authorization", "Bearer " + jwt(app, now))
            .withHeader("Accept", CallbackSender.GITHUB_JSON);
    return switch (poster.apply(call)) {
      case Outcome.Answered(_, String body) -> {
        Token issued = read(body);
        tokens.put(app, issued);
        yield issued.text();
      }
      case Outcome.Failed failed ->
          throw new Refused("GitHub issued no token for the app: " + failed.result().text());
    };
  }

  /// Removes a refused token from the cache.
  void forget(CallbackTarget.App app) {
    tokens.remove(app);
  }

  private static Token read(String body) throws Refused {
    try {
      JsonNode json = JSON.readTree(body);
      String token = json.path("token").asText("");
      if (!token.isEmpty()) {
        return new Token(token, Instant.parse(json.path("expires_at").asText()));
      }
    } catch (JsonProcessingException | DateTimeException _) {
      // The answer is not shown, because it may contain a token.
    }
    throw new Refused(
        "GitHub issued no token for the app: GitHub's answer contains no readable token");
  }

  private static String jwt(CallbackTarget.App app, Instant now) throws IOException {
    String head = encoded("{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
    String claims =
        JSON.createObjectNode()
            .put("iat", now.minus(BACKDATED).getEpochSecond())
            .put("exp", now.plus(LIFE).getEpochSecond())
            .put("iss", app.id())
            .toString();
    String text = head + "." + encoded(claims);
    try {
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(Pem.privateKey("private_key_file", app.privateKey()));
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return text + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot sign with the key of the GitHub App: " + e.getMessage(), e);
    }
  }

  private static String encoded(String text) {
    return encoded(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
