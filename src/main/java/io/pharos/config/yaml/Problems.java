package io.pharos.config.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Collects the problems of a file, so that one run reports all of them.
public final class Problems {
  private final List<ConfigException.Problem> found = new ArrayList<>();

  /// Runs a reader and returns its result. If it throws a [ConfigException], adds the problems and
  /// returns the default.
  public <T extends @Nullable Object> T read(Supplier<T> reader, T defaultValue) {
    try {
      return reader.get();
    } catch (ConfigException e) {
      add(e);
      return defaultValue;
    }
  }

  /// Returns the items of a list, without those that the reader refuses; their problems are added.
  public <T> List<T> list(YamlMap map, String key, Function<YamlValue, T> reader) {
    var items = new ArrayList<T>();
    for (YamlValue item : read(() -> map.items(key), List.<YamlValue>of())) {
      check(() -> items.add(reader.apply(item)));
    }
    return items;
  }

  /// Adds a problem if a mapping has this key, which the format allows and Pharos does not support.
  public void unsupported(YamlMap map, String key, String reason) {
    check(() -> map.unsupported(key, reason));
  }

  /// Runs a check and adds the problems that it throws.
  public void check(Runnable check) {
    try {
      check.run();
    } catch (ConfigException e) {
      add(e);
    }
  }

  /// Adds the problems of an exception.
  public void add(ConfigException e) {
    found.addAll(e.problems());
  }

  /// Throws if problems were added.
  ///
  /// @throws ConfigException with all distinct problems
  public void raise() {
    if (!found.isEmpty()) {
      throw new ConfigException(found.stream().distinct().toList());
    }
  }
}
