package io.pharos.config.yaml;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/// Reads YAML and JSON files.
public final class YamlFile {
  private static final int MAX_CODE_POINTS = 16 * 1024 * 1024;

  private YamlFile() {}

  /// Returns the top-level mapping of a file. If the file is empty, so is the mapping.
  ///
  /// @throws ConfigException when the file can't be read or is not YAML
  public static YamlMap read(Path file) {
    return parse(file.toString(), text(file));
  }

  /// Returns the text of a file.
  ///
  /// @throws ConfigException when the file can't be read
  public static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }

  /// Returns the top-level mapping of a text.
  public static YamlMap parse(String name, String text) {
    return documents(name, text).stream()
        .findFirst()
        .map(YamlValue::asMap)
        .orElseGet(() -> YamlMap.empty(name));
  }

  /// Returns the top-level value of a text, of any type. Empty if the text has no document.
  public static Optional<YamlValue> parseValue(String name, String text) {
    return documents(name, text).stream().findFirst();
  }

  /// Returns the values of all documents in a text.
  public static List<YamlValue> parseAll(String name, String text) {
    return List.copyOf(documents(name, text));
  }

  private static List<YamlValue> documents(String name, String text) {
    var source = new Source(name, text.lines().toList());
    return nodes(name, text).stream().map(node -> new YamlValue(source, "", node)).toList();
  }

  /// Returns the parsed documents of a text.
  static List<Node> nodes(String name, String text) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(1000);
    options.setCodePointLimit(MAX_CODE_POINTS);
    try {
      var found = new ArrayList<Node>();
      for (Node node : new Yaml(options).composeAll(new StringReader(text))) {
        if (node != null) {
          found.add(node);
        }
      }
      return found;
    } catch (MarkedYAMLException e) {
      var mark = e.getProblemMark();
      throw new ConfigException(
          name,
          mark == null ? 0 : mark.getLine() + 1,
          mark == null ? 0 : mark.getColumn() + 1,
          "not valid YAML: " + e.getProblem());
    } catch (YAMLException e) {
      throw new ConfigException(name, 0, 0, "not valid YAML: " + e.getMessage());
    } catch (NumberFormatException | IndexOutOfBoundsException _) {
      // SnakeYAML throws these, for example when a text ends inside an escape such as `"\x`.
      throw new ConfigException(name, 0, 0, "not valid YAML: the text ends inside an escape");
    }
  }
}
