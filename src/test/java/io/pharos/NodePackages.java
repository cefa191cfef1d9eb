package io.pharos;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Packages of npm that tests ask, each set of them in a folder of its own below `target`.
public final class NodePackages {
  private NodePackages() {}

  /// The folder that has these packages, each with its version. Skips the test where they can't be
  /// had. Test processes that want the same at once wait for each other.
  public static synchronized Path in(String folder, String... packages) throws Exception {
    Path tools = Path.of("target", folder).toAbsolutePath();
    Files.createDirectories(tools);
    Path installed = tools.resolve("installed.txt");
    String wanted = String.join("\n", packages);
    try (var channel =
            FileChannel.open(
                tools.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      if (!Files.exists(installed) || !Files.readString(installed).equals(wanted)) {
        Files.writeString(tools.resolve("package.json"), "{\"private\":true}");
        assumeTrue(
            install(tools, packages), "skipped: npm is not installed, or can't reach its packages");
        Files.writeString(installed, wanted);
      }
    }
    return tools;
  }

  private static boolean install(Path tools, String... packages) throws InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                "npm",
                "install",
                "--prefix=" + tools,
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--legacy-peer-deps"));
    command.addAll(List.of(packages));
    return run(command.toArray(String[]::new));
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(120, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) { // it is not installed
      return false;
    }
  }
}
