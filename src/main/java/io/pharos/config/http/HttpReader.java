package io.pharos.config.http;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads `tls_config` and Prometheus' HTTP client options, either from a section `http_config` or
/// among the keys of the surrounding section. Refuses keys of features that the caller does not
/// support.
public final class HttpReader {
  /// Features that only some callers support.
  public enum Feature {
    /// Certificates and keys in the configuration itself.
    INLINE_PEM,
    /// HTTP/2. Without it, `enable_http2` is accepted and the client uses HTTP/1.1.
    HTTP2
  }

  /// All features.
  public static final Set<Feature> ALL = Set.of(Feature.values());

  /* Headers that the HTTP client sets itself, so that the configuration must not. */
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
          "x-amz-content-sha256",
          "expect",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final List<String> CREDENTIALS =
      List.of("basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file");
  private static final List<String> PROXY =
      List.of("proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header");

  private final Path folder;
  private final Set<Feature> features;
  private final boolean followRedirects;
  private final SecretReader secrets;

  /// @param features features that the caller supports
  public HttpReader(Path folder, Set<Feature> features) {
    this(folder, features, true);
  }

  private HttpReader(Path folder, Set<Feature> features, boolean followRedirects) {
    this.folder = folder;
    this.features = Set.copyOf(features);
    this.followRedirects = followRedirects;
    this.secrets = new SecretReader(folder);
  }

  /// Returns a reader of options that follow redirects only if `follow_redirects: true` is given.
  public HttpReader withoutRedirects() {
    return new HttpReader(folder, features, false);
  }

  /// Returns the options in the mapping's `http_config`, or the default options if it has none. The
  /// two are not merged: `http_config` replaces the default options completely.
  public HttpOptions read(YamlMap parent, HttpOptions defaultOptions) {
    return parent.get("http_config").map(value -> read(value.asMap())).orElse(defaultOptions);
  }

  private HttpOptions read(YamlMap map) {
    var problems = new Problems();
    HttpOptions options = readKeys(map, problems);
    problems.check(map::finish);
    problems.raise();
    return options;
  }

  /// Reads the options from a mapping that has other keys too. The caller reads the other keys and
  /// finishes the mapping.
  public HttpOptions readKeys(YamlMap map, Problems problems) {
    // Reads all keys first. Otherwise, after an error in one key, the other keys would be reported
    // as unknown.
    CREDENTIALS.forEach(map::get);
    PROXY.forEach(map::get);
    Credentials credentials = problems.read(() -> credentials(map), new Credentials.None());
    TlsOptions tls = problems.read(() -> readTls(map, "tls_config"), TlsOptions.DEFAULT);
    ProxyOptions proxy = problems.read(() -> proxy(map), ProxyOptions.NONE);
    Map<String, HttpOptions.Header> headers = problems.read(() -> headers(map), Map.of());
    boolean redirects = problems.read(() -> map.bool("follow_redirects", followRedirects), false);
    boolean http2 = problems.read(() -> map.bool("enable_http2", true), true);
    return new HttpOptions(
        credentials, tls, proxy, headers, redirects, http2 && features.contains(Feature.HTTP2));
  }

  private Credentials credentials(YamlMap map) {
    var found = new ArrayList<Credentials>();
    map.get("basic_auth").ifPresent(value -> found.add(basic(value.asMap())));
    map.get("authorization").ifPresent(value -> found.add(header(value.asMap())));
    map.get("oauth2").ifPresent(value -> found.add(oauth2(value.asMap())));
    SecretSource bearer = secrets.read(map, "bearer_token");
    if (bearer.isSet()) {
      found.add(new Credentials.Header("Bearer", bearer));
    }
    if (found.size() > 1) {
      throw map.error(
          "at most one of basic_auth, authorization, oauth2 and bearer_token may be given");
    }
    return found.isEmpty() ? new Credentials.None() : found.getFirst();
  }

  private Credentials basic(YamlMap map) {
    return map.finished(
        new Credentials.Basic(secrets.read(map, "username"), secrets.read(map, "password")));
  }

