package io.pharos.cli.adopt;

import static java.util.stream.Collectors.joining;

import io.pharos.adopt.init.NamedMetrics;
import io.pharos.adopt.init.NewService;
import io.pharos.adopt.init.Onboarding;
import io.pharos.adopt.init.Onboarding.Plan;
import io.pharos.adopt.init.PendingFiles;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.PlainReason;
import io.pharos.model.Quoted;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// `pharos init`: reads a service's metrics page and writes its first files.
///
/// @param ask asks the person at the terminal; empty without a terminal
public record InitCommand(
    Map<String, String> environment,
    PrintStream out,
    PrintStream err,
    Optional<UnaryOperator<String>> ask)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "init",
          "reads your service's metrics and writes its scrape job, rules, probe and receiver",
          "",
          """
          It finds the request counter and the histogram of durations by the names that
          common libraries use, and asks on a terminal if it does not know a name;
          --requests, --errors, --errors-match and --duration name them. It writes alerts
          and a runbook, a probe, a dashboard, a gate policy. If a configuration exists,
          it only adds a scrape job to it. It writes all files or none.

          This command ignores PHAROS_URL and PHAROS_TOKEN_FILE, which are for Pharos itself.
          """,
          List.of(
              new Flag("job", "", "the service's name: letters, digits, - and _"),
              new Flag(
                  "url", "", "the service's metrics page, such as http://10.0.0.7:8080/metrics"),
              new Flag("probe", "", "an address that answers 2xx while the service is well"),
              new Flag("requests", "", "a counter of all requests; empty: found by its name"),
              new Flag("errors", "", "a counter of failed requests, if it is another one"),
              new Flag(
                  "errors-match", "", "the labels of failed requests, such as result=\"failure\""),
              new Flag("duration", "", "a histogram of request durations, without _bucket"),
              new Flag("dir", ".", "the folder for the files"),
              new Flag("mail", "", "mail addresses that get alerts, separated by commas"),
              new Flag(
                  "mail-from",
                  "",
                  "the sender; empty: pharos@ and the host of the first recipient"),
              new Flag("smtp", "localhost:25", "the mail server, HOST:PORT"),
              new Flag("smtp-username", "", "user at the mail server"),
              new Flag("smtp-password-file", "", "file with the password of that user"),
              new Flag("slack-webhook-file", "", "file with the address of a Slack webhook"),
              new Flag("token-file", "", "file with the bearer token for the metrics page"),
              new Flag("username", "", "user for the metrics page"),
              new Flag("password-file", "", "file with the password of that user"),
              new Flag("ca-file", "", "certificate of the service's issuer, PEM"),
              new Flag(
                  "web.listen-address", "127.0.0.1:9095", "where Pharos will listen, HOST:PORT"),
              new Flag("web.external-url", "", "address of Pharos for links in messages"),
              new Flag("language", "en", "texts of alerts: en, or zh for both languages"),
              new Flag("tests", "false", "write unit tests of the rules too"),
              new Flag(
                  "force", "false", "replace existing files and the scrape job of the service"),
              new Flag("dry-run", "false", "print the files instead of writing them")),
          List.of(
              "0 the files are written, or printed by --dry-run",
              "1 nothing was written; the output has the reason"),
          List.of(
              "pharos init --job=shop --url=http://127.0.0.1:8080/metrics"
                  + " --probe=http://127.0.0.1:8080/health --mail=you@example.org",
              "pharos init --job=shop --url=http://127.0.0.1:8080/metrics --dry-run"));

  private enum Language {
    EN,
    ZH
  }

  public InitCommand {
    // Pipelines set PHAROS_URL and PHAROS_TOKEN_FILE for Pharos. Its token must not be sent to the
    // service.
    environment = new HashMap<>(environment);
    environment.keySet().removeAll(List.of("PHAROS_URL", "PHAROS_TOKEN_FILE"));
  }

  /// Creates the command. It asks the person at the console, if there is one.
  public InitCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(
        environment,
        out,
        err,
        Optional.ofNullable(System.console())
            .filter(Console::isTerminal)
            .map(console -> question -> String.valueOf(console.readLine("%s", question))));
  }

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    NewService service = service(flags);
    try {
      Plan plan = plan(service, flags);
      if (plan instanceof Plan.Ready ready && !ready.seen().isEmpty() && ask.isPresent()) {
        printSeen(ready);
        plan = plan(service.with(asked(ready.proposal(), ask.get())), flags);
      }
      return switch (plan) {
        case Plan.Refused(List<String> reason) -> {
          reason.forEach(err::println);
          yield 1;
        }
        case Plan.Ready ready -> {
          finish(ready, service, flags, words);
          yield 0;
        }
      };
    } catch (ConfigException e) {
      err.println(e.getMessage());
      err.println("nothing was written: fix the files above first (pharos check)");
    } catch (IOException e) {
      String file = e instanceof FileSystemException it ? it.getFile() + ": " : "";
      err.println("nothing was written: " + file + PlainReason.of(e));
    } catch (InterruptedException _) { // the process is being stopped
      Thread.currentThread().interrupt();
      err.println("nothing was written: interrupted");
    }
    return 1;
  }

  private static Plan plan(NewService service, Flags flags)
      throws IOException, InterruptedException {
    return new Onboarding(service, flags.isOn("force"), home(), InstantSource.system()).plan();
  }

  private static Path home() {
    return Path.of(System.getProperty("pharos.home", "."));
  }

  private void finish(Plan.Ready ready, NewService service, Flags flags, List<String> words)
      throws IOException {
    report(ready);
    if (flags.isOn("dry-run")) {
      print(ready.project());
    } else {
      ready.project().apply();
      printWritten(ready.project());
      printNext(service, home());
    }
    if (!ready.seen().isEmpty() && ask.isEmpty()) {
      printSeen(ready);
      List<String> named = ready.proposal().flags();
      out.println(
          named.isEmpty()
              ? "\nNone of these names says that it counts requests. Name them:"
              : "\ninit does not know these names. If it read them correctly, run:");
      out.println(
          "  pharos init "
              + words.stream()
                  .filter(word -> !word.equals("--force") && !word.equals("--dry-run"))
                  .map(InitCommand::shellQuoted)
                  .collect(joining(" "))
              + " "
              + (named.isEmpty()
                  ? "--requests=COUNTER --errors=COUNTER --errors-match=MATCHERS --duration=HISTOGRAM"
                  : String.join(" ", named))
              + " --force");
    }
  }

  private void printSeen(Plan.Ready ready) {
    out.println("\nSeen on the page, with how init reads it:");
    ready.seen().forEach(line -> out.println("  " + line));
  }

  /* An empty answer accepts the proposal, and "-" means that there is none. */
  private static NamedMetrics asked(NamedMetrics proposal, UnaryOperator<String> ask) {
    return new NamedMetrics(
        answer(ask, "Counter of all requests", proposal.requests()),
        answer(ask, "Counter of failed requests, if it is another one", proposal.errors()),
        answer(
            ask, "Labels of failed requests, such as result=\"failure\"", proposal.errorsMatch()),
        answer(ask, "Histogram of durations", proposal.duration()));
  }

  private static Optional<String> answer(
      UnaryOperator<String> ask, String question, Optional<String> proposal) {
    String answer = ask.apply(question + " [" + proposal.orElse("-") + "]: ").strip();
    return answer.isEmpty() ? proposal : Optional.of(answer).filter(it -> !it.equals("-"));
  }

  private static String shellQuoted(String word) {
    return word.matches("[A-Za-z0-9._/:=@,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static NewService service(Flags flags) {
    for (String name : List.of("job", "url")) {
      if (flags.get(name).isEmpty()) {
        throw new UsageException("--" + name + " is missing");
      }
    }
    String smtp = flags.get("smtp");
    if (!smtp.matches("[^:\\s]+:\\d{1,5}|\\[[^\\]\\s]+\\]:\\d{1,5}")) {
      throw flags.refused("smtp", "HOST:PORT");
    }
    try {
      return new NewService(
          Path.of(flags.get("dir")),
          flags.get("job"),
          uri(flags, "url"),
          flags.text("probe").map(_ -> uri(flags, "probe")),
          new NewService.Access(
              flags.path("token-file"),
              flags.text("username"),
              flags.path("password-file"),
              flags.path("ca-file")),
          new NewService.Receivers(
              flags.text("mail"),
              flags.text("mail-from"),
              smtp,
              flags.text("smtp-username"),
              flags.path("smtp-password-file"),
              flags.path("slack-webhook-file")),
          new NewService.Serving(
              listenAddress(flags),
              flags.url("web.external-url").map(URI::toString),
              flags.choice("language", Language.class).name().toLowerCase(Locale.ROOT),
              flags.isOn("tests")),
          new NamedMetrics(
              flags.text("requests"),
              flags.text("errors"),
              flags.text("errors-match"),
              flags.text("duration")));
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static String listenAddress(Flags flags) {
    flags.address("web.listen-address");
    return flags.get("web.listen-address");
  }

  private static URI uri(Flags flags, String name) {
    return flags.parsed(name, URI::create, "an address such as http://10.0.0.7:8080/metrics");
  }

  private void report(Plan.Ready ready) {
    out.println("Found:");
    ready.found().forEach(line -> out.println("  " + line));
    if (!ready.notes().isEmpty()) {
      out.println("\nNotes:");
      ready.notes().forEach(note -> wrap(note).forEach(out::println));
    }
    out.println();
  }

  /// Returns a note as an item of a list, wrapped at 96 columns unless it contains line breaks.
  private static List<String> wrap(String note) {
    if (note.contains("\n")) {
      return List.of("  - " + note);
    }
    var lines = new ArrayList<String>();
    var line = new StringBuilder("  - ");
    for (String word : note.split(" ")) {
      if (line.length() + word.length() > 96 && line.length() > 4) {
        lines.add(line.toString().stripTrailing());
        line = new StringBuilder("    ");
      }
      line.append(word).append(' ');
    }
    lines.add(line.toString().stripTrailing());
    return lines;
  }

  private void print(PendingFiles project) {
    for (PendingFiles.Change change : project.changes()) {
      out.println("--- " + change.path() + " (" + word(change.fate(), "would be ") + ")");
      if (change.fate() != PendingFiles.Fate.SAME) {
        out.print(change.text());
      }
    }
  }

  private void printWritten(PendingFiles project) {
    out.println("Written:");
    for (PendingFiles.Change change : project.changes()) {
      out.println("  %-44s %s".formatted(change.path(), word(change.fate(), "")));
    }
    out.println();
  }

  private static String word(PendingFiles.Fate fate, String would) {
    return switch (fate) {
      case CREATED -> would + "new";
      case EXTENDED -> would + "added to";
      case CHANGED -> would + "changed";
      case REPLACED -> would + "replaced";
      case SAME -> "unchanged";
    };
  }

  private void printNext(NewService service, Path home) {
    String pharos = home.toAbsolutePath().normalize().resolve("pharos").toString();
    String folder = service.folder().toString();
    NewService.Serving serving = service.serving();
    out.println("Next:");
    if (!folder.equals(".")) {
      out.println("  cd " + quoted(folder));
    }
    out.println("  " + pharos + " check");
    if (serving.tested()) {
      out.println("  " + pharos + " test alert-rules/tests/*.yml");
    }
    out.println("  " + pharos + " serve");
    if (serving.externalUrl().isEmpty()) {
      out.println(
          """

          For links in messages that open on a phone, Pharos needs the address at which the
          phone reaches it: --web.external-url=https://HOST (docs/reverse-proxy.md).""");
    }
    out.printf(
        """
        Then look at
          %s/targets     %s is up
          %1$s/            what fires now
        """,
        serving.url(), service.job());
    if (!service.receivers().nobody()) {
      out.println("and send a test message:");
      String url = serving.url().endsWith("127.0.0.1:9095") ? "" : " --url=" + serving.url();
      out.println("  " + pharos + " notify test on-call" + url);
    }
  }

  private static String quoted(String path) {
    return path.matches("[A-Za-z0-9._/-]+") ? path : Quoted.of(path);
  }
}
