package io.pharos.access;

/// How people log in: `--web.auth`.
public enum AccountMode {
  /// Nobody has an account; tokens grant permissions.
  NONE,
  /// By a name and a password of the people file.
  LOCAL,
  /// At an identity provider (OpenID Connect).
  OIDC
}
