package io.pharos.probe;

import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.util.List;
import java.util.Locale;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Reads the checks of networks, names, TLS, SSH, gRPC and data stores.
///
/// @param keys reads the keys that several probe types share
record NetworkChecks(CheckKeys keys) {
  private static final List<String> SSL_MODES =
      List.of("disable", "prefer", "require", "verify-ca", "verify-full");

  ProbeCheck tcp(YamlMap map) {
    return CheckKeys.finished(
        map,
        new ProbeCheck.TcpCheck(
            CheckKeys.server(map),
            map.string("send", ""),
            CheckKeys.pattern(map, "expect").orElse(null),
            keys.tlsIfOn(map).orElse(null),
            CheckKeys.ip(map)));
  }

  ProbeCheck udp(YamlMap map) {
    return CheckKeys.finished(
        map,
        new ProbeCheck.UdpCheck(
            CheckKeys.server(map),
            map.require("send").asString(),
            CheckKeys.pattern(map, "expect").orElse(null),
            CheckKeys.ip(map)));
  }

  ProbeCheck icmp(YamlMap map) {
    return CheckKeys.finished(
        map, new ProbeCheck.IcmpCheck(map.require("host").asString(), CheckKeys.ip(map)));
  }

  ProbeCheck dns(YamlMap map) {
    String host = map.require("server").asString();
    return CheckKeys.finished(
        map,
        new ProbeCheck.DnsCheck(
            new ProbeCheck.Server(host, CheckKeys.port(map, 53)),
            map.require("name").parse("a domain name such as example.org", NetworkChecks::name),
            map.get("type")
                .map(value -> value.parse("a record type such as A or MX", NetworkChecks::type))
                .orElse("A"),
            map.bool("recursion", true),
            map.bool("tcp", false),
            CheckKeys.ip(map)));
  }

  private static String name(String text) {
    try {
      return Name.fromString(text, Name.root).toString();
    } catch (TextParseException _) {
      throw new NumberFormatException(text);
    }
  }

  private static String type(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    if (Type.value(upper) < 0 || upper.equals("AXFR") || upper.equals("IXFR")) {
      throw new NumberFormatException(text);
    }
    return upper;
  }

  ProbeCheck tls(YamlMap map) {
    return CheckKeys.finished(
        map,
        new ProbeCheck.TlsCheck(
            CheckKeys.server(map, 443),
            keys.tls(map).orElse(TlsOptions.DEFAULT),
            CheckKeys.ip(map)));
  }

  ProbeCheck grpc(YamlMap map) {
    return CheckKeys.finished(
        map,
        new ProbeCheck.GrpcCheck(
            CheckKeys.server(map),
            map.string("service", ""),
            keys.tlsIfOn(map).orElse(null),
            CheckKeys.ip(map)));
  }

  ProbeCheck ssh(YamlMap map) {
    return CheckKeys.finished(
        map, new ProbeCheck.SshCheck(CheckKeys.server(map, 22), CheckKeys.ip(map)));
  }

  ProbeCheck postgres(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map, 5432);
    String user = map.require("user").asString();
    return CheckKeys.finished(
        map,
        new ProbeCheck.PostgresCheck(
            server,
            map.string("database", user),
            user,
            keys.path(map, "password_file").orElse(null),
            map.get("query").map(NetworkChecks::query).orElse("SELECT 1"),
            map.get("sslmode").map(NetworkChecks::sslmode).orElse("prefer"),
            keys.path(map, "ca_file").orElse(null),
            CheckKeys.ip(map)));
  }

  /* Rejects several statements, because a second one could end the read-only transaction. */
  private static String query(YamlValue value) {
    String text = value.asString().strip();
    String statement = text.endsWith(";") ? text.substring(0, text.length() - 1) : text;
    if (statement.isBlank() || statement.indexOf(';') >= 0) {
      throw value.error("expected one SQL statement, without a semicolon in it");
    }
    return statement;
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
