package io.pharos.server.app;

import io.pharos.cli.Commands;
import io.pharos.cli.command.EnvironmentFile;
import io.pharos.cli.command.Flags.Address;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.logs.LogbackBridge;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

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
      options = listening(words, demo);
    } catch (UsageException e) {
      System.exit(Commands.refused(demo ? "demo" : "serve", e, System.err));
      return;
    }
    Optional<String> trouble = ListenPort.trouble(options.listenAddress());
    if (trouble.isPresent()) {
      System.err.println(
          "pharos: not started: can't listen on %s:%d: %s"
              .formatted(options.host(), options.port(), trouble.get()));
      System.err.println("(set another --web.listen-address, or stop the other program)");
      System.exit(1);
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
    Quarkus.run(Running.class);
  }

  /// What runs while the service does. Quarkus starts it after the port is open.
  public static final class Running implements QuarkusApplication {
    @Override
    public int run(String... args) {
      LoggerFactory.getLogger(Main.class).info("Ready: {}", Launch.options().externalUrl());
      Quarkus.waitForExit();
      return 0;
    }
  }

  /* Returns the options. If the port of the demo is in use, it is another one. */
  private static ServeOptions listening(List<String> words, boolean demo) {
    ServeOptions options = ServeOptions.parse(words, EnvironmentFile.environment(), demo);
    Address wanted = options.listenAddress();
    if (!demo || ListenPort.trouble(wanted).isEmpty()) {
      return options;
    }
    Optional<Address> free = ListenPort.next(wanted);
    if (free.isEmpty()) {
      return options;
    }
    String address = free.get().host() + ":" + free.get().port();
    System.err.printf(
        "pharos demo: port %d is in use by another program; this demo listens on %s%n",
        wanted.port(), address);
    List<String> moved =
        Stream.concat(words.stream(), Stream.of("--web.listen-address=" + address)).toList();
    return ServeOptions.parse(moved, EnvironmentFile.environment(), true);
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
