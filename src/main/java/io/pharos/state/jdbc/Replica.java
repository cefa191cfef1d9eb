package io.pharos.state.jdbc;

/// This process, as one of several on the same database.
///
/// @param name the same after a restart; unique among running processes
/// @param incarnation unique for each start
public record Replica(String name, String incarnation) {
  /// Checks the length of the name.
  public Replica {
    if (name.isEmpty() || name.length() > 200) {
      throw new IllegalArgumentException(
          "the replica's name \"%s\" has %s characters, expected 1 to 200"
              .formatted(name, name.length()));
    }
  }
}
