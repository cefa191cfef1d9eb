package io.pharos.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pharos.lint.rule.ParsedFileCache;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A folder of versioned files that `pharos check` reads in this process.
///
/// @param readings files that an edit leaves as they were are parsed once for all edits
record CheckedTree(Path folder, ParsedFileCache readings) {
  private static final List<String> SHIPPED =
      List.of(
          "prometheus",
          "alert-rules",
          "notifications",
          "probes",
          "gates",
          "slos",
          "deploy/rollouts",
          "tap",
          "dashboards",
          "docs/runbooks",
          "docker-compose.yml");

  /// Copies the shipped files to a folder.
  static CheckedTree copyOfShipped(Path folder) throws IOException {
    for (String name : SHIPPED) {
      try (Stream<Path> files = Files.walk(Path.of(name))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Path target = folder.resolve(file.toString());
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    }
    return new CheckedTree(folder, new ParsedFileCache());
  }

  /// Returns the lines that `check` prints, without its count and the missing webhook of Slack.
  List<String> check(String... flags) {
    var bytes = new ByteArrayOutputStream();
    var stream = new PrintStream(bytes, true, UTF_8);
    new CheckCommand(Map.of(), stream, stream, readings)
        .run(Stream.concat(Stream.of(flags), Stream.of(folder.toString())).toList());
    List<String> lines = bytes.toString(UTF_8).lines().toList();
    return lines.subList(0, lines.size() - 1).stream()
        .filter(line -> !line.contains("data/secrets/slack_webhook_url"))
        .toList();
  }
}
