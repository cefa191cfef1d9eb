package io.pharos.ingest.login;

import java.util.List;

/// What a `logins.yml` says.
public final class LoginSet {
  /// Without a file.
  public static final LoginSet NONE = new LoginSet(List.of());

  private final List<LoginConfig> logins;

  LoginSet(List<LoginConfig> logins) {
    this.logins = List.copyOf(logins);
  }

  List<LoginConfig> all() {
    return logins;
  }

  /// How many there are.
  public int size() {
    return logins.size();
  }
}
