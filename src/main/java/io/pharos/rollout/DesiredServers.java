package io.pharos.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the servers of a service should look like, by their names at the load balancer. A server
/// that is not in it is left alone. In JSON it is the object of its servers.
///
/// @param servers in the order of their names
public record DesiredServers(@JsonValue Map<String, ServerState> servers) {
  /// More servers than that are no fleet of ours.
  static final int MAX_SERVERS = 200;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,49}");

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public DesiredServers {
    servers = Collections.unmodifiableMap(new TreeMap<>(servers));
    servers.keySet().forEach(DesiredServers::requireName);
    if (servers.size() > MAX_SERVERS) {
      throw new InvalidFieldException(
          "servers", servers.size() + " servers", "at most " + MAX_SERVERS);
    }
  }

  static void requireName(String name) {
    name(name);
  }

  /// A name of a server.
  ///
  /// @throws InvalidFieldException when it is none
  static String name(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new InvalidFieldException(
          "servers",
          name,
          "names of 1 to 50 of A-Z a-z 0-9 . _ - beginning with a letter or digit");
    }
    return name;
  }

  public Optional<ServerState> server(String name) {
    return Optional.ofNullable(servers.get(name));
  }

  /// This fleet with one server changed or added.
  DesiredServers with(String name, ServerState state) {
    var changed = new TreeMap<>(servers);
    changed.put(name, state);
    return new DesiredServers(changed);
  }

  /// The servers that were not seen as they should be.
  ///
  /// @param version of the release whose servers must be healthy too: of what ran before nobody
  ///   promised that
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

  /// Whether every server of it was seen as it should be, as [#differing] tells.
  boolean matches(Map<String, ObservedServer> seen, String version) {
    return differing(seen, version).isEmpty();
  }
}
