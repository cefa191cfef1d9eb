package io.pharos.ingest.login;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// The result of a request for a token.
sealed interface LoginResult {
  /// The server issued a token.
  ///
  /// @param refreshToken empty for none
  /// @param life lifetime according to the server, from the answer on
  record Granted(String accessToken, String refreshToken, Duration life) implements LoginResult {
    public Granted {
      requireNonNull(accessToken, "accessToken is null");
      requireNonNull(refreshToken, "refreshToken is null");
      requireNonNull(life, "life is null");
    }

    /// Omits the tokens.
    @Override
    public String toString() {
      return "Granted[" + life + "]";
    }
  }

  /// The server rejected the user, password or refresh token. Repeating the request may lock the
  /// account.
  record Rejected(String reason) implements LoginResult {
    public Rejected {
      requireNonNull(reason, "reason is null");
    }
  }

  /// No answer, or one that says nothing about the credentials.
  record Failed(String reason) implements LoginResult {
    public Failed {
      requireNonNull(reason, "reason is null");
    }
  }
}
