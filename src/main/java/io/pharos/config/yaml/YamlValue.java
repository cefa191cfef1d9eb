package io.pharos.config.yaml;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/// One value of a YAML file, with its place. Methods convert it, or throw a [ConfigException] if it
/// has another type.
public final class YamlValue {
  private final Source source;
  private final String path;
  private final Node node;

  YamlValue(Source source, String path, Node node) {
    this.source = source;
    this.path = path;
    this.node = node;
  }

  /// Returns the file's name in error messages.
  public String file() {
    return source.name();
  }

  /// Returns the keys that lead to this value, such as `route.routes[0].receiver`; empty at the top
  /// level.
  public String path() {
    return path;
  }

  /// Returns the first line of the value, from 1.
  public int line() {
    return node.getStartMark().getLine() + 1;
  }

  /// Returns the first column of the value, from 1.
  public int column() {
    return node.getStartMark().getColumn() + 1;
  }

  /// Returns whether the value is null or empty.
  public boolean isNull() {
    return node.getTag().equals(Tag.NULL);
  }

  /// Returns whether the value is a text without quotes that ends with the only quote in it.
  public boolean endsWithLoneQuote() {
    if (!(node instanceof ScalarNode scalar)
        || !scalar.isPlain()
        || scalar.getValue().length() < 2) {
      return false;
    }
    String text = scalar.getValue();
    char last = text.charAt(text.length() - 1);
    return (last == '\'' || last == '"') && text.indexOf(last) == text.length() - 1;
  }

  /// Returns whether the value is a scalar other than null.
  public boolean isScalar() {
    return node instanceof ScalarNode && !isNull();
  }

  /// Returns whether the value is a mapping.
  public boolean isMap() {
    return node instanceof MappingNode;
  }

  /// Returns whether the value is a list.
  public boolean isList() {
    return node instanceof SequenceNode;
  }

  /// Returns an error about this value.
  public ConfigException error(String message) {
    return new ConfigException(
        file(), line(), column(), path.isEmpty() ? message : path + ": " + message);
  }

  /// Returns whether the value is a string in both YAML and JSON, so neither a number nor a
  /// boolean.
  public boolean isString() {
    return node instanceof ScalarNode && node.getTag().equals(Tag.STR);
  }

  /// Returns the line of the file, from 1, for a position in this scalar's text.
  ///
  /// @param row row of the text, from 1
  /// @param column column in that row, from 1
  public int lineOf(int row, int column) {
    int offset = column - 1;
    List<String> rows = asString().lines().toList();
    for (int i = 0; i < Math.min(row - 1, rows.size()); i++) {
      offset += rows.get(i).length() + 1;
    }
    return lineOf(offset);
  }

  /// Returns the line of the file, from 1, for a position in this scalar's text.
  ///
  /// @param offset index of the character in the text, from 0
  public int lineOf(int offset) {
    return node instanceof ScalarNode scalar ? source.lineOf(scalar, offset) : line();
  }

  /// Returns any scalar as text: `on`, `5` and `"5"` are accepted. Null is an empty string.
  public String asString() {
    if (node instanceof ScalarNode scalar) {
      return isNull() ? "" : scalar.getValue();
    }
    throw error("expected a string, found " + kind());
  }

  /// Returns an unquoted boolean: true, yes, on, false, no or off.
  public boolean asBoolean() {
    if (node instanceof ScalarNode scalar && !scalar.isPlain()) {
      throw error("expected true or false, found the string " + Quoted.of(scalar.getValue()));
    }
    return switch (asString().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default ->
          throw error(
              "expected true or false, found "
                  + Quoted.of(asString())
                  + Suggestion.of(asString(), List.of("true", "false")));
    };
  }

  /// Returns a whole number; digits may be grouped by underscores.
  public int asInt() {
    return parse("a whole number", text -> Integer.parseInt(text.replace("_", "")));
  }

  /// Returns a number, as Java's `Double.parseDouble` accepts it.
  public double asDouble() {
    return parse("a number", Double::parseDouble);
  }

  /// Returns a duration in Prometheus' notation.
  public Duration asDuration() {
    return parse("a duration such as 30s or 1h30m", PromDuration::parse);
  }

  /// Converts the scalar's text.
  ///
  /// @param expected completes the error message `expected …`, such as "a duration such as 30s"
  /// @param parser throws IllegalArgumentException for text that it refuses
  public <T> T parse(String expected, Function<String, T> parser) {
    String text = asString();
    try {
      return parser.apply(text);
    } catch (NumberFormatException e) {
      throw unexpected(expected, text, "");
    } catch (IllegalArgumentException e) {
      throw unexpected(expected, text, " (" + e.getMessage() + ")");
    }
  }

  private ConfigException unexpected(String expected, String text, String why) {
    String near =
        expected.startsWith("one of ")
            ? Suggestion.of(text, List.of(expected.substring("one of ".length()).split(", ")))
            : "";
    return error(
        "expected " + expected + ", found " + Quoted.of(text) + (near.isEmpty() ? why : near));
  }

  /// Returns the value as a mapping.
  public YamlMap asMap() {
    if (node instanceof MappingNode mapping) {
      return new YamlMap(this, source, path, mapping);
    }
    throw error("expected a mapping, found " + kind());
  }

  /// Returns the items of a list; null is an empty list.
  public List<YamlValue> asList() {
    if (isNull()) {
      return List.of();
    }
    if (node instanceof SequenceNode sequence) {
      var items = new ArrayList<YamlValue>();
      for (Node item : sequence.getValue()) {
        items.add(new YamlValue(source, path + "[" + items.size() + "]", item));
      }
      return List.copyOf(items);
    }
    throw error("expected a list, found " + kind());
  }

  private String kind() {
    return switch (node) {
      case MappingNode _ -> "a mapping";
      case SequenceNode _ -> "a list";
      case ScalarNode scalar -> isNull() ? "nothing" : Quoted.of(scalar.getValue());
      default -> "an alias";
    };
  }
}
