package io.pharos.server.api;

/// What people see whose request can't be read.
public interface UnreadablePage {
  /// A whole HTML page.
  ///
  /// @param reason why, without a full stop
  String unreadable(String reason);
}
