package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs commands to their end, within a time. What they start in the background has a session of
/// its own and goes on, also when the agent ends; all that they print goes to a log.
///
/// @param folder where they run
/// @param settings what they find in their environment, beside the agent's own
/// @param limit for one command
record BoundedCommand(Path folder, Map<String, String> settings, Duration limit) {
  /// A log that has become larger begins anew, and one before it is kept.
  private static final long MOST_LOG = 10 << 20;

  private static final int MOST_WORDS = 300;

  BoundedCommand {
    requireNonNull(folder, "folder is null");
    settings = Map.copyOf(settings);
    requireNonNull(limit, "limit is null");
  }

  /// @param more further variables
  /// @throws IOException when it can't be run, ends with another code than 0 or not in time; the
  ///   message ends with what it printed last
  void run(List<String> words, Map<String, String> more, Path log)
      throws IOException, InterruptedException {
    long before = roomIn(log);
    var builder =
        new ProcessBuilder(Stream.concat(Stream.of("setsid"), words.stream()).toList())
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(settings);
    builder.environment().putAll(more);
    Process process = builder.start();
    boolean ended = false;
    try {
      ended = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
    if (!ended) {
      throw new IOException("did not end within " + limit.toSeconds() + " s" + last(log, before));
    }
    if (process.exitValue() != 0) {
      throw new IOException("ended with code " + process.exitValue() + last(log, before));
    }
  }

  private static long roomIn(Path log) throws IOException {
    if (!Files.exists(log)) {
      return 0;
    }
    if (Files.size(log) > MOST_LOG) {
      Files.move(
          log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
      return 0;
    }
    return Files.size(log);
  }

  /// The end of what was printed since.
  private static String last(Path log, long before) throws IOException {
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      long length = file.length();
      var bytes = new byte[(int) Math.max(0, Math.min(MOST_WORDS, length - before))];
      file.seek(length - bytes.length);
      file.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}+", " ");
      return text.isBlank() ? "" : ": " + text.strip();
    }
  }
}
