package io.pharos.config.http;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.nio.file.Path;
import java.util.Optional;

/// Reads a secret, which is either inline (key `x`) or in a file (key `x_file`).
public final class SecretReader {
  private final Path folder;

  /// @param folder the folder to which relative paths refer
  public SecretReader(Path folder) {
    this.folder = folder;
  }

  /// Returns the secret of a key; unset if neither key is present or the value is empty.
  public SecretSource read(YamlMap map, String key) {
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
      return SecretSource.fromFile(folder.resolve(file.get().asString()).normalize());
    }
    return inline
        .map(YamlValue::asString)
        .filter(text -> !text.isEmpty())
        .map(SecretSource::inline)
        .orElse(SecretSource.unset());
  }

  /// Returns a secret that is an `http` or `https` URL.
  public SecretSource readUrl(YamlMap map, String key) {
    SecretSource value = read(map, key);
    map.get(key).filter(url -> url.asString().isEmpty()).ifPresent(url -> UrlReader.check(url, ""));
    if (value instanceof SecretSource.Inline(Secret secret)) {
      UrlReader.check(map.require(key), secret.reveal());
    }
    return value;
  }
}
