package io.pharos.server.api;

/// The error pages for people, as HTML.
public interface MissingPage {
  /// Renders the page of status 404 for a path.
  String html(String path);

  /// Renders the page of status 400.
  ///
  /// @param reason why the request is malformed, without a full stop
  String unreadable(String reason);
}
