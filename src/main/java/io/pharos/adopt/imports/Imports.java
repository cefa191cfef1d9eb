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

/// The probes of an import, and the settings without an equivalent. Not thread-safe.
public final class Imports {
  private final List<ObjectNode> probes = new ArrayList<>();
  private final List<String> losses = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<Path, String> secrets = new TreeMap<>();
  private final Set<String> names = new HashSet<>();

  /// Adds a note about a converted setting.
  void note(String whose, String what) {
    notes.add(whose + ": " + what);
  }

  /// Adds a secret for a file.
  void keep(Path file, String secret) {
    secrets.put(file, secret);
  }

  /// Adds a setting without an equivalent.
  void lost(String whose, String what) {
    losses.add(whose + ": " + what);
  }

  /// Adds the keys of a monitor or module that are not read.
  void lostOthers(String whose, JsonNode tree, Set<String> read) {
    var others = new TreeSet<String>();
    tree.fieldNames().forEachRemaining(others::add);
    others.removeAll(read);
    if (!others.isEmpty()) {
      lost(whose, String.join(", ", others) + " not converted");
    }
  }

  /// Adds a probe; a number makes a duplicate name unique. An invalid probe is reported as lost,
  /// with the reason.
  void add(String name, ObjectNode keys) {
    String free = name.isBlank() ? "probe" : name.strip();
    for (int i = 2; names.contains(free); i++) {
      free = name.strip() + " " + i;
    }
    var probe = keys.objectNode();
    probe.put("name", free);
    probe.setAll(keys);
    try {
      ProbeFile.parse("import", text(List.of(probe)), Path.of(""));
      names.add(free);
      probes.add(probe);
    } catch (ConfigException e) {
      lost(
          free,
          e.problems().stream()
              .map(problem -> problem.message().replaceFirst("^probes\\[0\\][.:]? ?", ""))
              .collect(Collectors.joining("; ", "skipped: ", "")));
    }
  }

  /// The number of probes.
  public int size() {
    return probes.size();
  }

  /// The settings without an equivalent, each with its monitor or module.
  public List<String> losses() {
    return List.copyOf(losses);
  }

  /// Notes about converted settings, each with its monitor or module.
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /// The secrets by file; the probes name these files.
  public Map<Path, String> secrets() {
    return Map.copyOf(secrets);
  }

  /// The file of probes.
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

  /* Lists as JSON, which is YAML too. */
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

  /// A text as a string literal of an expression.
  static String quoted(String text) {
    return Quoted.of(text);
  }
}
