package io.pharos.rollout.agent;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs commands with a timeout. A command's background processes are in their own session and so
/// outlive the agent. All output is written to a log.
///
/// @param folder working directory
/// @param settings environment variables in addition to the agent's own
/// @param limit timeout of one command
record BoundedCommand(Path folder, Map<String, String> settings, Duration limit) {
  /// Size in bytes above which a log is rotated; one old log is kept.
  private static final long MAX_LOG = 10 << 20;

  /// Maximum length in bytes of the output in an error message.
  private static final int MAX_OUTPUT = 300;

  /// Maximum time for killed processes to end. Only one in a system call of a broken disk takes
  /// longer.
  private static final int MAX_SECONDS_TO_END = 5;

  BoundedCommand {
    settings = Map.copyOf(settings);
  }

  /// Runs a command.
  ///
  /// @param extraVariables further environment variables
  /// @throws IOException when the command cannot be run, exits with another code than 0 or times
  ///   out; the message ends with the command's last output
  void run(List<String> command, Map<String, String> extraVariables, Path log)
      throws IOException, InterruptedException {
    long before = rotate(log);
    var builder =
        new ProcessBuilder(Stream.concat(Stream.of("setsid"), command.stream()).toList())
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(settings);
    builder.environment().putAll(extraVariables);
    Process process = builder.start();
    boolean ended = false;
    try {
      ended = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      if (!ended) {
        end(process);
      }
    }
    if (!ended) {
      throw new IOException(
          "the command did not end within " + limit.toSeconds() + " s" + last(log, before));
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          "the command ended with code " + process.exitValue() + last(log, before));
    }
  }

  /* Waits until all processes of the command have ended, so that the next one does not overlap. */
  private static void end(Process process) {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    var _ =
        CompletableFuture.allOf(
                all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
            .completeOnTimeout(null, MAX_SECONDS_TO_END, TimeUnit.SECONDS)
            .join();
  }

  /// Rotates a log that is too large. Returns the size of the log in bytes.
  private static long rotate(Path log) throws IOException {
    if (!Files.exists(log)) {
      return 0;
    }
    if (Files.size(log) > MAX_LOG) {
      Files.move(
          log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
      return 0;
    }
    return Files.size(log);
  }

  /// Returns the end of the output that was appended to the log after a position.
  private static String last(Path log, long before) throws IOException {
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      long length = file.length();
      var bytes = new byte[(int) Math.max(0, Math.min(MAX_OUTPUT, length - before))];
      file.seek(length - bytes.length);
      file.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}+", " ");
      return text.isBlank() ? "" : ": " + text.strip();
    }
  }
}
