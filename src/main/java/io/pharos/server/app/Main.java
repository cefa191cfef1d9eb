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

/// The entry point. Most commands run and end here; `serve` and `demo` turn their flags into the
/// settings that Quarkus reads and start it. `demo` needs the demo backend, which only the launcher
/// starts: it sets the system property `pharos.demo`.
@QuarkusMain
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    List<String> words = Arrays.asList(args);
    String command = words.isEmpty() ? "help" : words.getFirst();
    List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
    if (Commands.requestsHelp(rest)) {
      System.exit(Commands.system().run(command, rest));
    }
    if (command.equals("tsdb") && rest.contains("import")) {
      FileModes.keepToOwner();
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
    CarrierThreads.prepare();
    LogbackBridge.prepare();
    ServeOptions options;
    try {
      options = ServeOptions.parse(words, System.getenv(), demo);
    } catch (UsageException e) {
      System.err.println("pharos: " + e.getMessage());
      System.exit(64);
      return;
    }
    if (!Launch.isTraining()) { // what is trained is for everybody who starts the program
      FileModes.keepToOwner();
      FileModes.closeStorage(options.storagePath());
    }
    Launch.openStore(options);
    try {
      Launch.prepare(options, VersionedFiles.read(options));
    } catch (ConfigException e) {
      System.err.println(e.getMessage());
      System.err.println("pharos: not started, the files above have problems (./pharos check)");
      System.exit(78);
      return;
    }
    Quarkus.run();
  }
}
