package io.pharos.cli.check;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.ApiClient.Answer;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.EnvironmentFile;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ProgressLine;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.migrate.MigrateBackendCommand;
import io.pharos.cli.serve.AccessOptions;
import io.pharos.cli.serve.QueryOptions;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.serve.TapCommand;
import io.pharos.lint.Finding;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.rule.LintContext;
import io.pharos.lint.rule.ParsedFileCache;
import io.pharos.lint.rule.RuleLint;
import io.pharos.lint.rule.SeenSeries;
import io.pharos.lint.tree.TreeLint;
import io.pharos.model.PlainReason;
import io.pharos.model.Quoted;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.parser.ParserOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// `pharos check`: reads every versioned file as the service would and prints a line
/// `file:line:column: message` for each error. Then it lints the files and prints a line
/// `file:line: severity [check] message` for each finding.
public record CheckCommand(
    Map<String, String> environment, PrintStream out, PrintStream err, ParsedFileCache readings)
    implements Command {
  static final Flag VALUES =
      new Flag(
          "label-values.file",
          "prometheus/label-values.yml",
          "file of known label values; may be missing");

  public static final CommandManual MANUAL =
      new CommandManual(
          "check",
          "checks every versioned file and reports problems",
          "[FOLDER]",
          about(),
          List.of(
              new Flag("config.file", "prometheus/prometheus.yml", "Prometheus configuration"),
              new Flag(
                  "notifications.file",
                  "notifications/alertmanager.yml",
                  "Alertmanager configuration"),
              ServeFlags.LANGUAGE,
              new Flag(
                  "rules.dir", "alert-rules", "rule files, also those that are not configured"),
              new Flag("tests.dir", "alert-rules/tests", "unit tests of rules (parsed, not run)"),
              SloCommand.FOLDER,
              new Flag("probes.dir", "probes", "probe files"),
              new Flag("gates.dir", "gates", "gate policies"),
              ServeFlags.CALLBACKS,
              ServeFlags.LOGINS,
              ServeFlags.FLEET,
              AccessOptions.PEOPLE_FILE,
              new Flag("rollouts.dir", "deploy/rollouts", "rollout policies"),
              MigrateBackendCommand.FOLDER,
              TapCommand.ROUTES,
              VALUES,
              new Flag("env.dir", "deploy/env", "settings of the deploy scripts"),
              new Flag("dashboards.dir", "dashboards", "Grafana dashboards and provisioning"),
              new Flag("runbooks.dir", "docs/runbooks", "runbooks that alerts link to"),
              new Flag(
                  "compose.file",
                  "docker-compose.yml",
                  "Docker Compose file with the containers' mounts"),
              QueryOptions.FEATURES,
              new Flag(
                  "fail-on", "error", "lowest severity that fails the check: error or warning"),
              new Flag("lint", "true", "lint the rules (docs/lint.md)"),
              ServeFlags.RETENTION,
              new Flag(
                  "against",
                  "",
                  "a running Prometheus or Pharos, to check which series exist and which Alertmanagers get its alerts"),
              new Flag("against.window", "7d", "how far back --against searches series"),
              ServerAccess.TOKEN_FILE),
          List.of(
              "0 no problem, and no finding of severity --fail-on or worse",
              "1 a problem, or a finding of that severity"),
          List.of(
              "pharos check",
              "pharos check /etc/pharos --fail-on=warning",
              "pharos check --config.file=prometheus.yml --rules.dir=rules --against=http://127.0.0.1:9090"));

  /// Creates the command with environment variables and two output streams.
  public CheckCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, new ParsedFileCache());
  }

  @Override
  public int run(List<String> words) {
    Flags flags = flags(words);
    Set<Feature> features = QueryOptions.features(flags);
    ParserOptions language = Feature.parserOptions(features);
    FindingSeverity failing = failing(flags);
    boolean lints = flags.isOn("lint");
    CheckedFiles files;
    Optional<LiveSeries> live = Optional.empty();
    List<Finding> findings;
    try (var progress = ProgressLine.onTerminal(err)) {
      files = new CheckedFiles(flags, features, readings, progress);
      live =
          flags
              .text("against")
              .filter(_ -> lints)
              .map(_ -> LiveSeries.open(flags, environment, progress));
      findings = lints ? lint(files, flags, language, live) : List.of();
    } finally {
      live.ifPresent(LiveSeries::close);
    }
    files.problems().forEach(err::println);
    Optional<String> trouble = live.flatMap(LiveSeries::trouble);
    trouble.ifPresent(err::println);
    for (Finding finding : findings) {
      (finding.severity() == FindingSeverity.ERROR ? err : out).println(finding);
    }
    out.println(
        counted(files.count(), "file")
            + " checked, "
            + counted(files.problems().size(), "problem")
            + (findings.isEmpty() ? "" : ", " + counted(findings.size(), "finding")));
    return files.problems().isEmpty()
            && trouble.isEmpty()
            && findings.stream().allMatch(finding -> finding.severity().compareTo(failing) < 0)
        ? 0
        : 1;
  }

  private static String counted(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /* With a folder, the defaults of flags that name files are in it, as is the language. */
  private Flags flags(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    if (flags.arguments().isEmpty()) {
      return flags;
    }
    Path folder = Path.of(flags.argument("folder"));
    if (folder.toString().isEmpty() || !Files.isDirectory(folder)) {
      throw new UsageException(
          folder + (Files.exists(folder) ? ": expected a folder" : ": no such file or folder"));
    }
    Map<String, String> settings = EnvironmentFile.in(folder, environment);
    List<Flag> inFolder =
        MANUAL.flags().stream()
            .map(
                flag ->
                    flag.isPath() && !flag.defaultValue().isEmpty()
                        ? flag.or(folder.resolve(flag.defaultValue()).toString())
                        : flag.equals(ServeFlags.LANGUAGE)
                            ? flag.or(settings.getOrDefault(flag.variable(), ""))
                            : flag)
            .toList();
    return Flags.parse(inFolder, words, environment);
  }

  private List<Finding> lint(
      CheckedFiles files, Flags flags, ParserOptions language, Optional<LiveSeries> live) {
    var tree = new TreeLint(files.tree(), language, readings);
    var findings = new ArrayList<>(files.findings());
    findings.addAll(tree.check());
    // The service shows the runbooks of this folder and those that Pharos ships.
    List<Path> runbooks =
        Stream.of(
                Path.of(flags.get("runbooks.dir")),
                Path.of(System.getProperty("pharos.home", "."), "docs", "runbooks"))
            .filter(Files::isDirectory)
            .toList();
    var context =
        new LintContext(
            files.tree().prometheus(),
            files.tree().hasNoRecipients()
                ? Optional.of(LintContext.withoutReceivers())
                : files.reaching(),
            language,
            flags.duration(ServeFlags.RETENTION.name()),
            Instant.now(),
            runbooks,
            files.tree().complete(),
            files.values(),
            live.map(series -> series),
            tree.reported());
    findings.addAll(new RuleLint(context, readings).check(files.tree().rules()));
    String config = flags.get("config.file");
    live.flatMap(LiveSeries::missingAlertmanager)
        .map(
            message ->
                new Finding(config, 0, FindingSeverity.ERROR, LintCheck.ALERTS_RECEIVER, message))
        .ifPresent(findings::add);
    findings.sort(Comparator.comparing(Finding::file).thenComparingInt(Finding::line));
    return findings.stream().distinct().filter(one -> !isExplainedBetter(one, findings)).toList();
  }

  /* Returns whether another check reports the same unknown name. That check knows the purpose of
   * the name, so its finding says more than the finding of NAMES_TYPO. */
  private static boolean isExplainedBetter(Finding typo, List<Finding> findings) {
    return typo.check() == LintCheck.NAMES_TYPO
        && findings.stream()
            .anyMatch(
                other ->
                    other.check() != LintCheck.NAMES_TYPO
                        && other.file().equals(typo.file())
                        && other.line() == typo.line());
  }

  private static String about() {
    var text =
        new StringBuilder(
            """
            It contacts no server, except the one of --against. It prints each problem as FILE:LINE: message,
            and each finding as FILE:LINE: severity [CHECK] message. The comment "# pharos disable CHECK"
            above a rule disables a check for the rule. The checks:

            """);
    for (LintCheck check : LintCheck.values()) {
      text.append("  %-24s %s%n".formatted(check.id(), check.help()));
    }
    return text.toString();
  }

  private static FindingSeverity failing(Flags flags) {
    return switch (flags.get("fail-on")) {
      case "error" -> FindingSeverity.ERROR;
      case "warning" -> FindingSeverity.WARNING;
      default -> throw flags.refused("fail-on", "error or warning");
    };
  }

  /// Asks a running server through Prometheus' API which series it has, and whether it sends alerts
  /// to an Alertmanager. It sends at most [#MAX_REQUESTS] requests within [#MAX_DURATION], and none
  /// after the first error.
  static final class LiveSeries implements SeenSeries, AutoCloseable {
    static final int MAX_REQUESTS = 2000;
    static final Duration MAX_DURATION = Duration.ofMinutes(2);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(15);
    private static final int MAX_VALUES = 1000;
    private static final String UNREAD = ": series can't be read: ";

    private final ProgressLine progress;
    private final ApiClient client;
    private final String source;
    private final InstantSource time;
    private final Instant end;
    private final Instant start;
    private final Map<String, Optional<Set<String>>> answers = new HashMap<>();
    private Optional<String> trouble = Optional.empty();

    /// @param window how far back a series is searched, as text for messages; `back` is the same as
    ///   a duration
    LiveSeries(
        ApiClient client, String window, Duration back, InstantSource time, ProgressLine progress) {
      this.progress = progress;
      this.client = client;
      this.time = time;
      end = time.instant();
      start = end.minus(back);
      source = client.url() + " in " + window;
    }

    /// Returns a client for the server that `--against` names.
    static LiveSeries open(Flags flags, Map<String, String> environment, ProgressLine progress) {
      String url = flags.get("against");
      if (!url.startsWith("http://") && !url.startsWith("https://")) {
        throw flags.refused("against", "the address of a server, such as http://127.0.0.1:9090");
      }
      return new LiveSeries(
          new ApiClient(url, ServerAccess.options(flags, environment)),
          flags.get("against.window"),
          flags.duration("against.window"),
          InstantSource.system(),
          progress);
    }

    @Override
    public String source() {
      return source;
    }

    @Override
    public Optional<Set<String>> values(String label, String selector) {
      return ask("label/" + ApiClient.encoded(label) + "/values", selector);
    }

    @Override
    public Optional<Set<String>> labels(String selector) {
      return ask("labels", selector);
    }

    private Optional<Set<String>> ask(String what, String selector) {
      return answers.computeIfAbsent(what + " " + selector, _ -> fetch(what, selector));
    }

    private Optional<Set<String>> fetch(String what, String selector) {
      if (trouble.isPresent()) {
        return Optional.empty();
      }
      progress.show(() -> "asking %s: request %d".formatted(client.url(), answers.size() + 1));
      if (answers.size() >= MAX_REQUESTS || time.instant().isAfter(end.plus(MAX_DURATION))) {
        return fail(
            ": not all selectors were checked: the limit is %d requests and %d seconds"
                .formatted(MAX_REQUESTS, MAX_DURATION.toSeconds()));
      }
      try {
        Answer answer =
            client.get(
                "/api/v1/%s?match[]=%s&start=%d&end=%d&limit=%d"
                    .formatted(
                        what,
                        ApiClient.encoded(selector),
                        start.getEpochSecond(),
                        end.getEpochSecond() + 1, // rounded up: includes this second's samples
                        MAX_VALUES)
                    .replace("[]", "%5B%5D"),
                REQUEST_TIMEOUT);
        if (answer.status() == 200 && answer.json().path("data").isArray()) {
          return values(answer.json().path("data"));
        }
        String reason =
            answer.json().isMissingNode()
                ? "the answer is not JSON: " + Quoted.of(Quoted.cut(answer.body().strip(), 60))
                : answer.reason();
        return fail(UNREAD + "status " + answer.status() + ": " + reason);
      } catch (IOException e) {
        return fail(UNREAD + PlainReason.of(e));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return fail(UNREAD + "interrupted");
      }
    }

    private <T> Optional<T> fail(String why) {
      trouble = Optional.of(client.url() + why);
      return Optional.empty();
    }

    /* Returns an empty result if the server truncated the list: a value that the list lacks may
     * exist. */
    private static Optional<Set<String>> values(JsonNode data) {
      var values = new TreeSet<String>();
      data.forEach(value -> values.add(value.asText()));
      return values.size() >= MAX_VALUES ? Optional.empty() : Optional.of(values);
    }

    /// Returns a message if the server evaluates alerts but has no Alertmanager. The result is
    /// empty if it has one, or if its Alertmanagers can't be read.
    Optional<String> missingAlertmanager() {
      if (trouble.isPresent()) {
        return Optional.empty();
      }
      try {
        int alerts = 0;
        for (JsonNode group : data("/api/v1/rules?type=alert").path("groups")) {
          alerts += group.path("rules").size();
        }
        JsonNode receivers = alerts == 0 ? JSON.missingNode() : data("/api/v1/alertmanagers");
        return receivers.path("activeAlertmanagers").isArray()
                && receivers.path("activeAlertmanagers").isEmpty()
            ? Optional.of(
                "%s evaluates %d alerts and has no Alertmanager, so they notify nobody%s"
                    .formatted(
                        client.url(),
                        alerts,
                        receivers.path("droppedAlertmanagers").isEmpty()
                            ? ""
                            : "; relabelling dropped the Alertmanagers that it found"))
            : Optional.empty();
      } catch (IOException e) {
        return fail(": its Alertmanagers can't be read: " + ApiClient.reason(e));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }

    /* Returns a missing node on an error: not every server has this API or permits its use. */
    private JsonNode data(String path) throws IOException, InterruptedException {
      Answer answer = client.get(path, REQUEST_TIMEOUT);
      return answer.status() == 200 ? answer.json().path("data") : JSON.missingNode();
    }

    /// Returns why the answers of the server are incomplete; empty if they are complete.
    Optional<String> trouble() {
      return trouble;
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
