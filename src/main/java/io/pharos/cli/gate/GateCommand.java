package io.pharos.cli.gate;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient.Answer;
import io.pharos.cli.gate.RetryUntilAnswered.Ended;
import io.pharos.model.Quoted;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// `pharos gate`: announces a deployment, opens a gate for it, waits for the verdict and returns it
/// as the exit code. Unknown is never a pass.
///
/// Exit codes: 0 PASS, 1 FAIL, 2 INCONCLUSIVE, 3 undecided after the wait, 4 usage, token or
/// policy, 5 Pharos unreachable; with `--nagios` 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
public final class GateCommand implements Command {
  private static final List<Flag> FLAGS =
      List.of(
          new Flag("service", "", "the service, as its gate policy names it"),
          new Flag("env", "", "the environment, as the gate policy names it"),
          new Flag("version", "", "the version of the release"),
          new Flag("sha", "", "the commit; empty: $GITHUB_SHA"),
          new Flag("strategy", "", "recreate, rolling, blue-green or canary"),
          new Flag("color", "", "the colour that the release runs as"),
          new Flag("candidate", "", "label matchers of the release's series"),
          new Flag("baseline", "", "label matchers of the series to compare with"),
          new Flag("digest", "", "the digest of the image, sha256:…"),
          new Flag("intent", "", "change, or fix for a release that repairs the service"),
          new Flag("key", "", "the deployment's key; empty: one of the CI run"),
          new Flag("wait", "15m", "how long to wait for the verdict"),
          new Flag("on-inconclusive", "", "fail, pass or ask; empty: what the policy advises"),
          ServerAccess.URL,
          ServerAccess.TOKEN_FILE,
          new Flag("nagios", "false", "exit code and output of a Nagios plugin"));

  public static final CommandManual MANUAL =
      new CommandManual(
          "gate",
          "announces a release and waits for the verdict about it",
          "[verify [ID] | replay ID | backtest POLICY.yml]",
          """
          --service, --env and --version are required. Unknown is never a pass.

          verify compares the stored facts of one gate, or of all, with their chain and the
          anchors. replay judges the stored observations again and compares the verdicts.
          Both exit with 0 if equal, 1 if not (and print the difference), 2 if not covered,
          as for gates of an old version; 4 and 5 as below.

          backtest applies a policy to the stored releases. It exits with 0, or with 2 if
          there are none or some are unreadable.
          """,
          Stream.concat(FLAGS.stream(), Stream.of(GateHindsight.FILE, GateHindsight.ANCHORS))
              .toList(),
          List.of(
              new CommandManual.Exit(0, "PASS (with --nagios: OK)"),
              new CommandManual.Exit(1, "FAIL (with --nagios: WARNING, inconclusive)"),
              new CommandManual.Exit(2, "INCONCLUSIVE (with --nagios: CRITICAL, failed)"),
              new CommandManual.Exit(
                  3, "undecided after --wait (with --nagios: UNKNOWN, any error)"),
              new CommandManual.Exit(4, "the command line, the token or the policy is invalid"),
              new CommandManual.Exit(5, "Pharos is unreachable")),
          List.of(
              "pharos gate --service=shop --env=production --version=1.4.2 --wait=20m",
              "pharos gate verify --anchors=/var/lib/pharos/gate-anchors",
              "pharos gate replay --file=evidence.json",
              "pharos gate backtest gates/shop.yml"));

  /// The pace of requests to Pharos.
  ///
  /// @param poll how long one request may wait for the verdict
  /// @param retry the pause before a retry
  /// @param patience how long Pharos may be unreachable before there is a gate
  record Pace(Duration poll, Duration retry, Duration patience) {
    static final Pace NORMAL =
        new Pace(Duration.ofSeconds(20), Duration.ofSeconds(2), Duration.ofSeconds(30));
  }

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final Function<String, Optional<String>> ask;
  private final Pace pace;
  private final InstantSource clock = InstantSource.system();

