package io.pharos.probe;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// Reads keys that several probe types share.
///
/// @param directory directory from which relative paths start
record CheckKeys(Path directory) {
  /// Rejects keys of the mapping that were not read, and returns the check.
  static ProbeCheck finished(YamlMap map, ProbeCheck check) {
    map.finish();
    return check;
  }

  /// Reads a host and a port; both are required.
  static ProbeCheck.Server server(YamlMap map) {
    String host = map.require("host").asString();
    map.require("port");
    return new ProbeCheck.Server(host, port(map, 0));
  }

  /// Reads a host and a port.
  ///
  /// @param defaultPort port if the mapping contains none
  static ProbeCheck.Server server(YamlMap map, int defaultPort) {
    return new ProbeCheck.Server(map.require("host").asString(), port(map, defaultPort));
  }

  static int port(YamlMap map, int defaultPort) {
    return map.integer("port", defaultPort, 1, 65535);
  }

  Optional<Path> path(YamlMap map, String key) {
    return map.get(key).map(value -> directory.resolve(value.asString()).normalize());
  }

  static Optional<Pattern> pattern(YamlMap map, String key) {
    return map.get(key)
        .map(
            value -> {
              try {
                return Re2.compile(value.asString(), Pattern.DOTALL);
              } catch (PatternSyntaxException e) {
                throw value.error("expected a regular expression (RE2): " + e.getDescription());
              }
            });
  }

  Optional<TlsOptions> tls(YamlMap map) {
    return map.get("tls_config")
        .map(_ -> new HttpReader(directory, Set.of()).readTls(map, "tls_config"));
  }

  /// Reads the TLS options if the key `tls` enables TLS.
  ///
  /// @return empty without TLS
  Optional<TlsOptions> tlsIfOn(YamlMap map) {
    boolean secure = map.bool("tls", false);
    Optional<TlsOptions> tls = tls(map);
    if (tls.isPresent() && !secure) {
      throw map.error("found tls_config without tls: true");
    }
    return secure ? Optional.of(tls.orElse(TlsOptions.DEFAULT)) : Optional.empty();
  }

  static ProbeCheck.IpFamily ip(YamlMap map) {
    return map.get("ip").map(CheckKeys::family).orElse(ProbeCheck.IpFamily.ANY);
  }

  private static ProbeCheck.IpFamily family(YamlValue value) throws ConfigException {
    return switch (value.asString()) {
      case "any" -> ProbeCheck.IpFamily.ANY;
      case "4" -> ProbeCheck.IpFamily.IP4;
      case "6" -> ProbeCheck.IpFamily.IP6;
      default -> throw value.error("expected any, 4 or 6, found " + Quoted.of(value.asString()));
    };
  }
}
