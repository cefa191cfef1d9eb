package io.pharos.cli.rollout;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient;
import io.pharos.cli.gate.GateClient.Answer;
import io.pharos.cli.gate.GateOutcome;
import io.pharos.cli.gate.RetryUntilAnswered;
import io.pharos.cli.gate.RetryUntilAnswered.Ended;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.SettingsFile;
import io.pharos.rollout.agent.AgentSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `pharos rollout`: begins a rollout, waits for its end, tells it what a person decided, or is the
/// agent that moves its traffic.
public final class RolloutCommand implements Command {
  private static final Flag ENV_FILE =
      new Flag("env-file", "", "settings as deploy/env/*.env have them (deploy/README.md)");
  private static final Flag WATCHDOG =
      new Flag(
          "restore-when-gone",
          "false",
          "agent: be the watchdog of the agent that writes to this process' input");

  public static final CommandManual MANUAL =
      new CommandManual(
          "rollout",
          "begins a rollout, shows it, says what a person decides, or is its agent",
          "agent | start | status | pause | resume | approve | abort",
          """
          start begins the rollout of a deployment that was announced, and waits for its
          end; status shows one, and waits with --wait. pause, resume, approve and abort
          need a --reason. They mean the newest rollout of --service and --env, or
          --rollout. agent runs beside the load balancer and does what Pharos decides
          (docs/format/rollouts.md); it needs --env-file, whose settings serve the other
          words too. A variable of the environment wins over the file.
          """,
          List.of(
              ENV_FILE,
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("service", "", "the service; SERVICE of the file where empty"),
              new Flag("env", "", "the environment"),
              new Flag("deployment", "", "start: the key of the deployment"),
              new Flag("rollout", "", "the rollout's id; where empty, the newest"),
              new Flag("reason", "", "why, for those who read it later"),
              new Flag("wait", "", "how long to wait for the end; empty: start 2h, status 0s"),
              WATCHDOG),
          List.of(
              new CommandManual.Exit(
                  0, "promoted; what was said is taken; the agent was asked to end"),
              new CommandManual.Exit(1, "returned or aborted: what ran before runs again"),
              new CommandManual.Exit(2, "held: a person decides; or paused"),
              new CommandManual.Exit(3, "under way, when the wait was over"),
              new CommandManual.Exit(
                  4, "the command line, a setting, the token or the policy is refused"),
              new CommandManual.Exit(5, "Pharos can't be reached")),
          List.of(
              "pharos rollout agent --env-file=deploy/env/production.env",
              "pharos rollout start --env-file=deploy/env/production.env --deployment=deploy:7",
              "pharos rollout abort --service=shop --env=production --reason='wrong branch'"));

  private static final List<String> WORDS =
      List.of("agent", "start", "status", "pause", "resume", "approve", "abort");

  /// How often Pharos is asked.
  ///
  /// @param poll how long one request may wait for another phase
  /// @param retry how long to pause when Pharos does not answer
  /// @param patience how long Pharos may not answer before there is a rollout
  record Pace(Duration poll, Duration retry, Duration patience) {
    static final Pace NORMAL =
        new Pace(Duration.ofSeconds(20), Duration.ofSeconds(1), Duration.ofSeconds(30));
  }

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final Pace pace;

