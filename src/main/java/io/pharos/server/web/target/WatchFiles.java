package io.pharos.server.web.target;

import java.nio.file.Path;
import java.util.List;

/// The versioned files of probes and targets that the pages may change.
public interface WatchFiles {
  /// A file, with the texts by which readers find it.
  ///
  /// @param name the path as the configuration names it
  record Choice(String name, Path file) {}

  /// Returns the files of probes; if there are none, one that would be created.
  List<Choice> probeFiles();

  /// Returns the JSON files from which scrape jobs read targets.
  List<Choice> targetFiles();

  /// Returns the problems that `pharos check` would find if a file had this text, and does not find
  /// now.
  List<String> problems(Path file, String text);
}