  private Credentials header(YamlMap map) {
    String type = map.string("type", "Bearer").strip();
    if (type.equalsIgnoreCase("basic")) {
      throw map.require("type").error("type can't be \"basic\", use basic_auth");
    }
    SecretSource source = secrets.read(map, "credentials");
    map.finish();
    return new Credentials.Header(type.isEmpty() ? "Bearer" : type, source);
  }

  private Credentials oauth2(YamlMap map) {
    map.unsupported("client_secret_ref", "Pharos has no secret store; give text or file");
    String clientId = map.string("client_id", "");
    if (clientId.isEmpty()) {
      throw map.error("missing client_id in oauth2");
    }
    String tokenUrl = UrlReader.read(map, "token_url", "");
    if (tokenUrl.isEmpty()) {
      throw map.error("missing token_url in oauth2");
    }
    return map.finished(
        new Credentials.OAuth2(
            clientId,
            secrets.read(map, "client_secret"),
            map.strings("scopes"),
            tokenUrl,
            map.stringMap("endpoint_params"),
            readTls(map, "tls_config"),
            proxy(map)));
  }

  private ProxyOptions proxy(YamlMap map) {
    map.unsupported(
        "proxy_connect_header", "Java's HTTP client can't send these headers; remove the key");
    boolean fromEnvironment = map.bool("proxy_from_environment", false);
    String url = map.string("proxy_url", "");
    String noProxy = map.string("no_proxy", "");
    if (!url.isEmpty()) {
      checkProxy(map.require("proxy_url"), url);
    }
    try {
      return new ProxyOptions(url, noProxy, fromEnvironment);
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
      throw value.error("proxies with a password are not supported, remove the user");
    }
  }

  private Map<String, HttpOptions.Header> headers(YamlMap map) {
    var headers = new LinkedHashMap<String, HttpOptions.Header>();
    Optional<YamlMap> section = map.get("http_headers").map(YamlValue::asMap);
    for (String name : section.map(YamlMap::keys).orElse(List.of())) {
      YamlValue value = section.orElseThrow().require(name);
      if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
        throw value.error("setting the header " + Quoted.of(name) + " is not allowed");
      }
      if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        throw value.error(Quoted.of(name) + " is not a valid header name");
      }
      headers.put(name, values(value.asMap()));
    }
    return headers;
  }

  private HttpOptions.Header values(YamlMap map) {
    List<SecretSource> inline = map.strings("secrets").stream().map(SecretSource::inline).toList();
    List<SecretSource> files =
        map.list(
            "files", value -> SecretSource.fromFile(folder.resolve(value.asString()).normalize()));
    return map.finished(
        new HttpOptions.Header(
            map.strings("values"), Stream.concat(inline.stream(), files.stream()).toList()));
  }

  /// Returns the TLS options in the section with this key; the defaults if there is none.
  public TlsOptions readTls(YamlMap parent, String key) {
    return parent.get(key).map(value -> tls(value.asMap())).orElse(TlsOptions.DEFAULT);
  }

  private TlsOptions tls(YamlMap map) {
    for (String name : List.of("ca", "cert", "key")) {
      String instead = "Pharos has no secret store; give text or file";
      if (!features.contains(Feature.INLINE_PEM)) {
        instead = "put it into a file and name the file";
        map.unsupported(name, instead);
      }
      map.unsupported(name + "_ref", instead);
    }
    SecretSource ca = secrets.read(map, "ca");
    SecretSource cert = secrets.read(map, "cert");
    SecretSource privateKey = secrets.read(map, "key");
    String serverName = map.string("server_name", "");
    boolean insecure = map.bool("insecure_skip_verify", false);
    TlsOptions.Version min = version(map, "min_version");
    TlsOptions.Version max = version(map, "max_version");
    map.finish();
    try {
      return new TlsOptions(ca, cert, privateKey, serverName, insecure, min, max);
    } catch (IllegalArgumentException e) {
      throw map.error(String.valueOf(e.getMessage()));
    }
  }

  private static TlsOptions.@Nullable Version version(YamlMap map, String key) {
    return map.get(key)
        .map(value -> value.parse("TLS10, TLS11, TLS12 or TLS13", TlsOptions.Version::parse))
        .orElse(null);
  }
}
