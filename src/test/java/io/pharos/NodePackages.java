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
import java.util.stream.Stream;

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
        Files.deleteIfExists(tools.resolve("unpacked.txt")); // npm takes away what it did not bring
        assumeTrue(
            install(tools, packages), "skipped: npm is not installed, or can't reach its packages");
        Files.writeString(installed, wanted);
      }
    }
    return tools;
  }

  /// The folder of [#in], into whose `node_modules` the types of packages were unpacked too,
  /// without what they depend on, which would be a whole user interface. Skips the test where they
  /// can't be had.
  ///
  /// @param tools a folder that [#in] gave
  /// @param packages each with its scope and version
  public static synchronized void unpack(Path tools, String... packages) throws Exception {
    Path unpacked = tools.resolve("unpacked.txt");
    String wanted = String.join("\n", packages);
    try (var channel =
            FileChannel.open(
                tools.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      if (Files.exists(unpacked) && Files.readString(unpacked).equals(wanted)) {
        return;
      }
      for (String one : packages) {
        Path into = tools.resolve("node_modules").resolve(one.substring(0, one.lastIndexOf('@')));
        Path archive = Files.createTempDirectory(tools, "pack");
        assumeTrue(
            run("npm", "pack", "--silent", "--pack-destination=" + archive, one),
            "skipped: npm can't reach the package " + one);
        Files.createDirectories(into);
        try (Stream<Path> files = Files.list(archive)) {
          Path file = files.findFirst().orElseThrow();
          assumeTrue(
              run(
                  "tar",
                  "-xzf",
                  file.toString(),
                  "-C",
                  into.toString(),
                  "--strip-components=1",
                  "--wildcards",
                  "*.d.ts",
                  "*/package.json"),
              "skipped: tar can't unpack " + file);
          Files.delete(file);
        }
        Files.delete(archive);
      }
      Files.writeString(unpacked, wanted);
    }
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
