package io.pharos.cli.rollout;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient;
import io.pharos.cli.gate.GateClient.Ended;
import io.pharos.cli.gate.GateClient.Pace;
import io.pharos.cli.gate.GateOutcome;
import io.pharos.cli.rollout.AgentProcess.LeaseClient;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.SettingsFile;
import io.pharos.rollout.agent.AgentSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `pharos rollout`: starts a rollout, waits for its end, sends a person's decision about it, or
/// runs the agent that shifts traffic.
public record RolloutCommand(
    Map<String, String> environment, PrintStream out, PrintStream err, Pace pace)
    implements Command {
  private static final Flag ENV_FILE =
      new Flag("env-file", "", "settings in the format of deploy/env/*.env (deploy/README.md)");
  private static final Flag WATCHDOG =
      new Flag(
          "restore-when-gone",
          "false",
          "agent: run as a watchdog, which restores the weights when the agent at standard input"
              + " has ended");

  public static final CommandManual MANUAL =
      new CommandManual(
          "rollout",
          "starts, shows and controls a rollout, or runs its agent",
          "agent | start | status | pause | resume | approve | abort",
          """
          start starts the rollout of an announced deployment and waits for its end.
          status shows a rollout, and waits for its end if --wait is given. pause, resume,
          approve and abort need a --reason. status and these four are about --rollout, or
          the newest rollout of --service and --env. agent runs beside the load balancer
          and carries out Pharos' decisions (docs/format/rollouts.md). It needs
          --env-file, which the other subcommands accept too. Environment variables
          override the file.
          """,
          List.of(
              ENV_FILE,
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("service", "", "the service; empty: SERVICE of --env-file"),
              new Flag("env", "", "the environment"),
              new Flag("deployment", "", "start: the key of the deployment"),
              new Flag("rollout", "", "the rollout's id; empty: the newest"),
              new Flag("reason", "", "the reason, which is recorded"),
              new Flag("wait", "", "how long to wait for the end; empty: start 2h, status 0s"),
              WATCHDOG),
          List.of(
              "0 start, status: promoted; agent: stopped; other subcommands: the decision was accepted",
              "1 returned or aborted: the previous release serves again",
              "2 held until a person decides, or paused",
              "3 still running after the wait",
              "4 a setting, the token or the policy is invalid",
              "5 Pharos is unreachable"),
          List.of(
              "pharos rollout agent --env-file=deploy/env/production.env",
              "pharos rollout start --env-file=deploy/env/production.env --deployment=deploy:7",
              "pharos rollout abort --service=shop --env=production --reason='wrong branch'"));

  private static final List<String> WORDS =
      List.of("agent", "start", "status", "pause", "resume", "approve", "abort");

  private static final Pace NORMAL =
      new Pace(Duration.ofSeconds(20), Duration.ofSeconds(1), Duration.ofSeconds(30));

  /// Creates the command with environment variables and two output streams.
  public RolloutCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this(environment, out, err, NORMAL);
  }

  @Override
  public int run(List<String> words) {
    try {
      // Read the flags twice: the first time for --env-file, which sets defaults of other flags.
      Flags first = MANUAL.parse(words, environment);
      Map<String, String> settings =
          first
              .path(ENV_FILE.name())
              .map(file -> SettingsFile.read(file).under(environment))
              .orElse(environment);
      return run(MANUAL.parse(words, settings), settings, words);
    } catch (ConfigException | InvalidFieldException e) {
      err.println("pharos rollout: " + e.getMessage());
      return GateOutcome.REFUSED.exitCode(false);
    } catch (Ended e) {
      err.println("pharos rollout: " + e.getMessage());
      return e.outcome.exitCode(false);
    } catch (InterruptedException _) { // the user ends the command
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
      var pharos = new GateClient(client, pace);
      return switch (word) {
        case "start" -> start(pharos, flags);
        case "status" -> await(pharos, find(pharos, flags, settings), wait(flags, Duration.ZERO));
        default -> act(pharos, flags, find(pharos, flags, settings), word);
      };
    }
  }

  private int agent(Flags flags, Map<String, String> settings, List<String> words)
      throws InterruptedException {
    var _ = flags.required(ENV_FILE.name(), "a file of settings");
    Path root = Path.of(System.getProperty("pharos.home", "")).toAbsolutePath();
    AgentSettings agent = AgentSettings.of(settings, root);
    if (flags.isOn(WATCHDOG.name())) {
      return new AgentProcess(agent, err).watch(System.in);
    }
    try (var client = ServerAccess.openRenewed(flags, settings)) {
      return new AgentProcess(agent, err).run(new LeaseClient(client), words);
    }
  }

  private static Duration wait(Flags flags, Duration defaultWait) {
    return flags.get("wait").isEmpty() ? defaultWait : flags.duration("wait");
  }

  private int start(GateClient pharos, Flags flags) throws InterruptedException {
    String key = flags.required("deployment", "the key of a deployment");
    Duration wait = wait(flags, Duration.ofHours(2));
    JsonNode body = JSON.createObjectNode().put("deployment", key);
    JsonNode started =
        pharos.insist(
            () -> pharos.send("POST", "/rollouts", Map.of(), body), "the rollout can't be started");
    out.println(
        "rollout %s of %s %s in %s"
            .formatted(
                text(started, "id"),
                text(started, "service"),
                text(started, "version"),
                text(started, "env")));
    return await(pharos, started, wait);
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText("").replaceAll("\\p{Cntrl}+", " ");
  }

  /// Returns the rollout that `--rollout` names, or the newest one of the service in the
  /// environment.
  private JsonNode find(GateClient pharos, Flags flags, Map<String, String> settings)
      throws InterruptedException {
    if (!flags.get("rollout").isEmpty()) {
      String path = "/rollouts/" + GateClient.path(flags.get("rollout"));
      return pharos.insist(() -> pharos.get(path), "the rollout can't be read");
    }
    String service = flags.text("service").orElse(settings.getOrDefault("SERVICE", ""));
    String env = flags.get("env");
    if (service.isEmpty() || env.isEmpty()) {
      throw new UsageException(
          "expected --rollout, or --service and --env, or an --env-file that names them");
    }
    String path =
        "/rollouts?limit=1&service=%s&env=%s"
            .formatted(ApiClient.encoded(service), ApiClient.encoded(env));
    JsonNode newest =
        pharos
            .insist(() -> pharos.get(path), "the rollouts can't be read")
            .path("rollouts")
            .path(0);
    if (newest.isMissingNode()) {
      throw new Ended(GateOutcome.REFUSED, "there is no rollout of " + service + " in " + env);
    }
    return newest;
  }

  private int act(GateClient pharos, Flags flags, JsonNode rollout, String word)
      throws InterruptedException {
    String reason = flags.get("reason");
    if (reason.isBlank()) {
      throw new UsageException("--reason is missing; it is recorded with the decision");
    }
    JsonNode body = JSON.createObjectNode().put("reason", reason);
    String path = path(rollout) + "/" + word;
    JsonNode decided =
        pharos.insist(() -> pharos.send("POST", path, Map.of(), body), word + " is refused");
    out.println(line(decided));
    return 0;
  }

  private static String path(JsonNode rollout) {
    return "/rollouts/" + GateClient.path(text(rollout, "id"));
  }

  private int await(GateClient pharos, JsonNode lastKnown, Duration wait)
      throws InterruptedException {
    out.println(line(lastKnown));
    var end =
        new GateClient.Awaited() {
          @Override
          public boolean isOpen(JsonNode rollout) {
            return outcome(rollout) == GateOutcome.TIMEOUT || isWaitingForAPerson(rollout);
          }

          @Override
          public String path(JsonNode rollout) {
            String phase = ApiClient.encoded(text(rollout, "phase"));
            return RolloutCommand.path(lastKnown) + "?phase-not=" + phase + "&";
          }

          @Override
          public void tell(JsonNode before, JsonNode rollout) {
            if (!line(rollout).equals(line(before))) {
              out.println(line(rollout));
            }
          }
        };
    return outcome(pharos.await(lastKnown, wait, "the rollout can't be read", end)).exitCode(false);
  }

  /// Returns whether the rollout waits until a person approves or resumes it.
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

  private static String line(JsonNode rollout) {
    var line = new StringBuilder(text(rollout, "phase"));
    if (text(rollout, "phase").equals("STEP")) {
      line.append(
          " %d of %d".formatted(rollout.path("step").asInt(), rollout.path("steps").asInt()));
    }
    if (rollout.path("stale").asBoolean()) {
      line.append(", no active agent");
    }
    line.append(": ").append(text(rollout, "summary"));
    for (JsonNode trouble : rollout.path("trouble")) {
      line.append(
          "%n  %s %s: %s"
              .formatted(text(trouble, "server"), text(trouble, "what"), text(trouble, "text")));
    }
    return line.toString();
  }
}
