package io.pharos.ingest.fleet;

import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads `fleet.yml` strictly (docs/format/fleet.md). Passwords must be in separate files.
///
/// @param folder folder from which relative paths start
public record FleetFile(Path folder) {
  /// The default path.
  public static final String DEFAULT_PATH = "prometheus/fleet.yml";

  /* RemoteGPU's collector inserts rows that no agent has sent. The query skips these rows: they
   * have constant usage values and no used memory. */
  static final String MACHINES =
      """
      select h.id as host, h.allocation_status as status, m.collected_at as beat
      from hosts h
      left join lateral (
        select collected_at from host_metrics
        where host_id = h.id
          and not (cpu_usage_percent = 45.5 and memory_usage_percent = 60.2
            and disk_usage_percent = 35.8 and memory_used_gb is null) is true
        order by collected_at desc limit 1
      ) m on true
      """;

  static final String GPUS =
      """
      select g.host_id as host,
        case
          when h.allocation_status = 'maintenance' then 'maintenance'
          when h.allocation_status = 'allocated' or g.status = 'allocated' then 'rented'
          when h.allocation_status = 'idle' and g.status = 'available' then 'idle'
          else 'unknown'
        end as state,
        count(*) as count
      from gpus g join hosts h on h.id = g.host_id
      group by 1, 2
      """;

  private static final int MAX_HOSTS = 10_000;
  private static final int MAX_QUERY_CHARACTERS = 20_000;

  /// Reads a file. Returns [FleetConfig#NONE] for an empty path, or if there is no file at the
  /// default path.
  ///
  /// @throws ConfigException if the file can't be read or is invalid
  public static FleetConfig read(Path file) {
    if (file.toString().isEmpty() || (file.equals(Path.of(DEFAULT_PATH)) && !Files.exists(file))) {
      return FleetConfig.NONE;
    }
    Path parent = file.toAbsolutePath().normalize().getParent();
    return YamlFile.read(file, new FleetFile(parent == null ? file : parent)::fleet);
  }

  /// Reads a text.
  ///
  /// @param name name of the text in errors
  /// @param folder folder from which relative paths start
  public static FleetConfig parse(String name, String text, Path folder) {
    return new FleetFile(folder.toAbsolutePath()).fleet(YamlFile.parse(name, text));
  }

  private FleetConfig fleet(YamlMap map) {
    Optional<YamlValue> postgresql = map.get("postgresql");
    Optional<YamlValue> redis = map.get("redis");
    Optional<YamlValue> push = map.get("push");
    Set<String> expected =
        map.get("expected")
            .<Set<String>>map(_ -> new HashSet<>(map.strings("expected")))
            .orElse(Set.of("allocated", "idle"));
    var config =
        new FleetConfig(
            expected,
            map.integer("max_hosts", 1000, 1, MAX_HOSTS),
            map.duration("forget_after", "1d", "10m", "30d"),
            map.duration("interval", "15s", "5s", "5m"),
            postgresql.map(value -> postgresql(value.asMap())),
            redis.map(value -> redis(value.asMap())),
            push.map(value -> push(value.asMap())));
    map.finish();
    if (postgresql.isEmpty() && redis.isEmpty() && push.isEmpty()) {
      throw map.error(
          "expected postgresql, redis or push; without a source there is nothing to read");
    }
    return config;
  }

  private FleetConfig.Postgresql postgresql(YamlMap map) {
    YamlValue url = map.require("url");
    String address = url.asString();
    if (!address.startsWith("jdbc:postgresql:")) {
      throw url.error("expected jdbc:postgresql://host:port/database");
    }
    if (address.contains("password=") || address.contains("user=")) {
      throw url.error("expected no user and password here; set username and password_file instead");
    }
    var source =
        new FleetConfig.Postgresql(
            address,
            map.require("username").asString(),
            password(map),
            map.get("time_zone")
                .map(value -> value.parse("a time zone such as Asia/Shanghai", FleetFile::zone))
                .orElse(ZoneId.of("UTC")),
            map.duration("timeout", "5s", "1s", "30s"),
            sql(map, "machines", MACHINES),
            sql(map, "gpus", GPUS));
    if (source.machines().isBlank()) {
      throw map.require("machines").error("expected a query");
    }
    map.finish();
    return source;
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time zone", e);
    }
  }

  private static String sql(YamlMap map, String key, String defaultQuery) {
    String text = map.string(key, defaultQuery).strip();
    if (text.length() > MAX_QUERY_CHARACTERS || text.contains(";")) {
      throw map.require(key)
          .error("expected one query without ; of at most " + MAX_QUERY_CHARACTERS + " characters");
    }
    return text;
  }

  private SecretSource password(YamlMap map) {
    Optional<YamlValue> file = map.get("password_file");
    file.filter(value -> value.asString().isBlank())
        .ifPresent(
            value -> {
              throw value.error("expected a file name");
            });
    return file.map(value -> SecretSource.fromFile(folder.resolve(value.asString()).normalize()))
        .orElse(SecretSource.unset());
  }

  private FleetConfig.Redis redis(YamlMap map) {
    YamlValue address = map.require("address");
    String text = address.asString();
    int colon = text.lastIndexOf(':');
    int port;
    try {
      port = colon < 1 ? -1 : Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException _) { // rejected below
      port = -1;
    }
    if (port < 1 || port > 65535) {
      throw address.error("expected host:port, found " + Quoted.of(text));
    }
    String keys = map.string("keys", "host:status:*");
    String prefix = keys.isEmpty() ? "" : keys.substring(0, keys.length() - 1);
    if (!keys.endsWith("*")
        || prefix.isEmpty()
        || prefix.chars().anyMatch(it -> "*?[]\\".indexOf(it) >= 0)) {
      throw map.require("keys").error("expected a key prefix followed by one *");
    }
    String beat = map.string("beat", "last_heartbeat");
    if (beat.isBlank()) {
      throw map.require("beat").error("expected keys joined by dots");
    }
    var source =
        new FleetConfig.Redis(
            text.substring(0, colon),
            port,
            map.string("username", ""),
            password(map),
            map.integer("database", 0, 0, 1000),
            prefix,
            List.of(beat.split("\\.", -1)),
            map.duration("timeout", "3s", "1s", "30s"));
    map.finish();
    return source;
  }

  private static FleetConfig.Push push(YamlMap map) {
    var push = new FleetConfig.Push(map.duration("silent_after", "2m", "30s", "1h"));
    map.finish();
    return push;
  }
}
