package io.pharos.ingest.login;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A login as `logins.yml` has it.
///
/// @param name what it is called in metrics and logs
/// @param tokenFile absolute; where the access token is kept
/// @param username as it is sent
/// @param password a file
/// @param refresh how a new token is had for the refresh token; empty: by another login
/// @param renewBefore how long before its end a token is renewed; empty: a fifth of its life, at
///   most an hour
/// @param timeout how long one request may take
/// @param http how the server is called; redirects are not followed
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

  private static final Duration LONGEST_MARGIN = Duration.ofHours(1);

  LoginConfig {
    requireNonNull(name, "name is null");
    requireNonNull(username, "username is null");
    requireNonNull(password, "password is null");
    requireNonNull(login, "login is null");
    requireNonNull(refresh, "refresh is null");
    requireNonNull(answer, "answer is null");
    requireNonNull(renewBefore, "renewBefore is null");
    requireNonNull(timeout, "timeout is null");
    requireNonNull(http, "http is null");
    if (!tokenFile.isAbsolute()) {
      throw new IllegalArgumentException(tokenFile + ": expected an absolute path");
    }
  }

  /// What is posted.
  ///
  /// @param form whether the body is a form; else it is JSON
  /// @param body by field; `$username`, `$password` and `$refresh_token` stand for those
  record Request(URI url, boolean form, Map<String, String> body) {
    Request {
      requireNonNull(url, "url is null");
      body = Collections.unmodifiableMap(new LinkedHashMap<>(body));
    }
  }

  /// Where in an answer what stands.
  ///
  /// @param code where the code of the envelope stands; empty: the status says it all
  /// @param codeOk the code of what went well
  /// @param codeUnauthorized the code that refuses a token
  /// @param lifetime of a token whose answer does not say it
  record AnswerFormat(
      AnswerPath accessToken,
      AnswerPath refreshToken,
      AnswerPath expiresIn,
      Optional<AnswerPath> code,
      String codeOk,
      String codeUnauthorized,
      Duration lifetime) {
    AnswerFormat {
      requireNonNull(accessToken, "accessToken is null");
      requireNonNull(refreshToken, "refreshToken is null");
      requireNonNull(expiresIn, "expiresIn is null");
      requireNonNull(code, "code is null");
      requireNonNull(codeOk, "codeOk is null");
      requireNonNull(codeUnauthorized, "codeUnauthorized is null");
      requireNonNull(lifetime, "lifetime is null");
    }
  }

  /// How long before its end a token of this life is renewed: never more than half of the life.
  Duration margin(Duration life) {
    Duration usual = life.dividedBy(5);
    Duration wanted =
        renewBefore.orElse(usual.compareTo(LONGEST_MARGIN) < 0 ? usual : LONGEST_MARGIN);
    Duration half = life.dividedBy(2);
    return wanted.compareTo(half) < 0 ? wanted : half;
  }

  /// Who logs in where, as a digest without secrets: what is remembered of another login is not of
  /// this one.
  String identity() {
    try {
      // A secret that stands in the file prints as a mask, and names of users may stand there.
      String user =
          switch (username) {
            case SecretSource.Inline(var text) -> text.reveal();
            case SecretSource.FromFile(Path file) -> file.toString();
            case SecretSource.Unset _ -> "";
          };
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (user + "\n" + password.file() + "\n" + login + "\n" + refresh + "\n" + tokenFile)
                      .getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
