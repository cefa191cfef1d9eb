package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Reads the keys of Prometheus' HTTP client configuration, which stand among those of the section
/// that they belong to.
final class HttpOptionsReader {
  /// Headers that the client or other keys set.
  private static final Set<String> RESERVED =
      Set.of(
          "accept",
          "accept-encoding",
          "authorization",
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "expect",
          "host",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "user-agent",
          "x-prometheus-scrape-timeout-seconds");

  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

  private HttpOptionsReader() {}

  static HttpOptions read(YamlMap map, Path directory, Problems problems) {
    Credentials credentials =
        problems.read(() -> credentials(map, directory), new Credentials.None());
    TlsOptions tls =
        problems.read(
            () ->
                map.get("tls_config")
                    .map(section -> TlsOptions.read(section, directory))
                    .orElse(TlsOptions.DEFAULT),
            TlsOptions.DEFAULT);
    boolean redirects = problems.read(() -> map.bool("follow_redirects", true), true);
    // HTTP/1.1 is spoken whatever this says; a server that speaks HTTP/2 speaks that too.
    problems.check(() -> map.bool("enable_http2", true));
    List<HttpOptions.HttpHeader> headers = problems.read(() -> headers(map, directory), List.of());
    String proxy = "Pharos connects directly";
    for (String key :
        List.of("proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header")) {
      problems.check(() -> map.unsupported(key, proxy));
    }
    problems.check(
        () -> map.unsupported("oauth2", "use authorization with a credentials_file instead"));
    return new HttpOptions(credentials, tls, redirects, headers);
  }

  private static Credentials credentials(YamlMap map, Path directory) {
    var found = new ArrayList<Credentials>();
    map.get("basic_auth").ifPresent(section -> found.add(basic(section.asMap(), directory)));
    map.get("authorization").ifPresent(section -> found.add(header(section.asMap(), directory)));
    source(map, "bearer_token", "bearer_token_file", directory)
        .ifPresent(token -> found.add(new Credentials.Header("Bearer", token)));
    if (found.size() > 1) {
      throw map.error(
          "found several of basic_auth, authorization, bearer_token and bearer_token_file,"
              + " expected one at most");
    }
    return found.isEmpty() ? new Credentials.None() : found.getFirst();
  }

  private static Credentials basic(YamlMap map, Path directory) {
    SecretSource nothing = new SecretSource.Inline(new Secret(""));
    var username = source(map, "username", "username_file", directory).orElse(nothing);
    var password = source(map, "password", "password_file", directory).orElse(nothing);
    map.finish();
    return new Credentials.Basic(username, password);
  }

  private static Credentials header(YamlMap map, Path directory) {
    String type = map.string("type", "Bearer").strip();
    if (type.toLowerCase(Locale.ROOT).equals("basic")) {
      throw map.require("type").error("found \"basic\", use basic_auth for it");
    }
    Optional<SecretSource> source = source(map, "credentials", "credentials_file", directory);
    map.finish();
    return new Credentials.Header(
        type, source.orElseThrow(() -> map.error("expected credentials or credentials_file")));
  }

  private static Optional<SecretSource> source(
      YamlMap map, String key, String fileKey, Path directory) {
    Optional<SecretSource> inline =
        text(map, key).map(text -> new SecretSource.Inline(new Secret(text)));
    Optional<SecretSource> file =
        text(map, fileKey)
            .map(text -> new SecretSource.FromFile(directory.resolve(text).normalize()));
    if (inline.isPresent() && file.isPresent()) {
      throw map.error("found both " + key + " and " + fileKey + ", expected one at most");
    }
    return inline.or(() -> file);
  }

  private static Optional<String> text(YamlMap map, String key) {
    return map.get(key).map(YamlValue::asString).filter(text -> !text.isEmpty());
  }

  private static List<HttpOptions.HttpHeader> headers(YamlMap map, Path directory) {
    Optional<YamlValue> section = map.get("http_headers");
    if (section.isEmpty()) {
      return List.of();
    }
    YamlMap names = section.get().asMap();
    var headers = new ArrayList<HttpOptions.HttpHeader>();
    for (String name : names.keys()) {
      if (!name.matches(TOKEN) || RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
        throw names
            .require(name)
            .error("found header " + Quoted.of(name) + ", expected one that is not reserved");
      }
      YamlMap sources = names.require(name).asMap();
      var values = new ArrayList<SecretSource>();
      for (String key : List.of("values", "secrets")) {
        sources.strings(key).forEach(text -> values.add(new SecretSource.Inline(new Secret(text))));
      }
      sources
          .strings("files")
          .forEach(
              text -> values.add(new SecretSource.FromFile(directory.resolve(text).normalize())));
      sources.finish();
      headers.add(new HttpOptions.HttpHeader(name, requireNonNull(values)));
    }
    return headers;
  }
}
