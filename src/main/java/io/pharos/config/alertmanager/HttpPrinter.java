package io.pharos.config.alertmanager;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Prints `http_config` and `tls_config`.
final class HttpPrinter {
  private HttpPrinter() {}

  static ConfigSection http(HttpOptions http) {
    var section = new ConfigSection();
    switch (http.credentials()) {
      case Credentials.None _ -> {}
      case Credentials.Basic(SecretSource username, SecretSource password) ->
          section.put(
              "basic_auth",
              new ConfigSection()
                  .putTextOrFile("username", username)
                  .putSecret("password", password));
      case Credentials.Header(String type, SecretSource secret) ->
          section.put(
              "authorization",
              new ConfigSection().put("type", type).putSecret("credentials", secret));
      case Credentials.OAuth2 oauth2 -> section.put("oauth2", oauth2(oauth2));
    }
    section
        .put("tls_config", tls(http.tls()))
        .put("follow_redirects", http.followRedirects())
        .put("enable_http2", http.enableHttp2());
    proxy(section, http.proxy());
    var headers = new LinkedHashMap<String, Object>();
    http.headers().forEach((name, header) -> headers.put(name, header(header)));
    return section.putMap("http_headers", headers);
  }

  private static ConfigSection oauth2(Credentials.OAuth2 oauth2) {
    var section =
        new ConfigSection()
            .put("client_id", oauth2.clientId())
            .putSecret("client_secret", oauth2.clientSecret())
            .putAll("scopes", oauth2.scopes())
            .put("token_url", oauth2.tokenUrl())
            .putMap("endpoint_params", oauth2.endpointParams())
            .put("tls_config", tls(oauth2.tls()));
    proxy(section, oauth2.proxy());
    return section;
  }

  private static void proxy(ConfigSection section, ProxyOptions proxy) {
    section.putText("proxy_url", proxy.url()).putText("no_proxy", proxy.noProxy());
    if (proxy.fromEnvironment()) {
      section.put("proxy_from_environment", true);
    }
  }

  private static Map<String, Object> header(HttpOptions.Header header) {
    return new ConfigSection()
        .putAll("values", header.values())
        .putAll(
            "secrets",
            header.secrets().stream()
                .filter(SecretSource.Inline.class::isInstance)
                .map(_ -> Secret.MASK)
                .toList())
        .putAll("files", header.secrets().stream().flatMap(HttpPrinter::file).toList())
        .entries;
  }

  private static Stream<String> file(SecretSource value) {
    return value instanceof SecretSource.FromFile(var path)
        ? Stream.of(path.toString())
        : Stream.of();
  }

  private static String version(TlsOptions.@Nullable Version version) {
    return version == null ? "" : version.name();
  }

  static ConfigSection tls(TlsOptions tls) {
    return new ConfigSection()
        .putTextOrFile("ca", tls.ca())
        .putTextOrFile("cert", tls.cert())
        .putSecret("key", tls.key())
        .putText("server_name", tls.serverName())
        .putText("min_version", version(tls.minVersion()))
        .putText("max_version", version(tls.maxVersion()))
        .put("insecure_skip_verify", tls.insecureSkipVerify());
  }
}
