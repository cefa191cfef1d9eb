package io.pharos.server.api;

/// Renders the HTML error pages for browsers.
public interface MissingPage {
  /// Renders the page for status 404.
  ///
  /// @param path the path that was not found
  /// @param reason which thing of this path does not exist, as a sentence without its full stop;
  ///   empty if there is no page at the path
  String html(String path, String reason);

  /// Renders the page for status 400.
  ///
  /// @param reason why the request is malformed, without a full stop
  String unreadable(String reason);
}
