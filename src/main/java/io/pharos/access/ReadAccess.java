package io.pharos.access;

/// Who may read data that is not restricted to services: `--web.read`.
public enum ReadAccess {
  /// Everybody who can reach Pharos.
  OPEN,
  /// Clients with a token that has the scope `read`.
  TOKEN
}
