package io.pharos.state.jdbc;

import static java.util.Objects.requireNonNull;

/// This process among others on the same database.
///
/// @param name the same after a restart, and of no other that runs
/// @param incarnation unique for ever
public record Replica(String name, String incarnation) {
  public Replica {
    requireNonNull(name, "name is null");
    requireNonNull(incarnation, "incarnation is null");
    if (name.isEmpty() || name.length() > 200) {
      throw new IllegalArgumentException(
          "the replica's name \"" + name + "\" has not between 1 and 200 characters");
    }
  }
}
