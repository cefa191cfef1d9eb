package io.pharos.server.web.design;

/// Something that open pages show and that changes.
public interface LiveSource {
  /// Returns the name by which pages ask for its changes.
  String topic();

  /// Returns a number that differs after a change. It is called several times a second while such a
  /// page is open, and never throws because of an unavailable store.
  int revision();
}
