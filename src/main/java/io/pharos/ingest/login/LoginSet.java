package io.pharos.ingest.login;

import java.util.List;

/// The logins of a `logins.yml`.
public final class LoginSet {
  /// The set without a file.
  public static final LoginSet NONE = new LoginSet(List.of());

  private final List<LoginConfig> logins;

  LoginSet(List<LoginConfig> logins) {
    this.logins = List.copyOf(logins);
  }

  List<LoginConfig> all() {
    return logins;
  }

  /// Number of logins.
  public int size() {
    return logins.size();
  }
}
