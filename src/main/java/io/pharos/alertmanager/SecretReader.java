package io.pharos.alertmanager;

import io.pharos.model.Quoted;
import io.pharos.yaml.ConfigException;
import io.pharos.yaml.YamlMap;
import io.pharos.yaml.YamlValue;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// Reads a secret that stands in the file (`x`) or is named by it (`x_file`).
final class SecretReader {
  private final Path folder;

  SecretReader(Path folder) {
    this.folder = folder;
  }

  SecretValue read(YamlMap map, String key) {
    Optional<YamlValue> inline = map.get(key);
    Optional<YamlValue> file = map.get(key + "_file");
    if (inline.isPresent() && file.isPresent()) {
      throw new ConfigException(
          map.file(),
          map.line(key + "_file"),
          0,
          map.path() + ": at most one of " + key + " and " + key + "_file may be given");
    }
    if (file.isPresent() && !file.get().asString().isEmpty()) {
      return SecretValue.fromFile(folder.resolve(file.get().asString()).normalize());
    }
    return inline
        .map(YamlValue::asString)
        .filter(text -> !text.isEmpty())
        .map(SecretValue::inline)
        .orElse(SecretValue.unset());
  }

  /// As [#read] where the secret is an `http` or `https` address.
  SecretValue readUrl(YamlMap map, String key) {
    SecretValue value = read(map, key);
    if (value instanceof SecretValue.Inline(Secret secret)) {
      checkUrl(map.require(key), secret.reveal());
    }
    return value;
  }

  /// An address as given, or masked; the error does not show it, since it may hold a token.
  private static void checkUrl(YamlValue value, String text) {
    if (text.equals(Secret.MASK)) {
      return;
    }
    try {
      var uri = new URI(text);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw value.error(
            "unsupported scheme " + Quoted.of(scheme) + " for a URL, expected http or https");
      }
      if (uri.getRawAuthority() == null) {
        throw value.error("the URL has no host, expected http(s)://host/…");
      }
    } catch (URISyntaxException e) {
      throw value.error("not a URL: " + e.getReason() + " at index " + e.getIndex());
    }
  }
}
