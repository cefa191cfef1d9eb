package io.pharos.server.api;

/// What people see where there is no page.
public interface MissingPage {
  /// A whole HTML page.
  ///
  /// @param path where there is none
  String html(String path);
}
