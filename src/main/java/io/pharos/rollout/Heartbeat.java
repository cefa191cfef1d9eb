package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.migration.MigrationResult;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The report that an agent sends once per second: its name, the servers that it observes and the
/// result of its last migration.
///
/// @param agent unique name of the process, 1 to 200 printable characters: `host:pid:random`
/// @param epoch epoch of the lease that the agent holds; null if it has none
/// @param servers observed servers, by their names at the load balancer
/// @param migrated result of the requested migration, repeated until Pharos no longer requests it;
///   null if there is none
/// @param trouble current problems, at most 20
public record Heartbeat(
    String service,
    String env,
    String agent,
    @Nullable Long epoch,
    Map<String, ObservedServer> servers,
    @Nullable MigrationResult migrated,
    List<AgentTrouble> trouble) {
  private static final int MAX_TROUBLE = 20;
  private static final String NAME =
      "1 to 100 characters A-Z a-z 0-9 . _ - beginning with a letter or digit";

  /// Validates fields that come from the network.
  ///
  /// @throws InvalidFieldException naming the first invalid field
  public Heartbeat(
      @Nullable String service,
      @Nullable String env,
      @Nullable String agent,
      @Nullable Long epoch,
      @Nullable Map<String, ObservedServer> servers,
      @Nullable MigrationResult migrated,
      @Nullable List<AgentTrouble> trouble) {
    this.service = require("service", service, "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", NAME);
    this.env = require("env", env, "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", NAME);
    this.agent =
        require(
            "agent",
            agent,
            "[\\x21-\\x7e]{1,200}",
            "host:pid:random, 1 to 200 printable characters");
    this.epoch = epoch;
    if (servers == null) {
      throw new InvalidFieldException("servers", "", "an object of the observed servers");
    }
    if (servers.size() > DesiredServers.MAX_SERVERS) {
      throw new InvalidFieldException(
          "servers",
          servers.size() + " servers",
          "at most " + DesiredServers.MAX_SERVERS + " servers");
    }
    servers.forEach(
        (name, server) -> {
          String _ = DesiredServers.name(name);
          if (server == null) {
            throw new InvalidFieldException(
                "servers." + name, "null", "the observed state of the server");
          }
        });
    this.servers = Collections.unmodifiableMap(new TreeMap<>(servers));
    this.migrated = migrated;
    List<AgentTrouble> reported = trouble == null ? List.of() : trouble;
    this.trouble = reported.stream().limit(MAX_TROUBLE).toList();
  }

  private static String require(
      String field, @Nullable String value, String pattern, String expected) {
    if (value == null || !value.matches(pattern)) {
      throw new InvalidFieldException(field, value == null ? "" : value, expected);
    }
    return value;
  }

  /// Parses a heartbeat; unknown fields are refused.
  ///
  /// @throws InvalidFieldException when the text is no heartbeat
  public static Heartbeat parse(String json) {
    return WireJson.read(json, Heartbeat.class, WireJson.STRICT);
  }

  /// Returns the heartbeat as JSON.
  public String toJson() {
    return WireJson.write(this);
  }
}
