package io.pharos.ingest.login;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.model.Sha256;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A login of `logins.yml`.
///
/// @param name name in metrics and logs
/// @param tokenFile absolute path of the file to which the access token is written
/// @param username the user name to send
/// @param password the password file
/// @param refresh request that exchanges the refresh token for a new token; if empty, a new token
///   is obtained by logging in again
/// @param renewBefore how long before its expiry a token is renewed; if empty, a fifth of its
///   lifetime, at most an hour
/// @param timeout maximum time of one request
/// @param http options of the connection; redirects are not followed
record LoginConfig(
    String name,
    Path tokenFile,
    SecretSource username,
    SecretSource.FromFile password,
    Request login,
    Optional<Request> refresh,
    AnswerFormat answer,
    Optional<Duration> renewBefore,
    Duration timeout,
    HttpOptions http) {

  private static final Duration MAX_DEFAULT_MARGIN = Duration.ofHours(1);

  LoginConfig {
    if (!tokenFile.isAbsolute()) {
      throw new IllegalArgumentException(tokenFile + ": expected an absolute path");
    }
  }

  /// A POST request.
  ///
  /// @param form whether the body is a form instead of JSON
  /// @param body fields; `$username`, `$password` and `$refresh_token` are replaced by their values
  record Request(URI url, boolean form, Map<String, String> body) {
    Request {
      body = Collections.unmodifiableMap(new LinkedHashMap<>(body));
    }
  }

  /// The paths at which an answer contains its values.
  ///
  /// @param code path of the envelope code; if empty, only the HTTP status is checked
  /// @param codeOk code of success
  /// @param codeUnauthorized code of a rejected token
  /// @param lifetime lifetime of a token if the answer contains none
  record AnswerFormat(
      AnswerPath accessToken,
      AnswerPath refreshToken,
      AnswerPath expiresIn,
      Optional<AnswerPath> code,
      String codeOk,
      String codeUnauthorized,
      Duration lifetime) {}

  /// Returns how long before its expiry a token is renewed; at most half of its lifetime.
  Duration margin(Duration life) {
    Duration defaultMargin = life.dividedBy(5);
    Duration configured =
        renewBefore.orElse(
            defaultMargin.compareTo(MAX_DEFAULT_MARGIN) < 0 ? defaultMargin : MAX_DEFAULT_MARGIN);
    Duration half = life.dividedBy(2);
    return configured.compareTo(half) < 0 ? configured : half;
  }

  /// Returns a digest that identifies the user and the server without secrets. Stored state with
  /// another identity is ignored.
  String identity() {
    // An inline user name is a secret, which would be printed as a mask, so it is revealed here.
    String user =
        switch (username) {
          case SecretSource.Inline(var text) -> text.reveal();
          case SecretSource.FromFile(Path file) -> file.toString();
          case SecretSource.Unset _ -> "";
        };
    return Sha256.hex(
        user + "\n" + password.file() + "\n" + login + "\n" + refresh + "\n" + tokenFile);
  }

  /// A path into a JSON answer: keys joined by dots, as in `data.access_token`.
  record AnswerPath(List<String> keys) {
    private static final int MAX_KEYS = 10;

    AnswerPath {
      keys = List.copyOf(keys);
    }

    /// @throws IllegalArgumentException if the text is not a path
    static AnswerPath parse(String text) {
      List<String> keys = List.of(text.split("\\.", -1));
      if (keys.size() > MAX_KEYS || keys.stream().anyMatch(String::isBlank)) {
        throw new IllegalArgumentException(
            "expected 1 to " + MAX_KEYS + " non-empty keys joined by dots");
      }
      return new AnswerPath(keys);
    }

    /// Returns the text, number or boolean at the path as text; an empty text for everything else.
    String text(JsonNode root) {
      JsonNode node = root;
      for (String key : keys) {
        node = node.path(key);
      }
      return node.isValueNode() && !node.isNull() ? node.asText() : "";
    }

    @Override
    public String toString() {
      return String.join(".", keys);
    }
  }
}
