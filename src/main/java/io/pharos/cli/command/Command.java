package io.pharos.cli.command;

import java.util.List;

/// A command that runs without the server.
@FunctionalInterface
public interface Command {
  /// Runs to the end.
  ///
  /// @param words the command line behind the command's name
  /// @return the exit code, 0 for success
  /// @throws UsageException when the command line is invalid
  int run(List<String> words);
}
