package io.pharos.config.yaml;

import io.pharos.config.files.OutsideFiles;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/// Reads YAML and JSON files.
public final class YamlFile {
  private static final int MAX_CODE_POINTS = 16 * 1024 * 1024;

  /* A value uses about 500 bytes: its node, two marks and its text. So a file uses at most an
   * eighth of the heap. Files of 50,000 values are accepted with every heap. */
  private static final long BYTES_PER_VALUE = 8 * 500;
  private static final long MAX_VALUES =
      Math.max(50_000, Runtime.getRuntime().maxMemory() / BYTES_PER_VALUE);

  private YamlFile() {}

  /// Returns the top-level mapping of a file. If the file is empty, so is the mapping.
  ///
  /// @throws ConfigException when the file can't be read or is not YAML
  public static YamlMap read(Path file) {
    return read(file, Function.identity());
  }

  /// Reads the top-level mapping of a file with a reader.
  ///
  /// @throws ConfigException as [#read(Path)] and [#parsed], and from the reader
  public static <T> T read(Path file, Function<YamlMap, T> reader) {
    return parsed(file, text -> reader.apply(parse(file.toString(), text)));
  }

  /// Parses the text of a file with a parser, which may throw [ConfigException].
  ///
  /// @throws ConfigException also if the parser runs out of memory or stack
  public static <T> T parsed(Path file, Function<String, T> parser) {
    String text = text(file);
    try {
      return parser.apply(text);
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw new ConfigException(
          file.toString(),
          0,
          0,
          "can't be parsed: its %d characters need more %s than this process has; the maximum size of a file is %s"
              .formatted(
                  text.length(),
                  e instanceof OutOfMemoryError ? "memory" : "stack",
                  OutsideFiles.bound()));
    }
  }

  /// Returns the text of a file.
  ///
  /// @throws ConfigException when the file can't be read
  public static String text(Path file) {
    try {
      return OutsideFiles.text(file);
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + PlainReason.of(e));
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
      var events = new BoundedParser(name, text, options);
      var composer = new Composer(events, new Resolver(), options);
      while (composer.checkNode()) {
        found.add(composer.getNode());
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

  /* Counts the values of a text before their nodes are built. */
  private static final class BoundedParser implements Parser {
    private final String name;
    private final Parser parser;
    private long values;

    BoundedParser(String name, String text, LoaderOptions options) {
      this.name = name;
      parser = new ParserImpl(new StreamReader(new StringReader(text)), options);
    }

    @Override
    public boolean checkEvent(Event.ID id) {
      return parser.checkEvent(id);
    }

    @Override
    public Event peekEvent() {
      return parser.peekEvent();
    }

    @Override
    public Event getEvent() {
      Event event = parser.getEvent();
      if (event instanceof NodeEvent && ++values > MAX_VALUES) {
        throw new ConfigException(
            name,
            event.getStartMark().getLine() + 1,
            0,
            "expected at most %d keys and values (one for each %d bytes of the heap), found more"
                .formatted(MAX_VALUES, BYTES_PER_VALUE));
      }
      return event;
    }
  }
}
