package io.pharos.server.api;

/// The 400 page for people.
public interface UnreadablePage {
  /// Renders the page as HTML.
  ///
  /// @param reason why the request is malformed, without a full stop
  String unreadable(String reason);
}
