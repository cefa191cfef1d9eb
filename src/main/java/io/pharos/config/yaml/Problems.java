package io.pharos.config.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong with a file, so that all of it is told at once.
public final class Problems {
  private final List<ConfigException.Problem> found = new ArrayList<>();

  /// What a reader gives, or the replacement where it finds a problem, which is kept.
  public <T extends @Nullable Object> T read(Supplier<T> reader, T otherwise) {
    try {
      return reader.get();
    } catch (ConfigException e) {
      add(e);
      return otherwise;
    }
  }

  /// The items of a list; none where the key is absent or has another kind of value.
  public List<YamlValue> items(YamlMap map, String key) {
    return read(() -> map.get(key).map(YamlValue::asList).orElse(List.of()), List.of());
  }

  public void check(Runnable check) {
    try {
      check.run();
    } catch (ConfigException e) {
      add(e);
    }
  }

  public void add(ConfigException e) {
    found.addAll(e.problems());
  }

  /// Does nothing where no problem was found.
  ///
  /// @throws ConfigException when there was any problem
  public void raise() {
    if (!found.isEmpty()) {
      throw new ConfigException(found.stream().distinct().toList());
    }
  }
}
