package io.pharos.server.api;

/// The 404 page for people.
public interface MissingPage {
  /// Renders the page as HTML.
  ///
  /// @param path the path that does not exist
  String html(String path);
}
