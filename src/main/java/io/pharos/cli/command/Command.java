package io.pharos.cli.command;

import java.util.List;

/// A command that runs without the server.
@FunctionalInterface
public interface Command {
  /// Runs the command and returns when it has ended.
  ///
  /// @param words the words of the command line after the command's name
  /// @return the exit code, 0 for success
  /// @throws UsageException when the command line is invalid
  int run(List<String> words);
}
