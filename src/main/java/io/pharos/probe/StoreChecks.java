package io.pharos.probe;

import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Reads the checks of data stores.
///
/// @param keys shared keys
record StoreChecks(CheckKeys keys) {
  private static final List<String> SSL_MODES =
      List.of("disable", "prefer", "require", "verify-ca", "verify-full");

  ProbeCheck postgres(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map, 5432);
    String user = map.require("user").asString();
    String database = map.string("database", user);
    Optional<Path> password = keys.path(map, "password_file");
    String query = map.get("query").map(StoreChecks::query).orElse("SELECT 1");
    String sslmode = map.get("sslmode").map(StoreChecks::sslmode).orElse("prefer");
    Optional<Path> ca = keys.path(map, "ca_file");
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.PostgresCheck(
        server, database, user, password.orElse(null), query, sslmode, ca.orElse(null), ip);
  }

  /* A second statement could leave the read-only transaction. */
  private static String query(YamlValue value) {
    String text = value.asString().strip();
    String one = text.endsWith(";") ? text.substring(0, text.length() - 1) : text;
    if (one.isBlank() || one.indexOf(';') >= 0) {
      throw value.error("expected one SQL statement, without a semicolon in it");
    }
    return one;
  }

  private static String sslmode(YamlValue value) {
    String mode = value.asString();
    if (!SSL_MODES.contains(mode)) {
      throw value.error(
          "expected one of " + String.join(", ", SSL_MODES) + ", found " + Quoted.of(mode));
    }
    return mode;
  }

  ProbeCheck redis(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map, 6379);
    String username = map.string("username", "");
    Optional<Path> password = keys.path(map, "password_file");
    String info = map.string("info", "");
    Optional<TlsOptions> tls = keys.tlsIfOn(map);
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    if (!username.isEmpty() && password.isEmpty()) {
      throw map.error("found username without password_file");
    }
    return new ProbeCheck.RedisCheck(
        server, username, password.orElse(null), info, tls.orElse(null), ip);
  }
}
