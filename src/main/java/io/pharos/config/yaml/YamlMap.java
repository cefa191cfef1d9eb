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

/// A mapping that is read key by key and then closed by [#finish], which refuses every key that
/// nobody asked for. A key whose value is null counts as absent. What `<<` merges in stands under
/// the mapping's own keys.
public final class YamlMap {
  /* An anchor may name a mapping that it stands in. */
  private static final int MAX_MERGES = 20;

  private final @Nullable YamlValue self;
  private final Source source;
  private final Map<String, YamlValue> entries = new LinkedHashMap<>();
  private final Map<String, Integer> keyLines = new LinkedHashMap<>();
  private final TreeSet<String> known = new TreeSet<>();
  private final String path;
  private final int depth;

  YamlMap(@Nullable YamlValue self, Source source, String path, MappingNode mapping) {
    this(self, source, path, mapping, 0);
  }

  private YamlMap(
      @Nullable YamlValue self, Source source, String path, MappingNode mapping, int depth) {
    this.self = self;
    this.depth = depth;
    this.source = source;
    this.path = path;
    var merged = new ArrayList<NodeTuple>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode().getTag().equals(Tag.MERGE)) {
        merged.add(tuple);
      } else {
        add(tuple);
      }
    }
    for (NodeTuple tuple : merged) {
      merge(tuple.getValueNode());
    }
  }

  /* The merge keys of YAML 1.1: a mapping or a list of them, of which the earlier wins. */
  private void merge(Node merged) {
    switch (merged) {
      case MappingNode _ when depth == MAX_MERGES ->
          throw new ConfigException(
              file(),
              merged.getStartMark().getLine() + 1,
              merged.getStartMark().getColumn() + 1,
              "<<: merges more than " + MAX_MERGES + " mappings into each other");
      case MappingNode mapping -> {
        var other = new YamlMap(null, source, path, mapping, depth + 1);
        other.entries.forEach(entries::putIfAbsent);
        other.keyLines.forEach(keyLines::putIfAbsent);
      }
      case SequenceNode list
          when list.getValue().stream().allMatch(MappingNode.class::isInstance) ->
          list.getValue().forEach(this::merge);
      default ->
          throw new ConfigException(
              file(),
              merged.getStartMark().getLine() + 1,
              merged.getStartMark().getColumn() + 1,
              "<<: expected a mapping or a list of mappings");
    }
  }

  private void add(NodeTuple tuple) {
    if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
      throw new ConfigException(
          file(),
          tuple.getKeyNode().getStartMark().getLine() + 1,
          tuple.getKeyNode().getStartMark().getColumn() + 1,
          "expected a string as key");
    }
    int line = key.getStartMark().getLine() + 1;
    String name = key.getValue();
    var value =
        new YamlValue(source, path.isEmpty() ? name : path + "." + name, tuple.getValueNode());
    if (entries.put(name, value) != null) {
      throw new ConfigException(
          file(), line, key.getStartMark().getColumn() + 1, Quoted.of(name) + " is given twice");
    }
    keyLines.put(name, line);
  }

  private YamlMap(String file) {
    this.self = null;
    this.depth = 0;
    this.source = new Source(file, List.of());
    this.path = "";
  }

  static YamlMap empty(String file) {
    return new YamlMap(file);
  }

  public String file() {
    return source.name();
  }

  public String path() {
    return path;
  }

  /// The line that the mapping begins on, from 1; 1 for an empty file.
  public int line() {
    return self == null ? 1 : self.line();
  }

  /// The line of a key, or the mapping's where it is absent.
  public int line(String key) {
    return keyLines.getOrDefault(key, line());
  }

  /// All keys in file order.
  public List<String> keys() {
    return List.copyOf(entries.keySet());
  }

  /// Whether the key is there with a value other than null. Does not mark it as read.
  public boolean has(String key) {
    YamlValue value = entries.get(key);
    return value != null && !value.isNull();
  }

  /// The error that says what is wrong with this mapping as a whole.
  public ConfigException error(String message) {
    return new ConfigException(
        file(),
        line(),
        self == null ? 0 : self.column(),
        path.isEmpty() ? message : path + ": " + message);
  }

  /// The value of a key, and the key counts as known from now on.
  public Optional<YamlValue> get(String key) {
    known.add(key);
    YamlValue value = entries.get(key);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  public YamlValue require(String key) {
    return get(key).orElseThrow(() -> missing(key, "the key " + Quoted.of(key) + " is missing"));
  }

  /// The error that says that a key is missing. Where the mapping has a key that nobody asked for
  /// and that is nearly the missing one, it is the error about that key instead.
  public ConfigException missing(String key, String message) {
    List<String> others = entries.keySet().stream().filter(it -> !known.contains(it)).toList();
    return others.stream()
        .filter(other -> Suggestion.nearest(other, List.of(key)).isPresent())
        .findFirst()
        .map(typo -> new ConfigException(List.of(unknown(typo, List.of(key)))))
        .orElseGet(() -> error(message));
  }

  /// Refuses at once every key that is none of these: for mappings of which a missing key is found
  /// elsewhere first.
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
        (path.isEmpty() ? "" : path + ": ")
            + "unknown key "
            + Quoted.of(key)
            + Suggestion.nearest(key, expected)
                .map(near -> ": did you mean " + Quoted.of(near) + "?")
                .orElse(
                    expected.isEmpty()
                        ? ", expected none"
                        : ", expected one of " + String.join(", ", expected)));
  }

  public String string(String key, String otherwise) {
    return get(key).map(YamlValue::asString).orElse(otherwise);
  }

  public boolean bool(String key, boolean otherwise) {
    return get(key).map(YamlValue::asBoolean).orElse(otherwise);
  }

  public int integer(String key, int otherwise) {
    return get(key).map(YamlValue::asInt).orElse(otherwise);
  }

  /// A whole number from one bound to another.
  public int integer(String key, int otherwise, int least, int most) {
    int value = integer(key, otherwise);
    if (value < least || value > most) {
      throw require(key)
          .error("expected a whole number from " + least + " to " + most + ", found " + value);
    }
    return value;
  }

  public Duration duration(String key, Duration otherwise) {
    return get(key).map(YamlValue::asDuration).orElse(otherwise);
  }

  /// A duration from one bound to another, all as files write them.
  public Duration duration(String key, String otherwise, String least, String most) {
    Duration value = duration(key, PromDuration.parse(otherwise));
    if (value.compareTo(PromDuration.parse(least)) < 0
        || value.compareTo(PromDuration.parse(most)) > 0) {
      throw require(key)
          .error(
              "expected a duration from "
                  + least
                  + " to "
                  + most
                  + ", found "
                  + Quoted.of(PromDuration.format(value)));
    }
    return value;
  }

  /// The items of a list, each made by a reader; empty where the key is absent.
  public <T> List<T> list(String key, Function<YamlValue, T> reader) {
    return get(key).map(YamlValue::asList).orElse(List.of()).stream().map(reader).toList();
  }

  public List<String> strings(String key) {
    return list(key, YamlValue::asString);
  }

  /// A mapping of strings to strings in file order; empty where the key is absent.
  public Map<String, String> stringMap(String key) {
    return get(key).map(value -> value.asMap().toStringMap()).orElse(Map.of());
  }

  /// All entries as strings; every key counts as known.
  public Map<String, String> toStringMap() {
    var map = new LinkedHashMap<String, String>();
    entries.forEach(
        (key, value) -> {
          known.add(key);
          map.put(key, value.asString());
        });
    return map;
  }

  /// Refuses keys that Pharos knows from the format but does not support yet.
  ///
  /// @param reason what to do instead, or when it will come
  public void unsupported(String key, String reason) {
    known.add(key);
    if (has(key)) {
      throw new ConfigException(
          file(),
          line(key),
          0,
          (path.isEmpty() ? "" : path + ": ") + key + " is not supported: " + reason);
    }
  }

  /// Refuses every key that was not asked for.
  ///
  /// @throws ConfigException with one problem for each such key
  public void finish() {
    List<ConfigException.Problem> problems =
        entries.keySet().stream()
            .filter(key -> !known.contains(key))
            .map(key -> unknown(key, known))
            .toList();
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
