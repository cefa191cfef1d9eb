package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What an agent says once a second: who it is, what it sees, and what became of what it was told.
///
/// @param agent 1 to 200 printable characters that no other process has: `host:pid:random`
/// @param epoch of the lease that it believes to hold; null at first
/// @param servers what it sees, by the names at the load balancer
/// @param migrated how the last migration ended, until the answer no longer asks for it; else null
/// @param trouble what keeps it from doing its work, at most 20
public record Heartbeat(
    String service,
    String env,
    String agent,
    @Nullable Long epoch,
    Map<String, ObservedServer> servers,
    @Nullable MigrationResult migrated,
    List<AgentTrouble> trouble) {
  private static final int MAX_TROUBLE = 20;

  public Heartbeat(
      @Nullable String service,
      @Nullable String env,
      @Nullable String agent,
      @Nullable Long epoch,
      @Nullable Map<String, ObservedServer> servers,
      @Nullable MigrationResult migrated,
      @Nullable List<AgentTrouble> trouble) {
    this.service = require("service", service, "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "a name");
    this.env = require("env", env, "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "a name");
    this.agent =
        require("agent", agent, "[\\x21-\\x7e]{1,200}", "host:pid:random of printable characters");
    this.epoch = epoch;
    if (servers == null) {
      throw new InvalidFieldException("servers", "", "an object of what is seen");
    }
    if (servers.size() > DesiredServers.MAX_SERVERS) {
      throw new InvalidFieldException(
          "servers", servers.size() + " servers", "at most " + DesiredServers.MAX_SERVERS);
    }
    servers.forEach(
        (name, server) -> {
          DesiredServers.requireName(name);
          if (server == null) {
            throw new InvalidFieldException("servers." + name, "null", "what is seen of it");
          }
        });
    this.servers = Collections.unmodifiableMap(new TreeMap<>(servers));
    this.migrated = migrated;
    List<AgentTrouble> told = trouble == null ? List.of() : trouble;
    this.trouble = told.stream().limit(MAX_TROUBLE).toList();
  }

  private static String require(
      String field, @Nullable String value, String pattern, String expected) {
    if (value == null || !value.matches(pattern)) {
      throw new InvalidFieldException(field, value == null ? "" : value, expected);
    }
    return value;
  }

  /// The heartbeat that a text holds.
  ///
  /// @throws InvalidFieldException when it holds none
  public static Heartbeat parse(String json) {
    return WireJson.read(json, Heartbeat.class, WireJson.Strictness.STRICT);
  }

  public String toJson() {
    return WireJson.write(this);
  }
}
