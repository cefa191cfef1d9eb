package io.pharos.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.Suggestion;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;

/// The commands by name: what they do, and the running of those that need no server.
public final class Commands {
  /// What a command does with the words behind its name.
  interface Command {
    /// Runs to the end and gives the exit code: 0 is good news, 64 a wrong command line.
    int run(List<String> words);
  }

  private record Entry(CommandManual manual, Command command) {}

  private static final CommandManual HELP =
      new CommandManual(
          "help",
          "lists the commands, or tells all about one",
          "[COMMAND]",
          "",
          List.of(),
          List.of(new CommandManual.Exit(0, "told")),
          List.of("pharos help", "pharos help check"));

  private static final CommandManual COMPLETION =
      new CommandManual(
          "completion",
          "prints the script by which a shell completes commands, flags and files",
          "bash | zsh",
          """
          For the bash of now:    source <(pharos completion bash)
          For each new one:       pharos completion bash >~/.pharos-completion
                                  echo '. ~/.pharos-completion' >>~/.bashrc
          For zsh the same with zsh and ~/.zshrc. It completes ./pharos too. The script
          asks nobody; after an upgrade print it anew.
          """,
          List.of(),
          List.of(new CommandManual.Exit(0, "printed")),
          List.of("pharos completion bash", "pharos completion zsh"));

  private final Map<String, Entry> commands = new LinkedHashMap<>();
  private final PrintStream out;
  private final PrintStream err;

  Commands(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.out = requireNonNull(out, "out is null");
    this.err = requireNonNull(err, "err is null");
    add(ServeOptions.MANUAL, _ -> elsewhere("serve"));
    add(ServeOptions.DEMO_MANUAL, _ -> elsewhere("demo"));
    add(LauncherCommands.VERIFY, _ -> elsewhere("verify"));
    add(LauncherCommands.SOAK, _ -> elsewhere("soak"));
    add(LauncherCommands.BENCH, _ -> elsewhere("bench"));
    add(LauncherCommands.VULNERABILITIES, _ -> elsewhere("vulnerabilities"));
    add(InitCommand.MANUAL, words -> new InitCommand(environment, out, err).run(words));
    add(CheckCommand.MANUAL, words -> new CheckCommand(environment, out, err).run(words));
    add(TestCommand.MANUAL, words -> new TestCommand(environment, out, err).run(words));
    add(RulesCommand.MANUAL, words -> new RulesCommand(environment, out, err).run(words));
    add(SloCommand.MANUAL, words -> new SloCommand(environment, out, err).run(words));
    add(ImportCommand.MANUAL, words -> new ImportCommand(environment, out, err).run(words));
    add(TsdbCommand.MANUAL, words -> new TsdbCommand(environment, out, err).run(words));
    add(QueryCommand.MANUAL, words -> new QueryCommand(environment, out, err).run(words));
    add(LogsCommand.MANUAL, words -> new LogsCommand(environment, out, err).run(words));
    add(DashboardsCommand.MANUAL, words -> new DashboardsCommand(environment, out, err).run(words));
    add(HealthCommand.MANUAL, words -> new HealthCommand(environment, out, err).run(words));
    add(ProbeAgentCommand.MANUAL, words -> new ProbeAgentCommand(environment, err).run(words));
    add(GateCommand.MANUAL, words -> new GateCommand(environment, out, err).run(words));
    add(RolloutCommand.MANUAL, words -> new RolloutCommand(environment, out, err).run(words));
    add(NotifyCommand.MANUAL, words -> new NotifyCommand(environment, out, err).run(words));
    add(MigrateCommand.MANUAL, words -> new MigrateCommand(environment, out, err).run(words));
    add(
        MigrateBackendCommand.MANUAL,
        words -> new MigrateBackendCommand(environment, out, err).run(words));
    add(LauncherCommands.DEMO_BACKEND, _ -> elsewhere("demo-backend"));
    add(TapCommand.MANUAL, words -> new TapCommand(environment, out, err).run(words));
    add(ServeOptions.TRAIN_MANUAL, _ -> elsewhere("train"));
    add(HELP, this::help);
    add(COMPLETION, this::completion);
  }

  /// The commands on this process' environment and streams.
  public static Commands system() {
    return new Commands(System.getenv(), System.out, System.err);
  }

  /// Whether these words behind a command ask how it is called instead of calling it.
  public static boolean asksForHelp(List<String> words) {
    return CommandManual.isAskedBy(words);
  }

  /// All that there are, in the order of the help.
  List<CommandManual> manuals() {
    return commands.values().stream().map(Entry::manual).toList();
  }

  private void add(CommandManual manual, Command command) {
    commands.put(manual.command(), new Entry(manual, command));
  }

  /// Runs a command and gives the exit code of the process.
  public int run(String name, List<String> words) {
    if (List.of("help", "--help", "-h").contains(name)) {
      return help(words);
    }
    Entry entry = commands.get(name);
    if (entry == null) {
      return unknown(name);
    }
    if (CommandManual.isAskedBy(words)) {
      out.print(entry.manual().text());
      return 0;
    }
    try {
      return entry.command().run(words);
    } catch (UsageException e) {
      err.println("pharos " + name + ": " + e.getMessage());
      err.println("(pharos " + name + " --help)");
      return CommandManual.USAGE;
    }
  }

  private int help(List<String> words) {
    if (words.isEmpty() || CommandManual.isAskedBy(words)) {
      usage(out);
      return 0;
    }
    Entry entry = commands.get(words.getFirst());
    if (entry == null) {
      return unknown(words.getFirst());
    }
    out.print(entry.manual().text());
    return 0;
  }

  /// The script asks nobody: it holds all names.
  private int completion(List<String> words) {
    if (words.size() != 1 || !List.of("bash", "zsh").contains(words.getFirst())) {
      throw new UsageException("expected bash or zsh, found " + words);
    }
    out.print(Completion.script(all(CommandManual::spec), manuals()));
    return 0;
  }

  private int unknown(String name) {
    err.println("pharos: unknown command '" + name + "'" + Suggestion.of(name, commands.keySet()));
    usage(err);
    return CommandManual.USAGE;
  }

  /// For commands that the launcher or the entry of the program runs.
  private int elsewhere(String name) {
    err.println("pharos: '" + name + "' is run by the launcher, ./pharos " + name);
    return CommandManual.USAGE;
  }

  private void usage(PrintStream stream) {
    all(CommandManual::outline).usage(stream, Help.Ansi.OFF);
  }

  /// All commands, for picocli.
  private CommandLine all(Function<CommandManual, CommandSpec> shape) {
    CommandSpec spec = CommandSpec.create().name("pharos");
    spec.usageMessage()
        .width(CommandManual.WIDTH)
        .synopsisHeading("usage: ")
        .customSynopsis("pharos COMMAND [flags]")
        .commandListHeading("%n")
        .footer("%npharos COMMAND --help tells the flags, exit codes and examples of a command.");
    manuals().forEach(manual -> spec.addSubcommand(manual.command(), shape.apply(manual)));
    return new CommandLine(spec);
  }
}
