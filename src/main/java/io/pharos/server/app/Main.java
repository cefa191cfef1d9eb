package io.pharos.server.app;

import io.pharos.cli.Commands;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.logs.LogbackBridge;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.List;

/// The program's entry point. Runs most commands directly. For `serve` and `demo`, parses the
/// options and starts Quarkus. `demo` works only if the launcher has started the demo backend and
/// set the system property `pharos.demo`.
@QuarkusMain
public final class Main {
  private static final String PARALLELISM = "jdk.virtualThreadScheduler.parallelism";

  /// Number of carriers that slow disks may block. The write-ahead log, compaction, the connections
  /// of the database, the files of targets and the pages can each block one; the others are a
  /// reserve.
  private static final int DISK_CARRIERS = 8;

  private Main() {}

  /// Runs the command that the first argument names.
  public static void main(String[] args) {
    List<String> words = Arrays.asList(args);
    String command = words.isEmpty() ? "help" : words.getFirst();
    List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
    if (Commands.requestsHelp(rest)) {
      System.exit(Commands.system().run(command, rest));
    }
    if (command.equals("tsdb") && rest.contains("import")) {
      FileModes.restrictUmask();
    }
    if (command.equals("demo") && Boolean.getBoolean("pharos.demo")) {
      serve(rest, true);
      return;
    }
    switch (command) {
      case "serve" -> serve(rest, false);
      case "train" -> {
        Launch.train();
        serve(rest, false);
      }
      default -> System.exit(Commands.system().run(command, rest));
    }
  }

  private static void serve(List<String> words, boolean demo) {
    addCarrierThreads();
    LogbackBridge.prepare();
    ServeOptions options;
    try {
      options = ServeOptions.parse(words, System.getenv(), demo);
    } catch (UsageException e) {
      System.err.println("pharos: " + e.getMessage());
      System.exit(64);
      return;
    }
    if (!Launch.isTraining()) { // every user must be able to read the trained cache
      FileModes.restrictUmask();
      FileModes.closeStorage(options.storagePath());
    }
    Launch.openStore(options);
    try {
      Launch.prepare(options, VersionedFiles.read(options));
    } catch (ConfigException e) {
      System.err.println(e.getMessage());
      System.err.println(
          "pharos: not started: correct the problems above (./pharos check lists them too)");
      System.exit(78);
      return;
    }
    Quarkus.run();
  }

  /* A virtual thread that waits for a disk blocks its carrier. With more carriers than
   * processors, a disk that hangs does not stop unrelated work. Must run before the first
   * virtual thread starts. */
  private static void addCarrierThreads() {
    if (System.getProperty(PARALLELISM) == null) {
      int carriers = Runtime.getRuntime().availableProcessors() + DISK_CARRIERS;
      System.setProperty(PARALLELISM, Integer.toString(carriers));
    }
  }
}
