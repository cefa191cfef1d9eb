package io.pharos.rollout.agent;

import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.SubmittedText;
import io.pharos.migration.MigrationTask;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The agent's settings, from `deploy/env/*.env` (deploy/README.md).
///
/// @param service name of the service in gate policies
/// @param env name of the environment in gate policies
/// @param runtime HAProxy's runtime API: path of a socket, or `host:port`
/// @param stateFile HAProxy's `server-state-file`; empty if it has none
/// @param migrateCommand shell command that migrates the database; empty for none
/// @param startWait time after a server's start in which it is not reported as unhealthy
/// @param commandWait timeout of a command that starts, stops or migrates
/// @param stateDir directory of the agent's files
/// @param root base of relative paths of compose files, and working directory of commands
/// @param all all settings, for commands and [#healthUrl]
public record AgentSettings(
    String service,
    String env,
    String runtime,
    String backend,
    Optional<Path> stateFile,
    String startCommand,
    String stopCommand,
    Path composeFile,
    String composeService,
    String migrateCommand,
    Duration startWait,
    Duration commandWait,
    Path stateDir,
    Path root,
    Map<String, String> all) {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

  public AgentSettings {
    all = Map.copyOf(all);
    if (!startCommand.isEmpty() && stopCommand.isEmpty()) {
      throw new InvalidFieldException(
          "STOP_COMMAND", "", "a command that stops the server that START_COMMAND starts");
    }
    all.forEach(AgentSettings::requireUrl);
  }

  private static void requireUrl(String key, String value) {
    if (key.startsWith("CANDIDATE_URL_")
        && !value.isEmpty()
        && !SubmittedText.isWebAddress(value)) {
      throw new InvalidFieldException(key, value, "an http or https address");
    }
  }

  /// Reads settings.
  ///
  /// @param settings values by key
  /// @param root directory of the program
  /// @throws InvalidFieldException when a setting is missing or invalid
  public static AgentSettings of(Map<String, String> settings, Path root) {
    var get = new Getter(settings);
    String env = get.like("PHAROS_ENV", "", NAME, "a name as in gates/*.yml");
    String state = get.like("STATE_DIR", "", "[^\\x00]*", "a directory");
    return new AgentSettings(
        get.like("SERVICE", "", NAME, "a name as in gates/*.yml"),
        env,
        get.like(
            "HAPROXY_RUNTIME",
            "",
            "/\\S+|[^\\s:]+:[0-9]{1,5}",
            "the path of a socket, or host:port"),
        get.like("HAPROXY_BACKEND", "", "[A-Za-z0-9_.:-]{1,100}", "the name of a backend"),
        Optional.of(get.like("HAPROXY_STATE_FILE", "", "[^\\x00]*", "a file"))
            .filter(text -> !text.isEmpty())
            .map(Path::of),
        settings.getOrDefault("START_COMMAND", ""),
        settings.getOrDefault("STOP_COMMAND", ""),
        root.resolve(settings.getOrDefault("COMPOSE_FILE", "")),
        get.like("COMPOSE_SERVICE", "backend", "[A-Za-z0-9._-]+", "the name of a service"),
        settings.getOrDefault("MIGRATE_COMMAND", ""),
        get.seconds("START_WAIT", "120"),
        get.seconds("COMMAND_WAIT", "600"),
        state.isEmpty() ? root.resolve("data").resolve("deploy").resolve(env) : Path.of(state),
        root,
        settings);
  }

  private record Getter(Map<String, String> settings) {
    String like(String key, String defaultValue, String pattern, String expected) {
      String value = settings.getOrDefault(key, "");
      String text = value.isEmpty() ? defaultValue : value;
      if (!text.matches(pattern)) {
        throw new InvalidFieldException(key, text, expected);
      }
      return text;
    }

    Duration seconds(String key, String defaultValue) {
      return Duration.ofSeconds(
          Long.parseLong(like(key, defaultValue, "[1-9][0-9]{0,4}", "seconds, 1 to 99999")));
    }
  }

  /// Returns the health URL of a server; empty if the agent relies on HAProxy's check only.
  Optional<URI> healthUrl(String server) {
    String key = "CANDIDATE_URL_" + server.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    String url = all.getOrDefault(key, "");
    return url.isEmpty() ? Optional.empty() : Optional.of(URI.create(url));
  }

  LoadBalancer balancer() {
    return new Haproxy(runtime, backend, stateFile);
  }

  ServerDriver driver() {
    return startCommand.isEmpty()
        ? new ComposeDriver(commands(), composeFile, composeService, stateDir)
        : new ProcessDriver(commands(), startCommand, stopCommand, stateDir);
  }

  /// Returns a runner that runs `MIGRATE_COMMAND` with the variables `VERSION` and `PHASE`, which
  /// is `expand` or `contract`. If no command is configured, the runner does nothing.
  MigrationTask.Runner migrator() {
    return task -> {
      if (migrateCommand.isEmpty()) {
        return "no MIGRATE_COMMAND is configured";
      }
      commands()
          .run(
              List.of("bash", "-c", migrateCommand),
              Map.of("VERSION", task.version(), "PHASE", task.phase().text()),
              stateDir.resolve("migrate.log"));
      return "MIGRATE_COMMAND succeeded";
    };
  }

  BoundedCommand commands() {
    var settings = new LinkedHashMap<>(all);
    settings.remove("PHAROS_TOKEN"); // commands must not be able to use the agent's token
    return new BoundedCommand(root.toAbsolutePath(), settings, commandWait);
  }
}
