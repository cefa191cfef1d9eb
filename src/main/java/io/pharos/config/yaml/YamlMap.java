package io.pharos.config.yaml;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/// A mapping whose keys are read one by one. [#finish] then refuses every key that was not read. A
/// key with the value null is treated as absent. The keys of the mapping override those that `<<`
/// merges into it.
public final class YamlMap {
  /* Limits the recursion: an anchor may refer to a mapping that contains it. */
  private static final int MAX_MERGES = 20;

  private final @Nullable YamlValue self;
  private final Source source;
  private final Map<String, YamlValue> entries = new LinkedHashMap<>();
  private final Map<String, Integer> keyLines = new LinkedHashMap<>();
  private final TreeSet<String> accepted = new TreeSet<>();
  private final String path;
  private final int depth;

  YamlMap(@Nullable YamlValue self, Source source, String path, MappingNode mapping) {
    this(self, source, path, 0);
    read(mapping);
  }

  private YamlMap(@Nullable YamlValue self, Source source, String path, int depth) {
    this.self = self;
    this.depth = depth;
    this.source = source;
    this.path = path;
  }

  private void read(MappingNode mapping) {
    var merged = new ArrayList<Node>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode().getTag().equals(Tag.MERGE)) {
        merged.add(tuple.getValueNode());
      } else {
        add(tuple);
      }
    }
    merged.forEach(this::merge);
  }

  private ConfigException error(Node node, String message) {
    var mark = node.getStartMark();
    return new ConfigException(file(), mark.getLine() + 1, mark.getColumn() + 1, message);
  }

  /* Merges the value of `<<`, as in YAML 1.1: a mapping, or a list of mappings. Keys of an
   * earlier mapping in the list override those of a later mapping. */
  private void merge(Node merged) {
    switch (merged) {
      case MappingNode _ when depth == MAX_MERGES ->
          throw error(merged, "<<: merges more than " + MAX_MERGES + " mappings into each other");
      case MappingNode mapping -> {
        var other = new YamlMap(null, source, path, depth + 1);
        other.read(mapping);
        other.entries.forEach(entries::putIfAbsent);
        other.keyLines.forEach(keyLines::putIfAbsent);
      }
      case SequenceNode list
          when list.getValue().stream().allMatch(MappingNode.class::isInstance) ->
          list.getValue().forEach(this::merge);
      default -> throw error(merged, "<<: expected a mapping or a list of mappings");
    }
  }

  private void add(NodeTuple tuple) {
    if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
      throw error(tuple.getKeyNode(), "expected a string as key");
    }
    String name = key.getValue();
    var value =
        new YamlValue(source, path.isEmpty() ? name : path + "." + name, tuple.getValueNode());
    if (entries.put(name, value) != null) {
      throw error(key, Quoted.of(name) + " is given twice");
    }
    keyLines.put(name, key.getStartMark().getLine() + 1);
  }

  static YamlMap empty(String file) {
    return new YamlMap(null, new Source(file, List.of()), "", 0);
  }

  /// Returns the file's name in error messages.
  public String file() {
    return source.name();
  }

  /// Returns the keys that lead to this mapping, such as `route.routes[0]`; empty at the top level.
  public String path() {
    return path;
  }

  /// Returns the first line of the mapping, from 1; 1 for an empty file.
  public int line() {
    return self == null ? 1 : self.line();
  }

  /// Returns the line of a key; the mapping's line if the key is absent.
  public int line(String key) {
    return keyLines.getOrDefault(key, line());
  }

  /// Returns all keys, in file order.
  public List<String> keys() {
    return List.copyOf(entries.keySet());
  }

  /// Returns whether the key has a value other than null. [#finish] still refuses the key unless
  /// another method reads it.
  public boolean has(String key) {
    YamlValue value = entries.get(key);
    return value != null && !value.isNull();
  }

  /// Returns an error about the mapping as a whole.
  public ConfigException error(String message) {
    return new ConfigException(
        file(),
        line(),
        self == null ? 0 : self.column(),
        path.isEmpty() ? message : path + ": " + message);
  }

  /// Returns the value of a key; empty if it is absent. [#finish] then accepts the key.
  public Optional<YamlValue> get(String key) {
    accepted.add(key);
    YamlValue value = entries.get(key);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  /// Returns the value of a key.
  ///
  /// @throws ConfigException if the key is missing
  public YamlValue require(String key) {
    return get(key).orElseThrow(() -> missing(key, "the key " + Quoted.of(key) + " is missing"));
  }

  /// Returns an error about a missing key. It is about the key's line if the key has no value. If
  /// the mapping has an unknown key that resembles the missing one, it is about that key.
  public ConfigException missing(String key, String message) {
    if (entries.containsKey(key)) {
      return new ConfigException(
          file(), line(key), 0, prefix() + "the key " + Quoted.of(key) + " has no value");
    }
    List<String> others =
        entries.keySet().stream().filter(name -> !accepted.contains(name)).toList();
    return others.stream()
        .filter(other -> Suggestion.isNear(other, key))
        .findFirst()
        .map(typo -> new ConfigException(List.of(unknown(typo, List.of(key)))))
        .orElseGet(() -> error(message));
  }

  /// Refuses every key that is not listed. Call it before required keys are read, so that a
  /// misspelt key is reported instead of the missing key.
  ///
  /// @throws ConfigException with one problem for each such key
  public void refuseOthers(Collection<String> keys) {
    List<ConfigException.Problem> problems =
        entries.keySet().stream()
            .filter(key -> !keys.contains(key))
            .map(key -> unknown(key, keys))
            .toList();
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  private ConfigException.Problem unknown(String key, Collection<String> expected) {
    return new ConfigException.Problem(
        file(),
        keyLines.getOrDefault(key, 0),
        0,
        "%sunknown key %s%s"
            .formatted(
                prefix(),
                Quoted.of(key),
                Suggestion.nearest(key, expected)
                    .or(
                        () ->
                            expected.stream().filter(it -> Suggestion.isNear(key, it)).findFirst())
                    .map(near -> ": did you mean " + Quoted.of(near) + "?")
                    .orElse(
                        expected.isEmpty()
                            ? ", expected none"
                            : ", expected one of " + String.join(", ", expected))));
  }

  private String prefix() {
    return path.isEmpty() ? "" : path + ": ";
  }

  /// Returns a string, or the default if the key is absent.
  public String string(String key, String defaultValue) {
    return get(key).map(YamlValue::asString).orElse(defaultValue);
  }

  /// Returns a boolean, or the default if the key is absent.
  public boolean bool(String key, boolean defaultValue) {
    return get(key).map(YamlValue::asBoolean).orElse(defaultValue);
  }

  /// Returns a whole number, or the default if the key is absent.
  public int integer(String key, int defaultValue) {
    return get(key).map(YamlValue::asInt).orElse(defaultValue);
  }

  /// Returns a whole number between two bounds, both inclusive.
  public int integer(String key, int defaultValue, int min, int max) {
    int value = integer(key, defaultValue);
    if (value < min || value > max) {
      throw require(key)
          .error("expected a whole number from " + min + " to " + max + ", found " + value);
    }
    return value;
  }

  /// Returns a duration, or the default if the key is absent.
  public Duration duration(String key, Duration defaultValue) {
    return get(key).map(YamlValue::asDuration).orElse(defaultValue);
  }

  /// Returns a duration between two bounds, both inclusive. Default and bounds are written as in
  /// files.
  public Duration duration(String key, String defaultValue, String min, String max) {
    Duration value = duration(key, PromDuration.parse(defaultValue));
    if (value.compareTo(PromDuration.parse(min)) < 0
        || value.compareTo(PromDuration.parse(max)) > 0) {
      throw require(key)
          .error(
              "expected a duration from %s to %s, found %s"
                  .formatted(min, max, Quoted.of(PromDuration.format(value))));
    }
    return value;
  }

  /// Returns the items of a list, each converted by a reader; empty if the key is absent.
  public <T> List<T> list(String key, Function<YamlValue, T> reader) {
    return get(key).map(YamlValue::asList).orElse(List.of()).stream().map(reader).toList();
  }

  /// Returns the items of a list; empty if the key is absent.
  public List<YamlValue> items(String key) {
    return list(key, Function.identity());
  }

  /// Returns the items of a list of strings; empty if the key is absent.
  public List<String> strings(String key) {
    return list(key, YamlValue::asString);
  }

  /// Returns a mapping of strings to strings, in file order; empty if the key is absent.
  public Map<String, String> stringMap(String key) {
    return get(key).map(value -> value.asMap().toStringMap()).orElse(Map.of());
  }

  /// Returns all entries as strings. [#finish] then accepts every key.
  public Map<String, String> toStringMap() {
    var map = new LinkedHashMap<String, String>();
    entries.forEach(
        (key, value) -> {
          accepted.add(key);
          map.put(key, value.asString());
        });
    return map;
  }

  /// Refuses a key that the format allows and Pharos does not support.
  public void unsupported(String key, String reason) {
    accepted.add(key);
    if (has(key)) {
      throw new ConfigException(
          file(), line(key), 0, prefix() + key + " is not supported: " + reason);
    }
  }

  /// Refuses every key that was not read.
  ///
  /// @throws ConfigException with one problem for each such key
  public void finish() {
    refuseOthers(accepted);
  }

  /// Calls [#finish] and returns the given value.
  public <T> T finished(T value) {
    finish();
    return value;
  }
}
