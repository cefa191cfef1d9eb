package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.InvalidFieldException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What an agent has to know of its machine, by the keys of `deploy/env/*.env` (deploy/README.md).
///
/// @param service as in the gate's policies
/// @param env the same
/// @param runtime HAProxy's runtime API: a socket's path or `host:port`
/// @param stateFile what HAProxy begins with
/// @param migrateCommand empty where there is none
/// @param startWait how long a server that was started may take to become healthy, before it is
///   told
/// @param commandWait for one command that starts, stops or migrates
/// @param stateDir where the agent keeps its files
/// @param root what relative paths of compose files begin at, and where commands run
/// @param all every setting, for commands and [#healthUrl]
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
    requireNonNull(service, "service is null");
    requireNonNull(env, "env is null");
    all = Map.copyOf(all);
    if (!startCommand.isEmpty() && stopCommand.isEmpty()) {
      throw new InvalidFieldException(
          "STOP_COMMAND", "", "a command, since START_COMMAND is one: what it starts is stopped");
    }
    all.forEach(AgentSettings::requireUrl);
  }

  private static void requireUrl(String key, String value) {
    if (key.startsWith("CANDIDATE_URL_") && !value.isEmpty() && !isHttp(value)) {
      throw new InvalidFieldException(key, value, "an http or https address");
    }
  }

  private static boolean isHttp(String text) {
    try {
      URI uri = URI.create(text);
      return uri.getHost() != null && List.of("http", "https").contains(uri.getScheme());
    } catch (IllegalArgumentException _) { // refused like any other that is no address
      return false;
    }
  }

  /// What the settings of a file say.
  ///
  /// @param settings by their keys
  /// @param root the folder of the program
  /// @throws InvalidFieldException when one is missing or can't be
  public static AgentSettings of(Map<String, String> settings, Path root) {
    var get = new Getter(settings);
    String env = get.like("PHAROS_ENV", "", NAME, "a name as in gates/*.yml");
    String state = get.like("STATE_DIR", "", "[^\\x00]*", "a folder");
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
    String like(String key, String otherwise, String pattern, String expected) {
      String value = settings.getOrDefault(key, "");
      String text = value.isEmpty() ? otherwise : value;
      if (!text.matches(pattern)) {
        throw new InvalidFieldException(key, text, expected);
      }
      return text;
    }

    Duration seconds(String key, String otherwise) {
      return Duration.ofSeconds(
          Long.parseLong(like(key, otherwise, "[1-9][0-9]{0,4}", "seconds, 1 to 99999")));
    }
  }

  /// Where a server answers that is healthy; empty where only HAProxy's check says it.
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

  BoundedCommand commands() {
    var settings = new LinkedHashMap<>(all);
    settings.remove("PHAROS_TOKEN"); // nobody that it starts acts for it
    return new BoundedCommand(root.toAbsolutePath(), settings, commandWait);
  }
}
