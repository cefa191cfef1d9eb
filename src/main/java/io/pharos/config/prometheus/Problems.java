package io.pharos.config.prometheus;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Collects what is wrong with a file, so that all of it is told at once.
final class Problems {
  private final List<ConfigException.Problem> found = new ArrayList<>();

  /// What a reader gives, or the replacement where it finds a problem, which is kept.
  <T> T read(Supplier<T> reader, T otherwise) {
    try {
      return reader.get();
    } catch (ConfigException e) {
      add(e);
      return otherwise;
    }
  }

  /// The items of a list; none where the key is absent or has another kind of value.
  List<YamlValue> items(YamlMap map, String key) {
    return read(() -> map.get(key).map(YamlValue::asList).orElse(List.of()), List.of());
  }

  void check(Runnable check) {
    try {
      check.run();
    } catch (ConfigException e) {
      add(e);
    }
  }

  void add(ConfigException e) {
    found.addAll(e.problems());
  }

  /// @throws ConfigException when there was any problem
  void raise() {
    if (!found.isEmpty()) {
      throw new ConfigException(found.stream().distinct().toList());
    }
  }
}