  /// Creates the command; it asks on the console, if there is one.
  public GateCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, GateCommand::askConsole, Pace.NORMAL);
  }

  /// Creates the command for tests.
  ///
  /// @param ask asks a person; empty without an answer
  GateCommand(
      Map<String, String> environment,
      PrintStream out,
      PrintStream err,
      Function<String, Optional<String>> ask,
      Pace pace) {
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
    this.ask = ask;
    this.pace = pace;
  }

  private static Optional<String> askConsole(String question) {
    return Optional.ofNullable(System.console())
        .filter(Console::isTerminal)
        .flatMap(console -> Optional.ofNullable(console.readLine("%s", question)));
  }

  @Override
  public int run(List<String> words) {
    if (!words.isEmpty() && GateHindsight.isOne(words.getFirst())) {
      return new GateHindsight(environment, out, err).run(words);
    }
    Flags flags;
    try {
      flags = Flags.parse(FLAGS, words, environment);
      flags.refuseArguments();
    } catch (UsageException e) {
      err.println("pharos gate: " + e.getMessage());
      return GateOutcome.REFUSED.exitCode(words.contains("--nagios"));
    }
    boolean nagios = words.contains("--nagios") || flags.get("nagios").equals("true");
    var report = new GateReport(environment, out, err, nagios);
    try {
      return judge(flags, report, nagios);
    } catch (UsageException e) {
      err.println("pharos gate: " + e.getMessage());
      return GateOutcome.REFUSED.exitCode(nagios);
    } catch (Ended e) {
      report.end(e.outcome, false, String.valueOf(e.getMessage()), GateReport.noGate(), "");
      return e.outcome.exitCode(nagios);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      report.end(GateOutcome.TIMEOUT, false, "The wait was interrupted.", GateReport.noGate(), "");
      return GateOutcome.TIMEOUT.exitCode(nagios);
    }
  }

  private int judge(Flags flags, GateReport report, boolean nagios) throws InterruptedException {
    for (String name : List.of("service", "env", "version")) {
      if (flags.get(name).isEmpty()) {
        throw new UsageException("--" + name + " is missing");
      }
    }
    String choice = flags.get("on-inconclusive");
    if (!List.of("", "fail", "pass", "ask").contains(choice)) {
      throw flags.refused("on-inconclusive", "fail, pass or ask");
    }
    Duration wait = flags.duration("wait");
    try (var client = ServerAccess.open(flags, environment)) {
      return judge(new GateClient(client), flags, wait, report, nagios);
    }
  }

  private int judge(
      GateClient client, Flags flags, Duration wait, GateReport report, boolean nagios)
      throws InterruptedException {
    String key = key(flags);
    announce(client, flags, key);
    JsonNode opened =
        RetryUntilAnswered.on(
            () -> client.openGate(key, key),
            "the gate can't be opened",
            pace.patience(),
            pace.retry());
    String id = opened.path("id").asText();
    String gateUrl = client.url() + opened.path("url").asText();
    report.say(
        "Gate %s for %s %s in %s, policy %s version %s"
            .formatted(
                id,
                flags.get("service"),
                flags.get("version"),
                flags.get("env"),
                opened.path("policy").path("id").asText(),
                opened.path("policy").path("version").asText()));
    report.say("  " + gateUrl);
    JsonNode gate = await(client, opened, id, wait, report);
    return decide(gate, flags.get("on-inconclusive"), gateUrl, report, nagios);
  }

  private String key(Flags flags) {
    String given = flags.get("key");
    String repository = environment.getOrDefault("GITHUB_REPOSITORY", "");
    String run = environment.getOrDefault("GITHUB_RUN_ID", "");
    String project = environment.getOrDefault("CI_PROJECT_PATH", "");
    String job = environment.getOrDefault("CI_JOB_ID", "");
    String env = flags.get("env");
    if (!given.isEmpty()) {
      return given;
    }
    if (!repository.isEmpty() && !run.isEmpty()) {
      String attempt = environment.getOrDefault("GITHUB_RUN_ATTEMPT", "1");
      return "gh:" + repository + ":" + run + ":" + attempt + ":" + env;
    }
    if (!project.isEmpty() && !job.isEmpty()) {
      return "gl:" + project + ":" + job + ":" + env;
    }
    return "cli:" + flags.get("service") + ":" + env + ":" + clock.millis();
  }

  /// Announces the deployment, unless one with this key exists.
  private void announce(GateClient client, Flags flags, String key) throws InterruptedException {
    if (!flags.get("key").isEmpty()) {
      Answer known = client.findDeployment(key);
      if (known instanceof Answer.Fine(int _, JsonNode deployment)) {
        for (String field : List.of("service", "env", "version")) {
          String announced = deployment.path(field).asText();
          if (!announced.equals(flags.get(field))) {
            throw new UsageException(
                "--%s: expected %s, as in the announced deployment %s, found %s"
                    .formatted(field, Quoted.of(announced), key, Quoted.of(flags.get(field))));
          }
        }
        return;
      }
    }
    var fields = new LinkedHashMap<String, String>();
    for (String name :
        List.of(
            "service",
            "env",
            "version",
            "strategy",
            "color",
            "candidate",
            "baseline",
            "digest",
            "intent",
            "sha")) {
      fields.put(name, flags.get(name));
    }
    if (flags.get("sha").isEmpty()) {
      fields.put("sha", environment.getOrDefault("GITHUB_SHA", ""));
    }
    JsonNode body = GateClient.object(fields, links());
    RetryUntilAnswered.on(
        () -> client.putDeployment(key, body),
        "the deployment can't be announced",
        pace.patience(),
        pace.retry());
  }

  private Map<String, String> links() {
    String server = environment.getOrDefault("GITHUB_SERVER_URL", "");
    String repository = environment.getOrDefault("GITHUB_REPOSITORY", "");
    String run = environment.getOrDefault("GITHUB_RUN_ID", "");
    return server.isEmpty() || repository.isEmpty() || run.isEmpty()
        ? Map.of()
        : Map.of("run", server + "/" + repository + "/actions/runs/" + run);
  }

  /// The gate once it is decided, or its last state at the end of the wait.
  private JsonNode await(
      GateClient client, JsonNode opened, String id, Duration wait, GateReport report)
      throws InterruptedException {
    long end = System.nanoTime() + wait.toNanos();
    JsonNode gate = opened;
    String trouble = "";
    while (isRunning(gate)) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        if (!trouble.isEmpty()) {
          throw new Ended(GateOutcome.UNREACHABLE, "the verdict can't be read: " + trouble);
        }
        return gate;
      }
      Duration part = Duration.ofNanos(Math.min(left, pace.poll().toNanos()));
      switch (client.gate(id, part)) {
        case Answer.Fine(int _, JsonNode body) -> {
          trouble = "";
          gate = body;
          if (isRunning(gate)) {
            report.progress(gate);
          }
        }
        case Answer.Refused(int status, String reason) ->
            throw new Ended(
                GateOutcome.REFUSED, "the verdict can't be read: status " + status + ", " + reason);
        case Answer.Unreachable(String reason) -> {
          trouble = reason;
          Thread.sleep(Math.min(pace.retry().toMillis(), Math.max(1, left / 1_000_000)));
        }
      }
    }
    return gate;
  }

  private static boolean isRunning(JsonNode gate) {
    return outcome(gate).equals("RUNNING");
  }

  /* The override of a person counts more than the verdict. */
  private static String outcome(JsonNode gate) {
    return gate.path("outcome").asText(gate.path("state").asText());
  }

  private int decide(
      JsonNode gate, String choice, String gateUrl, GateReport report, boolean nagios) {
    String summary = gate.path("summary").asText();
    GateOutcome outcome =
        switch (outcome(gate)) {
          case "PASS" ->
              gate.path("expired").asBoolean() ? GateOutcome.INCONCLUSIVE : GateOutcome.PASS;
          case "FAIL" -> GateOutcome.FAIL;
          case "INCONCLUSIVE" -> GateOutcome.INCONCLUSIVE;
          case "RUNNING" -> GateOutcome.TIMEOUT;
          default -> GateOutcome.UNREACHABLE;
        };
    if (gate.path("expired").asBoolean()) {
      summary = "The pass expired at " + gate.path("expires_at").asText() + ": " + summary;
    }
    JsonNode override = gate.path("override");
    if (override.isObject()) {
      summary =
          "The gate said %s, overridden to %s by %s at %s: %s The gate's own words: %s"
              .formatted(
                  gate.path("state").asText(),
                  override.path("outcome").asText(),
                  override.path("by").asText(),
                  override.path("at").asText(),
                  sentence(override.path("reason").asText()),
                  summary);
    }
    if (outcome == GateOutcome.TIMEOUT) {
      summary = "Undecided after the wait: " + summary;
    }
    boolean go = outcome == GateOutcome.PASS;
    if (outcome == GateOutcome.INCONCLUSIVE) {
      String how = choice.isEmpty() ? gate.path("advisory").asText() : choice;
      switch (how) {
        case "pass", "allow" -> {
          go = true;
          summary +=
              " It continues, as "
                  + (choice.isEmpty() ? "the policy advises." : "the command line says.");
        }
        case "ask" -> {
          Optional<String> reason = permission(summary);
          go = reason.isPresent();
          summary += go ? " It continues, allowed by: " + reason.get() : " Nobody allowed it.";
        }
        default -> {} // hold
      }
    }
    report.end(outcome, go, summary, gate, gateUrl);
    return go ? 0 : outcome.exitCode(nagios);
  }

  private static String sentence(String text) {
    return text.matches("(?s).*[.!?]") ? text : text + ".";
  }

  /// The name of the person who lets an inconclusive release continue, and a reason.
  private Optional<String> permission(String summary) {
    err.println(summary);
    Optional<String> answer =
        ask.apply("To continue, enter your name and a reason; to stop, press Enter: ");
    return answer.map(String::strip).filter(text -> text.split("\\s+").length >= 2);
  }
}
