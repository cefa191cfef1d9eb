package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.model.PromDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A mapping of the printed configuration. Its methods skip empty values.
public final class ConfigSection {
  final Map<String, Object> entries = new LinkedHashMap<>();

  /// Puts a value.
  public ConfigSection put(String key, Object value) {
    entries.put(key, value);
    return this;
  }

  /// Puts a mapping.
  public ConfigSection put(String key, ConfigSection value) {
    return put(key, (Object) value.entries);
  }

  /// Puts a text unless it is empty.
  public ConfigSection putText(String key, String text) {
    return text.isEmpty() ? this : put(key, text);
  }

  /// Puts a list unless it is empty.
  public ConfigSection putAll(String key, List<?> values) {
    return values.isEmpty() ? this : put(key, values);
  }

  /// Puts a duration unless it is null.
  public ConfigSection putDuration(String key, @Nullable Duration value) {
    return value == null ? this : put(key, PromDuration.format(value));
  }

  /// Puts a flag unless it is null.
  public ConfigSection putFlag(String key, @Nullable Boolean flag) {
    return flag == null ? this : put(key, flag);
  }

  /// Puts a mapping unless it is empty.
  public ConfigSection putMap(String key, Map<String, ?> values) {
    return values.isEmpty() ? this : put(key, values);
  }

  /// Puts `send_resolved` and `http_config`, the first keys of most integrations.
  public ConfigSection putCommon(boolean sendResolved, HttpOptions http) {
    return put("send_resolved", sendResolved).put("http_config", HttpPrinter.http(http));
  }

  /// Puts TLS settings.
  public ConfigSection putTls(String key, TlsOptions tls) {
    return put(key, HttpPrinter.tls(tls));
  }

  /// Puts a list of mappings unless it is empty.
  ///
  /// @param printer prints one mapping
  public <T> ConfigSection putEach(
      String key, List<T> values, BiConsumer<ConfigSection, T> printer) {
    return putAll(
        key,
        values.stream()
            .map(
                value -> {
                  var section = new ConfigSection();
                  printer.accept(section, value);
                  return section.entries;
                })
            .toList());
  }

  /// Puts a value that is not a secret but may be in a file, such as a certificate.
  ConfigSection putTextOrFile(String key, SecretSource value) {
    return switch (value) {
      case SecretSource.Unset _ -> this;
      case SecretSource.Inline(Secret text) -> put(key, text.reveal());
      case SecretSource.FromFile(Path file) -> put(key + "_file", file.toString());
    };
  }

  /// Puts the placeholder of a secret, or the name of its file; nothing if the secret is unset.
  public ConfigSection putSecret(String key, SecretSource value) {
    return switch (value) {
      case SecretSource.Unset _ -> this;
      case SecretSource.Inline _ -> put(key, Secret.MASK);
      case SecretSource.FromFile(Path file) -> put(key + "_file", file.toString());
    };
  }
}
