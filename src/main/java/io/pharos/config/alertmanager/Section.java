package io.pharos.config.alertmanager;

import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.model.PromDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A mapping of the printed configuration; it leaves out what is empty.
final class Section {
  final Map<String, Object> entries = new LinkedHashMap<>();

  Section put(String key, Object value) {
    entries.put(key, value);
    return this;
  }

  Section put(String key, Section value) {
    return put(key, (Object) value.entries);
  }

  Section putText(String key, String text) {
    return text.isEmpty() ? this : put(key, text);
  }

  Section putAll(String key, List<?> values) {
    return values.isEmpty() ? this : put(key, values);
  }

  Section putDuration(String key, @Nullable Duration value) {
    return value == null ? this : put(key, PromDuration.format(value));
  }

  Section putFlag(String key, @Nullable Boolean flag) {
    return flag == null ? this : put(key, flag);
  }

  Section putMap(String key, Map<String, ?> values) {
    return values.isEmpty() ? this : put(key, values);
  }

  /// What is no secret though it may stand in a file: a certificate.
  Section putTextOrFile(String key, SecretSource value) {
    return switch (value) {
      case SecretSource.Unset _ -> this;
      case SecretSource.Inline(Secret text) -> put(key, text.reveal());
      case SecretSource.FromFile(Path file) -> put(key + "_file", file.toString());
    };
  }

  Section putSecret(String key, SecretSource value) {
    return switch (value) {
      case SecretSource.Unset _ -> this;
      case SecretSource.Inline _ -> put(key, Secret.MASK);
      case SecretSource.FromFile(Path file) -> put(key + "_file", file.toString());
    };
  }
}
