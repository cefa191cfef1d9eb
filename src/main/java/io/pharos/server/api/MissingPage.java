package io.pharos.server.api;

/// Renders the HTML error pages for browsers.
public interface MissingPage {
  /// Renders the page for status 404.
  ///
  /// @param path the path that was not found
  String html(String path);

  /// Renders the page for status 400.
  ///
  /// @param reason why the request is malformed, without a full stop
  String unreadable(String reason);
}
