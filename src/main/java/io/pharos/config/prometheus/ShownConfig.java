package io.pharos.config.prometheus;

import io.pharos.config.yaml.MaskedYaml;
import io.pharos.model.Labels;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Prometheus' configuration file with its secrets redacted, for display.
public final class ShownConfig {
  private static final Set<String> SECRET_KEYS =
      Set.of(
          "password",
          "passwd",
          "passphrase",
          "credentials",
          "secret",
          "secrets",
          "token",
          "apikey",
          "connection_string");

  private static final List<String> SECRET_ENDS =
      List.of("_password", "_secret", "_secrets", "_token", "_key", "_passphrase", "_credentials");

  private static final Set<String> HEADER_MAPS = Set.of("headers", "http_headers");

  private static final List<String> SECRET_HEADER_WORDS =
      List.of("auth", "cookie", "token", "secret", "key", "password", "credential");

  private static final String PARAM = "__param_";

  private ShownConfig() {}

  /// Returns the file's text without secrets and comments.
  ///
  /// @throws io.pharos.config.yaml.ConfigException when it is not YAML
  public static String of(String text) {
    return MaskedYaml.of("prometheus.yml", text, ShownConfig::isSecret, ShownConfig::maskUrl);
  }

  private static boolean isSecret(String parent, String key, boolean scalar) {
    String name = key.toLowerCase(Locale.ROOT);
    String place = parent.toLowerCase(Locale.ROOT);
    if (place.equals("proxy_connect_header")) {
      return true;
    }
    if (HEADER_MAPS.contains(place)) {
      return SECRET_HEADER_WORDS.stream().anyMatch(name::contains);
    }
    return isSecretName(name)
        || (name.equals("key") && place.endsWith("tls_config"))
        || (name.equals("authorization") && scalar);
  }

  /// Returns whether keys or URL parameters of this name have secret values. Keys such as
  /// `password_file` do not: their value is a file name.
  private static boolean isSecretName(String name) {
    return SECRET_KEYS.contains(name) || SECRET_ENDS.stream().anyMatch(name::endsWith);
  }

  /// Redacts secrets in the labels that a target has before relabelling: parameters and URLs.
  public static Labels maskLabels(Labels discovered) {
    var masked = Labels.builder();
    discovered.forEach(
        (name, value) -> {
          boolean secret =
              name.startsWith(PARAM)
                  && isSecretName(name.substring(PARAM.length()).toLowerCase(Locale.ROOT));
          masked.set(
              name, secret && !value.isEmpty() ? MaskedYaml.MASK : maskQuery(maskUrl(value)));
        });
    return masked.build();
  }

  /// Redacts user, password and secret parameters of a URL in a text.
  public static String maskUrl(String text) {
    int scheme = text.indexOf("://");
    if (scheme < 0) {
      return text;
    }
    int host = scheme + 3;
    int end = host;
    while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    int at = text.lastIndexOf('@', end);
    String authority =
        at >= host ? MaskedYaml.MASK + text.substring(at, end) : text.substring(host, end);
    return text.substring(0, host) + authority + maskQuery(text.substring(end));
  }

  private static String maskQuery(String text) {
    int query = text.indexOf('?');
    if (query < 0) {
      return text;
    }
    var masked = new StringBuilder(text.substring(0, query + 1));
    String separator = "";
    for (String parameter : text.substring(query + 1).split("&", -1)) {
      int equals = parameter.indexOf('=');
      boolean secret =
          equals > 0 && isSecretName(parameter.substring(0, equals).toLowerCase(Locale.ROOT));
      masked
          .append(separator)
          .append(secret ? parameter.substring(0, equals + 1) + MaskedYaml.MASK : parameter);
      separator = "&";
    }
    return masked.toString();
  }
}
