package io.pharos.access;

/// Who may read what no token's services restrict: `--web.read`.
public enum ReadAccess {
  /// Everybody who reaches Pharos.
  OPEN,
  /// Who has a token with the scope `read`.
  TOKEN
}
