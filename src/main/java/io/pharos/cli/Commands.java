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

  /// `pharos verify`, which the launcher does by itself.
  private static final CommandManual VERIFY =
      new CommandManual(
          "verify",
          "formats, compiles, lints and tests the source tree, and measures the coverage",
          "[--quick] [MAVEN OPTIONS]",
          """
          It needs a source tree, a JDK and Maven. With --quick, which comes first, it
          checks the format, compiles and runs the tests that neither ask other programs
          (tagged peer) nor take long (slow); no coverage.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(0, "all is well"),
              new CommandManual.Exit(1, "something is not, as Maven tells"),
              new CommandManual.Exit(69, "no JDK or no Maven was found")),
          List.of("pharos verify", "pharos verify --quick", "pharos verify -Dtest=FlagsTest"));

  /// `pharos soak`, which the launcher does by itself.
  private static final CommandManual SOAK =
      new CommandManual(
          "soak",
          "puts a Pharos under everything at once for some minutes, and judges what it does",
          "[--minutes=30]",
          """
          Hostile targets, heavy queries, storms of alerts, reloads, kills, a full disk
          where one can be mounted. No message may be lost, nothing told that is not so;
          descriptors and memory must stay level. It needs a source tree, a JDK and Maven;
          the report is target/soak.md.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(0, "all held"),
              new CommandManual.Exit(1, "something did not, as the report tells"),
              new CommandManual.Exit(69, "no JDK or no Maven was found")),
          List.of("pharos soak --minutes=10"));

  /// `pharos bench`, which the launcher does by itself.
  private static final CommandManual BENCH =
      new CommandManual(
          "bench",
          "measures the parts that carry the load, the tap beside nginx, rules beside Prometheus",
          "[--filter=WORD,WORD] [--seconds=5] [--forks=1] [--write]"
              + " | tap [--seconds=10] [--connections=32] [--access-log=errors]"
              + " | windows [--windows=5m,1h,6h,3d] [--span=30]"
              + " | series [--series=10000,100000,500000] [--span=30] | plot",
          """
          Alone: parse, append, encode, decode, find, evaluate and query, by JMH: time and
          bytes of an operation, beside those of docs/benchmarks.tsv, and which differ by
          more than the errors of both; a filter is a part of a name, as in
          --filter=chunk,log; --write keeps the figures there. Some four minutes.
          tap: requests per second, latency, CPU per request and memory of the tap and of
          nginx as a plain proxy, in one run. windows: the CPU of a rule by the window that
          it reads, of Pharos and of Prometheus over the same history, ten minutes. series:
          the same by the number of series that are scraped, twelve minutes. Their rows go
          to docs/performance.tsv; plot draws docs/performance.svg of those. All need a
          source tree, a JDK and Maven; tap needs nginx, wrk and curl, windows and series
          prometheus.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(0, "measured; how fast says nothing to the exit code"),
              new CommandManual.Exit(1, "something did not start"),
              new CommandManual.Exit(69, "a program that is compared with is missing"),
              new CommandManual.Exit(70, "the build failed")),
          List.of(
              "pharos bench",
              "pharos bench --filter=append,log --seconds=10 --forks=3",
              "pharos bench tap --seconds=5",
              "pharos bench windows --windows=5m,3d"));

  /// `pharos vulnerabilities`, which the launcher does by itself.
  private static final CommandManual VULNERABILITIES =
      new CommandManual(
          "vulnerabilities",
          "asks OSV for known vulnerabilities of the libraries that Pharos ships",
          "[--required] [--bom FILE] [--report FILE]",
          """
          It needs a source tree, a JDK, Maven, curl and jq, and reaches https://osv.dev.
          The report is target/vulnerabilities.md; what is allowed, until when and why
          stands in .ci/vulnerabilities-allowed.tsv.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(
                  0, "none of high severity, or OSV can't be reached, as it says"),
              new CommandManual.Exit(1, "one of high severity that is not allowed"),
              new CommandManual.Exit(3, "OSV can't be reached, with --required"),
              new CommandManual.Exit(4, "a wrong command line, or a list that can't be read")),
          List.of("pharos vulnerabilities --required"));

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
    add(VERIFY, _ -> elsewhere("verify"));
    add(SOAK, _ -> elsewhere("soak"));
    add(BENCH, _ -> elsewhere("bench"));
    add(VULNERABILITIES, _ -> elsewhere("vulnerabilities"));
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
    add(
        DemoBackendCommand.MANUAL,
        words -> new DemoBackendCommand(environment, out, err).run(words));
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
