package io.pharos.config.alertmanager;

import java.util.LinkedHashMap;
import java.util.Map;

/// Prints `http_config` and `tls_config`.
final class HttpPrinter {
  private HttpPrinter() {}

  static Section http(HttpConfig http) {
    var section = new Section();
    HttpConfig.BasicAuth basic = http.basicAuth();
    if (basic != null) {
      section.put(
          "basic_auth",
          new Section()
              .putText("username", basic.username())
              .putSecret("username", basic.usernameFile())
              .putSecret("password", basic.password()));
    }
    HttpConfig.Authorization authorization = http.authorization();
    if (authorization != null) {
      section.put(
          "authorization",
          new Section()
              .put("type", authorization.type())
              .putSecret("credentials", authorization.credentials()));
    }
    OAuth2Config oauth2 = http.oauth2();
    if (oauth2 != null) {
      section.put("oauth2", oauth2(oauth2));
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

  private static Section oauth2(OAuth2Config oauth2) {
    var section =
        new Section()
            .put("client_id", oauth2.clientId())
            .putSecret("client_secret", oauth2.clientSecret())
            .putAll("scopes", oauth2.scopes())
            .put("token_url", oauth2.tokenUrl())
            .putMap("endpoint_params", oauth2.endpointParams())
            .put("tls_config", tls(oauth2.tls()));
    proxy(section, oauth2.proxy());
    return section;
  }

  private static void proxy(Section section, ProxyConfig proxy) {
    section.putText("proxy_url", proxy.url()).putText("no_proxy", proxy.noProxy());
    if (proxy.fromEnvironment()) {
      section.put("proxy_from_environment", true);
    }
  }

  private static Map<String, Object> header(HttpConfig.Header header) {
    return new Section()
        .putAll("values", header.values())
        .putAll("secrets", header.secrets().stream().map(_ -> Secret.MASK).toList())
        .putAll("files", header.files().stream().map(HttpPrinter::file).toList())
        .entries;
  }

  private static String file(SecretValue value) {
    return value instanceof SecretValue.FromFile(var path) ? path.toString() : Secret.MASK;
  }

  static Section tls(TlsConfig tls) {
    return new Section()
        .putTextOrFile("ca", tls.ca())
        .putTextOrFile("cert", tls.cert())
        .putSecret("key", tls.key())
        .putText("server_name", tls.serverName())
        .putText("min_version", tls.minVersion())
        .putText("max_version", tls.maxVersion())
        .put("insecure_skip_verify", tls.insecureSkipVerify());
  }
}