  /// Creates the command on an environment and its two output streams.
  public RolloutCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, Pace.NORMAL);
  }

  RolloutCommand(Map<String, String> environment, PrintStream out, PrintStream err, Pace pace) {
    this.environment = Map.copyOf(environment);
    this.out = requireNonNull(out, "out is null");
    this.err = requireNonNull(err, "err is null");
    this.pace = requireNonNull(pace, "pace is null");
  }

  @Override
  public int run(List<String> words) {
    try {
      // The file names Pharos, so it is read before the flags that it serves.
      Flags first = Flags.parse(MANUAL.flags(), words, environment);
      Map<String, String> settings =
          first
              .path(ENV_FILE.name())
              .map(file -> SettingsFile.read(file).under(environment))
              .orElse(environment);
      return run(Flags.parse(MANUAL.flags(), words, settings), settings, words);
    } catch (UsageException | ConfigException | InvalidFieldException e) {
      err.println("pharos rollout: " + e.getMessage());
      return GateOutcome.REFUSED.exitCode(false);
    } catch (Ended e) {
      err.println("pharos rollout: " + e.getMessage());
      return e.outcome.exitCode(false);
    } catch (InterruptedException _) { // the user's will
      Thread.currentThread().interrupt();
      return GateOutcome.TIMEOUT.exitCode(false);
    }
  }

  private int run(Flags flags, Map<String, String> settings, List<String> words)
      throws InterruptedException {
    if (flags.arguments().size() != 1 || !WORDS.contains(flags.arguments().getFirst())) {
      throw new UsageException(
          "expected one of " + String.join(", ", WORDS) + ", found " + flags.arguments());
    }
    String word = flags.arguments().getFirst();
    if (word.equals("agent")) {
      return agent(flags, settings, words);
    }
    try (var client = ServerAccess.open(flags, settings)) {
      var pharos = new GateClient(client);
      return switch (word) {
        case "start" -> start(pharos, flags);
        case "status" -> await(pharos, find(pharos, flags, settings), wait(flags, Duration.ZERO));
        default -> act(pharos, flags, find(pharos, flags, settings), word);
      };
    }
  }

  private int agent(Flags flags, Map<String, String> settings, List<String> words)
      throws InterruptedException {
    if (flags.path(ENV_FILE.name()).isEmpty()) {
      throw new UsageException("--env-file is missing, expected a file of settings");
    }
    Path root = Path.of(System.getProperty("pharos.home", "")).toAbsolutePath();
    AgentSettings agent = AgentSettings.of(settings, root);
    if (flags.isOn(WATCHDOG.name())) {
      return new AgentProcess(agent, err).watch(System.in);
    }
    try (var client = ServerAccess.openRenewed(flags, settings)) {
      return new AgentProcess(agent, err).run(new LeaseClient(client), words);
    }
  }

  private static Duration wait(Flags flags, Duration otherwise) {
    return flags.get("wait").isEmpty() ? otherwise : flags.duration("wait");
  }

  private int start(GateClient pharos, Flags flags) throws InterruptedException {
    String key = flags.get("deployment");
    if (key.isEmpty()) {
      throw new UsageException("--deployment is missing, expected the key of a deployment");
    }
    Duration wait = wait(flags, Duration.ofHours(2));
    JsonNode begun = insist(() -> pharos.startRollout(key), "the rollout can't be begun");
    out.println(
        "rollout %s of %s %s in %s"
            .formatted(
                text(begun, "id"),
                text(begun, "service"),
                text(begun, "version"),
                text(begun, "env")));
    return await(pharos, begun, wait);
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText("").replaceAll("\\p{Cntrl}+", " ");
  }

  /// The rollout that is meant.
  private JsonNode find(GateClient pharos, Flags flags, Map<String, String> settings)
      throws InterruptedException {
    if (!flags.get("rollout").isEmpty()) {
      return insist(() -> pharos.rollout(flags.get("rollout")), "the rollout can't be read");
    }
    String service =
        flags.get("service").isEmpty()
            ? settings.getOrDefault("SERVICE", "")
            : flags.get("service");
    String env = flags.get("env");
    if (service.isEmpty() || env.isEmpty()) {
      throw new UsageException(
          "expected --rollout, or --service and --env, or an --env-file that names them");
    }
    JsonNode newest =
        insist(() -> pharos.rollouts(service, env), "the rollouts can't be read")
            .path("rollouts")
            .path(0);
    if (newest.isMissingNode()) {
      throw new Ended(GateOutcome.REFUSED, "no rollout of " + service + " in " + env);
    }
    return newest;
  }

  private int act(GateClient pharos, Flags flags, JsonNode rollout, String word)
      throws InterruptedException {
    String reason = flags.get("reason");
    if (reason.isBlank()) {
      throw new UsageException("--reason is missing, expected why, for those who read it later");
    }
    String id = text(rollout, "id");
    tell(insist(() -> pharos.tellRollout(id, word, reason), word + " is refused"));
    return 0;
  }

  private JsonNode insist(RetryUntilAnswered.Call call, String what) throws InterruptedException {
    return RetryUntilAnswered.on(call, what, pace.patience(), pace.retry());
  }

  /// Waits for the end; that Pharos does not answer meanwhile is waited out too.
  private int await(GateClient pharos, JsonNode known, Duration wait) throws InterruptedException {
    long end = System.nanoTime() + wait.toNanos();
    JsonNode rollout = known;
    String told = "";
    String trouble = "";
    while (true) {
      String line = line(rollout);
      if (!line.equals(told)) {
        out.println(line);
        told = line;
      }
      GateOutcome outcome = outcome(rollout);
      long left = end - System.nanoTime();
      if ((outcome != GateOutcome.TIMEOUT && !isWaitingForAPerson(rollout)) || left <= 0) {
        if (!trouble.isEmpty()) {
          throw new Ended(GateOutcome.UNREACHABLE, "the rollout can't be read: " + trouble);
        }
        return outcome.exitCode(false);
      }
      Duration part = Duration.ofNanos(Math.min(left, pace.poll().toNanos()));
      switch (pharos.rollout(text(known, "id"), text(rollout, "phase"), part)) {
        case Answer.Fine(int _, JsonNode body) -> {
          trouble = "";
          rollout = body;
        }
        case Answer.Refused(int status, String reason) ->
            throw new Ended(
                GateOutcome.REFUSED, "the rollout can't be read: status " + status + ", " + reason);
        case Answer.Unreachable(String reason) -> {
          trouble = reason;
          Thread.sleep(Math.min(pace.retry().toMillis(), Math.max(1, left / 1_000_000)));
        }
      }
    }
  }

  /// Somebody who approves or resumes it may come as long as there is time.
  private static boolean isWaitingForAPerson(JsonNode rollout) {
    return text(rollout, "phase").equals("PAUSED") || text(rollout, "wants").equals("APPROVAL");
  }

  private static GateOutcome outcome(JsonNode rollout) {
    return switch (text(rollout, "phase")) {
      case "PROMOTED" -> GateOutcome.PASS;
      case "RETURNED", "ABORTED" -> GateOutcome.FAIL;
      case "HELD", "PAUSED" -> GateOutcome.INCONCLUSIVE;
      default -> GateOutcome.TIMEOUT;
    };
  }

  private void tell(JsonNode rollout) {
    out.println(line(rollout));
  }

  private static String line(JsonNode rollout) {
    var line = new StringBuilder(text(rollout, "phase"));
    if (text(rollout, "phase").equals("STEP")) {
      line.append(
          " %d of %d".formatted(rollout.path("step").asInt() + 1, rollout.path("steps").asInt()));
    }
    if (rollout.path("stale").asBoolean()) {
      line.append(", no agent acts");
    }
    line.append(": ").append(text(rollout, "summary"));
    for (JsonNode one : rollout.path("trouble")) {
      line.append(
          "%n  %s %s: %s".formatted(text(one, "server"), text(one, "what"), text(one, "text")));
    }
    return line.toString();
  }
}
