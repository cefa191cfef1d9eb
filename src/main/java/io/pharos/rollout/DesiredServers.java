package io.pharos.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The desired state of a service's servers, by their names at the load balancer. The agent does
/// not change other servers. The JSON form is the object of the servers.
///
/// @param servers ordered by name
public record DesiredServers(@JsonValue Map<String, ServerState> servers) {
  /// Maximum number of servers.
  static final int MAX_SERVERS = 200;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,49}");

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public DesiredServers {
    servers = Collections.unmodifiableMap(new TreeMap<>(servers));
    servers.keySet().forEach(DesiredServers::name);
    if (servers.size() > MAX_SERVERS) {
      throw new InvalidFieldException(
          "servers", servers.size() + " servers", "at most " + MAX_SERVERS + " servers");
    }
  }

  /// Checks the name of a server; throws [InvalidFieldException] when it is invalid.
  static String name(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new InvalidFieldException(
          "servers",
          name,
          "names of 1 to 50 characters A-Z a-z 0-9 . _ - beginning with a letter or digit");
    }
    return name;
  }

  /// Returns the desired state of a server; empty if the agent must not change it.
  public Optional<ServerState> server(String name) {
    return Optional.ofNullable(servers.get(name));
  }

  /// Returns the servers in words, for people.
  String text() {
    return servers.entrySet().stream()
        .map(
            it ->
                it.getValue().running()
                    ? "%s runs %s with weight %d %%"
                        .formatted(
                            it.getKey(),
                            Objects.requireNonNullElse(it.getValue().version(), "some version"),
                            it.getValue().weight())
                    : it.getKey() + " is stopped")
        .collect(Collectors.joining(", "));
  }

  /// Returns a copy with one server changed or added.
  DesiredServers with(String name, ServerState state) {
    var changed = new TreeMap<>(servers);
    changed.put(name, state);
    return new DesiredServers(changed);
  }

  /// Returns the names of the servers that are not in the desired state.
  ///
  /// @param version version of the release; servers that should run it must also be healthy
  List<String> differing(Map<String, ObservedServer> seen, String version) {
    return servers.entrySet().stream()
        .filter(
            entry -> {
              ObservedServer server = seen.get(entry.getKey());
              ServerState wanted = entry.getValue();
              return server == null || !wanted.matches(server, version.equals(wanted.version()));
            })
        .map(Map.Entry::getKey)
        .toList();
  }

  /// Returns whether all servers are in the desired state, see [#differing].
  boolean matches(Map<String, ObservedServer> seen, String version) {
    return differing(seen, version).isEmpty();
  }
}
