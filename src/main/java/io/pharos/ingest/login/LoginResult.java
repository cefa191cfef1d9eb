package io.pharos.ingest.login;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// What came of asking for a token.
sealed interface LoginResult {
  /// A token.
  ///
  /// @param refreshToken empty for none
  /// @param life how long the server says that it lives, from the answer on
  record Granted(String accessToken, String refreshToken, Duration life) implements LoginResult {
    public Granted {
      requireNonNull(accessToken, "accessToken is null");
      requireNonNull(refreshToken, "refreshToken is null");
      requireNonNull(life, "life is null");
    }

    /// Not the tokens.
    @Override
    public String toString() {
      return "Granted[" + life + "]";
    }
  }

  /// The server does not want this user, password or refresh token: to ask again with the same may
  /// lock the account.
  record Rejected(String reason) implements LoginResult {
    public Rejected {
      requireNonNull(reason, "reason is null");
    }
  }

  /// No answer, or none that says anything about who asked.
  record Failed(String reason) implements LoginResult {
    public Failed {
      requireNonNull(reason, "reason is null");
    }
  }
}
