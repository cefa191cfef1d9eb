package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.HttpConfig.Authorization;
import io.pharos.config.alertmanager.HttpConfig.BasicAuth;
import io.pharos.config.alertmanager.HttpConfig.Header;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Reads `http_config` and `tls_config`.
final class HttpReader {
  private static final Set<String> RESERVED =
      Set.of(
          "authorization",
          "host",
          "content-encoding",
          "content-length",
          "content-type",
          "user-agent",
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "www-authenticate",
          "accept-encoding",
          "x-prometheus-remote-write-version",
          "x-prometheus-remote-read-version",
          "x-prometheus-scrape-timeout-seconds",
          "x-amz-date",
          "x-amz-security-token",
          "x-amz-content-sha256");
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
    BasicAuth basic = map.get("basic_auth").map(value -> readBasic(value.asMap())).orElse(null);
    Authorization authorization =
        map.get("authorization").map(value -> readAuthorization(value.asMap())).orElse(null);
    SecretValue bearer = secrets.read(map, "bearer_token");
    OAuth2Config oauth2 = map.get("oauth2").map(value -> readOAuth2(value.asMap())).orElse(null);
    int ways =
        (basic == null ? 0 : 1)
            + (authorization == null ? 0 : 1)
            + (oauth2 == null ? 0 : 1)
            + (bearer.isSet() ? 1 : 0);
    if (ways > 1) {
      throw map.error(
          "at most one of basic_auth, authorization, oauth2 and bearer_token may be given");
    }
    if (bearer.isSet()) {
      authorization = new Authorization("Bearer", bearer);
    }
    var config =
        new HttpConfig(
            basic,
            authorization,
            oauth2,
            readTls(map, "tls_config"),
            readProxy(map),
            readHeaders(map),
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

  private OAuth2Config readOAuth2(YamlMap map) {
    map.unsupported("client_secret_ref", "Pharos has no secret store; give text or file");
    String clientId = map.string("client_id", "");
    if (clientId.isEmpty()) {
      throw map.error("missing client_id in oauth2");
    }
    String tokenUrl = UrlReader.read(map, "token_url", "");
    if (tokenUrl.isEmpty()) {
      throw map.error("missing token_url in oauth2");
    }
    var oauth2 =
        new OAuth2Config(
            clientId,
            secrets.read(map, "client_secret"),
            map.strings("scopes"),
            tokenUrl,
            map.stringMap("endpoint_params"),
            readTls(map, "tls_config"),
            readProxy(map));
    map.finish();
    return oauth2;
  }

  private static ProxyConfig readProxy(YamlMap map) {
    map.unsupported("proxy_connect_header", "the JDK's client sends none; remove it");
    boolean fromEnvironment = map.bool("proxy_from_environment", false);
    String url = map.string("proxy_url", "");
    String noProxy = map.string("no_proxy", "");
    if (!url.isEmpty()) {
      checkProxy(map.require("proxy_url"), url);
    }
    try {
      return new ProxyConfig(url, noProxy, fromEnvironment);
    } catch (IllegalArgumentException e) {
      throw map.error(String.valueOf(e.getMessage()));
    }
  }

  private static void checkProxy(YamlValue value, String text) {
    UrlReader.check(value, text);
    URI uri = URI.create(text);
    if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
      throw value.error("only HTTP proxies are supported, expected http://host:port");
    }
    if (uri.getRawUserInfo() != null) {
      throw value.error("a proxy that asks for a password is not supported, expected no user");
    }
  }

  private Map<String, Header> readHeaders(YamlMap map) {
    var headers = new LinkedHashMap<String, Header>();
    map.get("http_headers")
        .map(YamlValue::asMap)
        .ifPresent(
            given -> {
              for (String name : given.keys()) {
                YamlValue value = given.require(name);
                if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
                  throw value.error("setting the header " + Quoted.of(name) + " is not allowed");
                }
                if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
                  throw value.error(Quoted.of(name) + " is no name of a header");
                }
                headers.put(name, readHeader(value.asMap()));
              }
            });
    return headers;
  }

  private Header readHeader(YamlMap map) {
    var header =
        new Header(
            map.strings("values"),
            map.strings("secrets").stream().map(SecretValue::inline).toList(),
            map.list("files", value -> SecretValue.fromFile(path(value))));
    map.finish();
    return header;
  }

  /// A mapping's TLS settings under a key, or the defaults.
  TlsConfig readTls(YamlMap parent, String key) {
    var value = parent.get(key);
    if (value.isEmpty()) {
      return TlsConfig.DEFAULT;
    }
    YamlMap map = value.get().asMap();
    for (String store : List.of("ca_ref", "cert_ref", "key_ref")) {
      map.unsupported(store, "Pharos has no secret store; give text or file");
    }
    SecretValue cert = secrets.read(map, "cert");
    SecretValue privateKey = secrets.read(map, "key");
    if (cert.isSet() != privateKey.isSet()) {
      throw map.error("cert (or cert_file) and key (or key_file) must be given together");
    }
    var tls =
        new TlsConfig(
            secrets.read(map, "ca"),
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

  private Path path(YamlValue value) {
    return folder.resolve(value.asString()).normalize();
  }
}
