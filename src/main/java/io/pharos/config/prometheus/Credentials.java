package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

/// How a request authenticates itself.
public sealed interface Credentials {
  /// Not at all.
  record None() implements Credentials {}

  /// `basic_auth`
  record Basic(SecretSource username, SecretSource password) implements Credentials {
    public Basic {
      requireNonNull(username, "username is null");
      requireNonNull(password, "password is null");
    }
  }

  /// `authorization`, `bearer_token` and `bearer_token_file`: the header is the type, a space, and
  /// the credentials.
  record Header(String type, SecretSource credentials) implements Credentials {
    public Header {
      requireNonNull(type, "type is null");
      requireNonNull(credentials, "credentials is null");
    }
  }
}
