package io.pharos.probe;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.util.List;

/// Reads the checks of data stores.
///
/// @param keys shared keys
record StoreChecks(CheckKeys keys) {
  private static final List<String> SSL_MODES =
      List.of("disable", "prefer", "require", "verify-ca", "verify-full");

  ProbeCheck postgres(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map, 5432);
    String user = map.require("user").asString();
    return CheckKeys.last(
        map,
        new ProbeCheck.PostgresCheck(
            server,
            map.string("database", user),
            user,
            keys.path(map, "password_file").orElse(null),
            map.get("query").map(StoreChecks::query).orElse("SELECT 1"),
            map.get("sslmode").map(StoreChecks::sslmode).orElse("prefer"),
            keys.path(map, "ca_file").orElse(null),
            CheckKeys.ip(map)));
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
    var check =
        new ProbeCheck.RedisCheck(
            CheckKeys.server(map, 6379),
            map.string("username", ""),
            keys.path(map, "password_file").orElse(null),
            map.string("info", ""),
            keys.tlsIfOn(map).orElse(null),
            CheckKeys.ip(map));
    map.finish();
    if (!check.username().isEmpty() && check.passwordFile() == null) {
      throw map.error("found username without password_file");
    }
    return check;
  }
}
