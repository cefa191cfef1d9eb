package io.pharos.cli;

import io.pharos.cli.adopt.ImportCommand;
import io.pharos.cli.adopt.InitCommand;
import io.pharos.cli.check.CheckCommand;
import io.pharos.cli.check.RulesCommand;
import io.pharos.cli.check.SloCommand;
import io.pharos.cli.check.TestCommand;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.EnvironmentFile;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateCommand;
import io.pharos.cli.migrate.MigrateBackendCommand;
import io.pharos.cli.probe.ProbeAgentCommand;
import io.pharos.cli.query.DashboardsCommand;
import io.pharos.cli.query.DrillCommand;
import io.pharos.cli.query.EpisodesCommand;
import io.pharos.cli.query.HealthCommand;
import io.pharos.cli.query.LogsCommand;
import io.pharos.cli.query.NotifyCommand;
import io.pharos.cli.query.OnCallCommand;
import io.pharos.cli.query.QueryCommand;
import io.pharos.cli.rollout.RolloutCommand;
import io.pharos.cli.serve.MigrateCommand;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.serve.TapCommand;
import io.pharos.cli.tsdb.TsdbCommand;
import io.pharos.cli.user.UserCommand;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All commands by name. [#run] runs most of them. The launcher or `Main` runs the others, which
/// are listed here only for their help texts.
public final class Commands {
  private record Entry(CommandManual manual, Command command) {}

  private static final String OVERVIEW =
      """
      usage: pharos COMMAND [flags]

      Examples:
        pharos demo                    see Pharos with a simulated backend
        pharos init --job=shop --url=http://127.0.0.1:8080/metrics
                                       write the files that watch a service
        pharos check && pharos serve   check the files, then run the service
        pharos help serve              describe a command, its flags and exit codes

      Commands:
      """;

  private static final String ENDING =
      """
      Every command exits with 64 if its command line is invalid (gate --nagios: with 3).
      """;

  private static final CommandManual HELP =
      new CommandManual(
          "help",
          "lists the commands, or describes one",
          "[COMMAND]",
          "",
          List.of(),
          List.of("0 printed"),
          List.of("pharos help", "pharos help check"));

  private static final CommandManual COMPLETION =
      new CommandManual(
          "completion",
          "prints a script that completes commands, flags and files in a shell",
          "bash | zsh",
          """
          In this shell:       source <(pharos completion bash)
          In each new shell:   pharos completion bash >~/.pharos-completion
                               echo '. ~/.pharos-completion' >>~/.bashrc
          In zsh: replace bash by zsh, and .bashrc by .zshrc. The script completes
          ./pharos too. Print it again after an upgrade.
          """,
          List.of(),
          List.of("0 printed"),
          List.of("pharos completion bash", "pharos completion zsh"));

  private static final CommandManual VERSION =
      new CommandManual(
          "version",
          "prints the version, as --version does",
          "",
          "",
          List.of(),
          List.of("0 printed"),
          List.of("pharos version"));

  private final Map<String, Entry> commands = new LinkedHashMap<>();
  private final PrintStream out;
  private final PrintStream err;

  /// Creates the commands. They read the environment variables from a map and print to two streams.
  public Commands(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
    addLaunched(ServeFlags.MANUAL);
    addLaunched(ServeFlags.DEMO_MANUAL);
    add(InitCommand.MANUAL, new InitCommand(environment, out, err));
    add(CheckCommand.MANUAL, new CheckCommand(environment, out, err));
    add(TestCommand.MANUAL, new TestCommand(environment, out, err));
    add(RulesCommand.MANUAL, new RulesCommand(environment, out, err));
    add(SloCommand.MANUAL, new SloCommand(environment, out, err));
    add(ImportCommand.MANUAL, new ImportCommand(environment, out, err));
    add(TsdbCommand.MANUAL, new TsdbCommand(environment, out, err));
    add(QueryCommand.MANUAL, new QueryCommand(environment, out, err));
    add(LogsCommand.MANUAL, new LogsCommand(environment, out, err));
    add(DashboardsCommand.MANUAL, new DashboardsCommand(environment, out, err));
    add(HealthCommand.MANUAL, new HealthCommand(environment, out, err));
    add(ProbeAgentCommand.MANUAL, new ProbeAgentCommand(environment, err));
    add(GateCommand.MANUAL, new GateCommand(environment, out, err));
    add(RolloutCommand.MANUAL, new RolloutCommand(environment, out, err));
    add(NotifyCommand.MANUAL, new NotifyCommand(environment, out, err));
    add(EpisodesCommand.MANUAL, new EpisodesCommand(false, environment, out, err));
    add(EpisodesCommand.ACK_MANUAL, new EpisodesCommand(true, environment, out, err));
    add(OnCallCommand.MANUAL, new OnCallCommand(environment, out, err));
    add(DrillCommand.MANUAL, new DrillCommand(environment, out, err));
    add(UserCommand.MANUAL, new UserCommand(environment, System.in, out, err));
    add(MigrateCommand.MANUAL, new MigrateCommand(environment, out, err));
    add(MigrateBackendCommand.MANUAL, new MigrateBackendCommand(environment, out, err));
    add(TapCommand.MANUAL, new TapCommand(environment, out, err));
    add(HELP, this::help);
    add(COMPLETION, this::completion);
    add(VERSION, this::version);
    LauncherCommands.DEVELOPING.forEach(this::addLaunched);
  }

  /// Returns the commands with the environment and the output streams of this process.
  public static Commands system() {
    return new Commands(EnvironmentFile.environment(), System.out, System.err);
  }

  /// Returns whether the words after a command's name contain a request for its help text.
  public static boolean requestsHelp(List<String> words) {
    return CommandManual.isRequestedBy(words);
  }

  /// Returns the help texts of all commands, in the order of the overview.
  List<CommandManual> manuals() {
    return commands.values().stream().map(Entry::manual).toList();
  }

  /// Adds the help text of a command that the launcher or `Main` runs.
  private void addLaunched(CommandManual manual) {
    add(
        manual,
        _ -> {
          String name = manual.command();
          err.println("pharos: only the launcher runs '" + name + "': ./pharos " + name);
          return CommandManual.USAGE;
        });
  }

  private void add(CommandManual manual, Command command) {
    commands.put(manual.command(), new Entry(manual, command));
  }

  /// Runs a command and returns its exit code.
  ///
  /// @param words the words of the command line after the command's name
  public int run(String name, List<String> words) {
    if (List.of("help", "--help", "-h").contains(name)) {
      return help(words);
    }
    Entry entry = commands.get(name.equals("--version") ? "version" : name);
    if (entry == null) {
      return unknown(name);
    }
    if (CommandManual.isRequestedBy(words)) {
      out.print(entry.manual().text());
      return 0;
    }
    try {
      return entry.command().run(words);
    } catch (UsageException e) {
      return refused(name, e, err);
    }
  }

  /// Prints why a command line is invalid, and returns the exit code of that.
  public static int refused(String name, UsageException why, PrintStream err) {
    err.println("pharos " + name + ": " + why.getMessage());
    err.println("(pharos " + name + " --help)");
    return CommandManual.USAGE;
  }

  /// Returns the version of this program; `dev` if it was not built by Maven.
  public static String version() {
    String version = Commands.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  private int version(List<String> words) {
    var _ = VERSION.parse(words, Map.of());
    out.println("pharos " + version());
    return 0;
  }

  private int help(List<String> words) {
    if (words.isEmpty() || CommandManual.isRequestedBy(words)) {
      usage();
      return 0;
    }
    Entry entry = commands.get(words.getFirst());
    if (entry == null) {
      return unknown(words.getFirst());
    }
    out.print(entry.manual().text());
    return 0;
  }

  private int completion(List<String> words) {
    if (words.size() != 1 || !List.of("bash", "zsh").contains(words.getFirst())) {
      throw new UsageException("expected bash or zsh, found " + words);
    }
    out.print(Completion.script(manuals()));
    return 0;
  }

  private int unknown(String name) {
    err.println(
        "pharos: unknown command '"
            + name
            + "'"
            + Flags.suggestions("pharos ", name, commands.keySet()));
    err.println("(pharos help lists the commands)");
    return CommandManual.USAGE;
  }

  private void usage() {
    var text = new StringBuilder(OVERVIEW);
    for (CommandManual manual : manuals()) {
      if (manual.equals(LauncherCommands.DEVELOPING.getFirst())) {
        text.append("\nFor work on Pharos itself, from a checkout:\n");
      }
      CommandManual.row(text, "  " + manual.command(), manual.summary(), 19);
    }
    out.print(text.append('\n').append(ENDING));
  }
}
