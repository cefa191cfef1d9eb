package io.pharos.adopt.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.Quoted;
import io.pharos.probe.ProbeFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Collects the probes of an import, and the settings that have no equivalent. Not thread-safe.
public final class Imports {
  private final List<ObjectNode> probes = new ArrayList<>();
  private final List<String> losses = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<Path, String> secrets = new TreeMap<>();
  private final Set<String> names = new HashSet<>();

  /// Adds a note about a setting that was converted.
  ///
  /// @param source name of the monitor or module
  void note(String source, String text) {
    notes.add(source + ": " + text);
  }

  /// Adds a secret that must be written to a file.
  void addSecret(Path file, String secret) {
    secrets.put(file, secret);
  }

  /// Adds a setting that has no equivalent.
  ///
  /// @param source name of the monitor or module
  void lost(String source, String text) {
    losses.add(source + ": " + text);
  }

  /// Reports that the keys of a monitor or module are not converted, except the known keys.
  ///
  /// @param knownKeys the keys that the import converts or ignores
  void lostOthers(String source, JsonNode tree, Set<String> knownKeys) {
    var others = new TreeSet<String>();
    tree.fieldNames().forEachRemaining(others::add);
    others.removeAll(knownKeys);
    if (!others.isEmpty()) {
      lost(source, String.join(", ", others) + " not converted");
    }
  }

  /// Adds a probe. If another probe has the name, a number is appended. An invalid probe is not
  /// added, but reported with the reason as a setting without an equivalent.
  void add(String name, ObjectNode keys) {
    String uniqueName = name.isBlank() ? "probe" : name.strip();
    for (int i = 2; names.contains(uniqueName); i++) {
      uniqueName = name.strip() + " " + i;
    }
    var probe = keys.objectNode();
    probe.put("name", uniqueName);
    probe.setAll(keys);
    try {
      ProbeFile.parse("import", text(List.of(probe)), Path.of(""));
      names.add(uniqueName);
      probes.add(probe);
    } catch (ConfigException e) {
      lost(
          uniqueName,
          e.problems().stream()
              .map(problem -> problem.message().replaceFirst("^probes\\[0\\][.:]? ?", ""))
              .collect(Collectors.joining("; ", "skipped: ", "")));
    }
  }

  /// Returns the number of probes.
  public int size() {
    return probes.size();
  }

  /// Returns the settings that have no equivalent, each with its monitor or module.
  public List<String> losses() {
    return List.copyOf(losses);
  }

  /// Returns notes about converted settings, each with its monitor or module.
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /// Returns the secrets that the caller must write, by their files. The probes refer to these
  /// files.
  public Map<Path, String> secrets() {
    return Map.copyOf(secrets);
  }

  /// Returns the text of the probe file.
  public String yaml() {
    return text(probes);
  }

  private static String text(List<ObjectNode> probes) {
    var text = new StringBuilder(probes.isEmpty() ? "probes: []\n" : "probes:\n");
    for (ObjectNode probe : probes) {
      String lead = "  - ";
      for (var field : probe.properties()) {
        text.append(lead).append(key(field.getKey())).append(":");
        value(text, field.getValue(), 6);
        lead = "    ";
      }
    }
    return text.toString();
  }

  private static void value(StringBuilder text, JsonNode value, int indent) {
    if (value.isObject() && !value.isEmpty()) {
      text.append('\n');
      for (var field : value.properties()) {
        text.append(" ".repeat(indent)).append(key(field.getKey())).append(":");
        value(text, field.getValue(), indent + 2);
      }
    } else {
      text.append(' ').append(plain(value)).append('\n');
    }
  }

  /* Lists are printed as JSON, which is valid YAML. */
  private static String plain(JsonNode value) {
    return value.isTextual() ? key(value.textValue()) : value.toString();
  }

  private static String key(String text) {
    boolean simple =
        !text.isEmpty()
            && Character.isLetter(text.charAt(0))
            && text.chars().allMatch(c -> c < 0x80 && (Character.isLetterOrDigit(c) || c == '_'))
            && !Set.of("true", "false", "yes", "no", "on", "off", "null", "y", "n")
                .contains(text.toLowerCase(java.util.Locale.ROOT));
    return simple ? text : com.fasterxml.jackson.databind.node.TextNode.valueOf(text).toString();
  }

  /// Returns a text as a string literal in an expression.
  static String quoted(String text) {
    return Quoted.of(text);
  }
}
