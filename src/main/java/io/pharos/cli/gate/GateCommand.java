package io.pharos.cli.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient.Answer;
import io.pharos.cli.gate.GateClient.Ended;
import io.pharos.cli.gate.GateClient.Pace;
import io.pharos.model.Quoted;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// `pharos gate`: announces a deployment, opens a gate for it, waits for the verdict and returns it
/// as the exit code. An unknown result is never a PASS.
///
/// Exit codes: 0 PASS, 1 FAIL, 2 INCONCLUSIVE, 3 no verdict within `--wait`, 4 Pharos refused the
/// release, the token or the policy, 5 Pharos is unreachable. With `--nagios`: 0 OK, 1 WARNING, 2
/// CRITICAL, 3 UNKNOWN.
///
/// @param ask asks a person a question and returns the answer; empty if nobody answers
/// @param onTerminal whether a person watches the output
public record GateCommand(
    Map<String, String> environment,
    PrintStream out,
    PrintStream err,
    Function<String, Optional<String>> ask,
    boolean onTerminal,
    Pace pace)
    implements Command {
  private static final List<Flag> FLAGS =
      List.of(
          new Flag("service", "", "the service, as its gate policy names it"),
          new Flag("env", "", "the environment, as the gate policy names it"),
          new Flag("version", "", "the version of the release"),
          new Flag("sha", "", "the commit; empty: $GITHUB_SHA"),
          new Flag("strategy", "", "recreate, rolling, blue-green or canary"),
          new Flag("color", "", "the colour of the instances that run the release"),
          new Flag("candidate", "", "label matchers of the release's series"),
          new Flag("baseline", "", "label matchers of the series to compare with"),
          new Flag("digest", "", "the digest of the image, sha256:…"),
          new Flag("intent", "", "change, or fix for a release that repairs the service"),
          new Flag("key", "", "the deployment's key; empty: derived from the CI run"),
          new Flag("wait", "15m", "how long to wait for the verdict"),
          new Flag("on-inconclusive", "", "fail, pass or ask; empty: what the policy advises"),
          ServerAccess.URL,
          ServerAccess.TOKEN_FILE,
          new Flag("json", "false", "print progress and result as lines of JSON"),
          new Flag("nagios", "false", "exit code and output of a Nagios plugin"));

  /// The flags whose values are sent with the announcement as they are. `sha` is not among them,
  /// because its default is an environment variable.
  private static final List<String> DESCRIPTION =
      FLAGS.subList(0, 10).stream().map(Flag::name).filter(name -> !name.equals("sha")).toList();

  private static final JsonNode NO_GATE = MissingNode.getInstance();

  public static final CommandManual MANUAL =
      new CommandManual(
          "gate",
          "announces a release and waits for the verdict about it",
          "[verify [ID] | replay ID | backtest POLICY.yml]",
          """
          --service, --env and --version are required. An unknown result is never a PASS.

          verify compares the stored facts of one gate, or of all gates, with their chain
          and the anchors. replay judges the stored observations again and compares the
          verdicts. Both exit with 0 if nothing differs, 1 if something differs (they
          print it), and 2 if a gate can't be checked, such as one of an old version; 4
          and 5 as below.

          backtest applies a policy to the stored releases. It exits with 0, or with 2 if
          no releases are stored or some are unreadable.
          """,
          Stream.concat(FLAGS.stream(), Stream.of(GateHindsight.FILE, GateHindsight.ANCHORS))
              .toList(),
          List.of(
              "0 PASS (with --nagios: OK)",
              "1 FAIL (with --nagios: WARNING, inconclusive)",
              "2 INCONCLUSIVE (with --nagios: CRITICAL, failed)",
              "3 no verdict within --wait (with --nagios: UNKNOWN, or any error)",
              "4 Pharos refused the release, the token or the policy",
              "5 Pharos is unreachable"),
          List.of(
              "pharos gate --service=shop --env=production --version=1.4.2 --wait=20m",
              "pharos gate verify --anchors=/var/lib/pharos/gate-anchors",
              "pharos gate replay --file=evidence.json",
              "pharos gate backtest gates/shop.yml"));

  private static final Pace NORMAL =
      new Pace(Duration.ofSeconds(20), Duration.ofSeconds(2), Duration.ofSeconds(30));

  /// Creates the command. It asks the person at the console, if there is one.
  public GateCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, GateCommand::askConsole, console().isPresent(), NORMAL);
  }

  private static Optional<Console> console() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal);
  }

  private static Optional<String> askConsole(String question) {
    return console().flatMap(console -> Optional.ofNullable(console.readLine("%s", question)));
  }

  @Override
  public int run(List<String> words) {
    if (!words.isEmpty() && GateHindsight.isCommand(words.getFirst())) {
      return new GateHindsight(environment, out, err).run(words);
    }
    // Also known if the command line is invalid: a plugin must answer with one of Nagios' codes.
    boolean nagios =
        words.contains("--nagios")
            || words.contains("--nagios=true")
            || (environment("PHAROS_NAGIOS").equals("true") && !words.contains("--nagios=false"));
    try {
      Flags flags = Flags.parse(FLAGS, words, environment);
      flags.refuseArguments();
      if (nagios && flags.isOn("json")) {
        throw new UsageException("expected --nagios or --json, found both");
      }
      GateReport.Format format =
          nagios
              ? GateReport.Format.NAGIOS
              : flags.isOn("json") ? GateReport.Format.JSON : GateReport.Format.LINES;
      return judge(flags, new GateReport(environment, out, err, format, onTerminal));
    } catch (UsageException e) {
      if (!nagios) {
        throw e;
      }
      err.println("pharos gate: " + e.getMessage());
      return GateOutcome.REFUSED.exitCode(true);
    }
  }

  private int judge(Flags flags, GateReport report) {
    for (String name : List.of("service", "env", "version")) {
      if (flags.get(name).isEmpty()) {
        throw new UsageException("--" + name + " is missing");
      }
    }
    if (!List.of("", "fail", "pass", "ask").contains(flags.get("on-inconclusive"))) {
      throw flags.refused("on-inconclusive", "fail, pass or ask");
    }
    Duration wait = flags.duration("wait");
    try (var client = ServerAccess.open(flags, environment)) {
      return judge(new GateClient(client, pace), flags, wait, report);
    } catch (Ended e) {
      return end(e.outcome, String.valueOf(e.getMessage()), report);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return end(GateOutcome.TIMEOUT, "The wait was interrupted.", report);
    }
  }

  private static int end(GateOutcome outcome, String why, GateReport report) {
    return report.end(outcome, false, why, NO_GATE, Optional.empty(), "");
  }

  private int judge(GateClient pharos, Flags flags, Duration wait, GateReport report)
      throws InterruptedException {
    String key = key(flags);
    boolean isOwn = announce(pharos, flags, key);
    JsonNode opened = open(pharos, isOwn, key);
    long begun = System.nanoTime();
    String id = opened.path("id").asText();
    String gateUrl = pharos.client().url() + opened.path("url").asText();
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
    GateClient.Awaited verdict = awaited(id, begun, report);
    JsonNode gate = pharos.await(opened, wait, "the verdict can't be read", verdict);
    Decision decision = decide(gate, flags.get("on-inconclusive"));
    int code =
        report.end(
            decision.outcome(),
            decision.go(),
            decision.summary(),
            gate,
            Optional.of(GateProgress.of(gate, since(begun))),
            gateUrl);
    switch (decision.outcome()) {
      case PASS, FAIL, INCONCLUSIVE ->
          finish(pharos, isOwn, key, decision.go() ? "succeeded" : "failed");
      case TIMEOUT, REFUSED, UNREACHABLE -> {} // the gate still runs, so the deployment does too
    }
    return code;
  }

  private JsonNode open(GateClient pharos, boolean isOwn, String key) throws InterruptedException {
    JsonNode body = JSON.createObjectNode().put("deployment", key);
    var headers = Map.of("Idempotency-Key", key);
    try {
      return pharos.insist(
          () -> pharos.send("POST", "/gates", headers, body), "the gate can't be opened");
    } catch (Ended e) {
      finish(pharos, isOwn, key, "failed");
      throw e;
    }
  }

  private static GateClient.Awaited awaited(String id, long begun, GateReport report) {
    return new GateClient.Awaited() {
      @Override
      public boolean isOpen(JsonNode gate) {
        return outcome(gate).equals("RUNNING");
      }

      @Override
      public String path(JsonNode gate) {
        return "/gates/" + GateClient.path(id) + "?";
      }

      @Override
      public void tell(JsonNode before, JsonNode gate) {
        if (isOpen(gate)) {
          report.progress(GateProgress.of(gate, since(begun)));
        }
      }
    };
  }

  private static Duration since(long begun) {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /// Ends the deployment if this command announced it; others end theirs themselves.
  private void finish(GateClient pharos, boolean isOwn, String key, String status)
      throws InterruptedException {
    if (!isOwn) {
      return;
    }
    try {
      pharos.insist(
          () ->
              pharos.send(
                  "PATCH",
                  "/deployments/" + GateClient.path(key),
                  Map.of(),
                  JSON.createObjectNode().put("status", status)),
          "the deployment can't be ended as " + status);
    } catch (Ended e) {
      err.println("pharos gate: " + e.getMessage());
    }
  }

  private String environment(String name) {
    return environment.getOrDefault(name, "");
  }

  private String key(Flags flags) {
    String repository = environment("GITHUB_REPOSITORY");
    String run = environment("GITHUB_RUN_ID");
    String project = environment("CI_PROJECT_PATH");
    String job = environment("CI_JOB_ID");
    String env = flags.get("env");
    if (!flags.get("key").isEmpty()) {
      return flags.get("key");
    }
    if (!repository.isEmpty() && !run.isEmpty()) {
      String attempt = environment.getOrDefault("GITHUB_RUN_ATTEMPT", "1");
      return "gh:" + repository + ":" + run + ":" + attempt + ":" + env;
    }
    if (!project.isEmpty() && !job.isEmpty()) {
      return "gl:" + project + ":" + job + ":" + env;
    }
    return "cli:" + flags.get("service") + ":" + env + ":" + InstantSource.system().millis();
  }

  /// Announces the deployment, unless `--key` names one that was announced already.
  ///
  /// @return whether this command announced it
  private boolean announce(GateClient pharos, Flags flags, String key) throws InterruptedException {
    String path = "/deployments/" + GateClient.path(key);
    if (!flags.get("key").isEmpty()
        && pharos.get(path) instanceof Answer.Fine(int _, JsonNode deployment)) {
      for (String field : List.of("service", "env", "version")) {
        String announced = deployment.path(field).asText();
        if (!announced.equals(flags.get(field))) {
          throw new UsageException(
              "--%s: expected %s, as in the announced deployment %s, found %s"
                  .formatted(field, Quoted.of(announced), key, Quoted.of(flags.get(field))));
        }
      }
      return false;
    }
    var body = JSON.createObjectNode();
    for (String name : DESCRIPTION) {
      flags.text(name).ifPresent(text -> body.put(name, text));
    }
    String sha = flags.text("sha").orElse(environment("GITHUB_SHA"));
    if (!sha.isEmpty()) {
      body.put("sha", sha);
    }
    String server = environment("GITHUB_SERVER_URL");
    String repository = environment("GITHUB_REPOSITORY");
    String run = environment("GITHUB_RUN_ID");
    if (!server.isEmpty() && !repository.isEmpty() && !run.isEmpty()) {
      body.putObject("links").put("run", server + "/" + repository + "/actions/runs/" + run);
    }
    pharos.insist(
        () -> pharos.send("PUT", path, Map.of(), body), "the deployment can't be announced");
    return true;
  }

  /* Returns a person's decision, or else the verdict. */
  private static String outcome(JsonNode gate) {
    return gate.path("outcome").asText(gate.path("state").asText());
  }

  /// What follows from a gate.
  ///
  /// @param go whether the pipeline may continue
  private record Decision(GateOutcome outcome, boolean go, String summary) {}

  private Decision decide(JsonNode gate, String choice) {
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
          "The state of the gate was %s, overridden to %s by %s at %s: %s The gate's reason: %s"
              .formatted(
                  gate.path("state").asText(),
                  override.path("outcome").asText(),
                  override.path("by").asText(),
                  override.path("at").asText(),
                  sentence(override.path("reason").asText()),
                  summary);
    }
    if (outcome == GateOutcome.TIMEOUT) {
      summary = "No verdict within the wait: " + summary;
    }
    boolean go = outcome == GateOutcome.PASS;
    if (outcome == GateOutcome.INCONCLUSIVE) {
      String advice = choice.isEmpty() ? gate.path("advisory").asText() : choice;
      switch (advice) {
        case "pass", "allow" -> {
          go = true;
          summary +=
              " The release continues, as "
                  + (choice.isEmpty() ? "the policy advises." : "the command line says.");
        }
        case "ask" -> {
          Optional<String> reason = permission(summary);
          go = reason.isPresent();
          summary +=
              go
                  ? " The release continues, allowed by: " + reason.get()
                  : " Nobody allowed it to continue.";
        }
        default -> {} // "fail" and "hold" do not continue
      }
    }
    return new Decision(outcome, go, summary);
  }

  private static String sentence(String text) {
    return text.matches("(?s).*[.!?]") ? text : text + ".";
  }

  /// Asks for the name of a person who lets an inconclusive release continue, and for a reason. The
  /// result is empty unless both are entered.
  private Optional<String> permission(String summary) {
    err.println(summary);
    Optional<String> answer =
        ask.apply("To continue, enter your name and a reason; to stop, press Enter: ");
    return answer.map(String::strip).filter(text -> text.split("\\s+").length >= 2);
  }
}
