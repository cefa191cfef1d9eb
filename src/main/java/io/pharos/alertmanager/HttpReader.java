package io.pharos.alertmanager;

import io.pharos.alertmanager.HttpConfig.Authorization;
import io.pharos.alertmanager.HttpConfig.BasicAuth;
import io.pharos.model.Quoted;
import io.pharos.yaml.YamlMap;
import io.pharos.yaml.YamlValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `http_config` and `tls_config`.
final class HttpReader {
  private static final List<String> NOT_YET =
      List.of(
          "oauth2",
          "proxy_url",
          "no_proxy",
          "proxy_from_environment",
          "proxy_connect_header",
          "http_headers");
  private static final Set<String> TLS_VERSIONS = Set.of("TLS10", "TLS11", "TLS12", "TLS13");

  private final Path folder;
  private final SecretReader secrets;

  HttpReader(Path folder) {
    this.folder = folder;
    this.secrets = new SecretReader(folder);
  }

  /// The mapping's `http_config`; where it has one the global one counts for nothing.
  HttpConfig read(YamlMap parent, HttpConfig otherwise) {
    return parent.get("http_config").map(value -> read(value.asMap())).orElse(otherwise);
  }

  private HttpConfig read(YamlMap map) {
    for (String key : NOT_YET) {
      map.unsupported(key, "not yet in Pharos; remove it");
    }
    BasicAuth basic = map.get("basic_auth").map(value -> readBasic(value.asMap())).orElse(null);
    Authorization authorization =
        map.get("authorization").map(value -> readAuthorization(value.asMap())).orElse(null);
    SecretValue bearer = secrets.read(map, "bearer_token");
    int ways = (basic == null ? 0 : 1) + (authorization == null ? 0 : 1) + (bearer.isSet() ? 1 : 0);
    if (ways > 1) {
      throw map.error("at most one of basic_auth, authorization and bearer_token may be given");
    }
    if (bearer.isSet()) {
      authorization = new Authorization("Bearer", bearer);
    }
    var config =
        new HttpConfig(
            basic,
            authorization,
            readTls(map, "tls_config"),
            map.bool("follow_redirects", true),
            map.bool("enable_http2", true));
    map.finish();
    return config;
  }

  private BasicAuth readBasic(YamlMap map) {
    String username = map.string("username", "");
    SecretValue usernameFile =
        map.get("username_file")
            .map(value -> SecretValue.fromFile(path(value)))
            .orElse(SecretValue.unset());
    if (!username.isEmpty() && usernameFile.isSet()) {
      throw map.error("at most one of username and username_file may be given");
    }
    var basic = new BasicAuth(username, usernameFile, secrets.read(map, "password"));
    map.finish();
    return basic;
  }

  private Authorization readAuthorization(YamlMap map) {
    String type = map.string("type", "Bearer").strip();
    if (type.equalsIgnoreCase("basic")) {
      throw map.require("type").error("type can't be \"basic\", use basic_auth");
    }
    var authorization =
        new Authorization(type.isEmpty() ? "Bearer" : type, secrets.read(map, "credentials"));
    map.finish();
    return authorization;
  }

  /// A mapping's TLS settings under a key, or the defaults.
  TlsConfig readTls(YamlMap parent, String key) {
    var value = parent.get(key);
    if (value.isEmpty()) {
      return TlsConfig.DEFAULT;
    }
    YamlMap map = value.get().asMap();
    for (String inline : List.of("ca", "cert", "key", "ca_ref", "cert_ref", "key_ref")) {
      map.unsupported(inline, "give the file by " + inline.replace("_ref", "") + "_file");
    }
    Path cert = optionalPath(map, "cert_file");
    Path privateKey = optionalPath(map, "key_file");
    if ((cert == null) != (privateKey == null)) {
      throw map.error("cert_file and key_file must be given together");
    }
    var tls =
        new TlsConfig(
            optionalPath(map, "ca_file"),
            cert,
            privateKey,
            map.string("server_name", ""),
            map.bool("insecure_skip_verify", false),
            version(map, "min_version"),
            version(map, "max_version"));
    map.finish();
    return tls;
  }

  private static String version(YamlMap map, String key) {
    return map.get(key)
        .map(
            value -> {
              if (!TLS_VERSIONS.contains(value.asString())) {
                throw value.error(
                    "expected TLS10, TLS11, TLS12 or TLS13, found " + Quoted.of(value.asString()));
              }
              return value.asString();
            })
        .orElse("");
  }

  private @Nullable Path optionalPath(YamlMap map, String key) {
    return map.get(key).filter(v -> !v.asString().isEmpty()).map(this::path).orElse(null);
  }

  private Path path(YamlValue value) {
    return folder.resolve(value.asString()).normalize();
  }
}
