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
import java.util.stream.Collectors;

/// The probes that come of an import, and what has no equal. Not thread-safe.
public final class Imports {
  private final List<ObjectNode> probes = new ArrayList<>();
  private final List<String> losses = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<Path, String> secrets = new TreeMap<>();
  private final Set<String> names = new HashSet<>();

  /// Something to know of what has an equal.
  void note(String whose, String what) {
    notes.add(whose + ": " + what);
  }

  /// A secret that is to stand in a file.
  void keep(Path file, String secret) {
    secrets.put(file, secret);
  }

  /// Something that probes have no equal of.
  ///
  /// @param whose what it was part of
  void lost(String whose, String what) {
    losses.add(whose + ": " + what);
  }

  /// A probe, under a name that is not taken: another one gets a number. One that a file would not
  /// take is lost instead, with the reason.
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
          "left out: "
              + e.problems().stream()
                  .map(problem -> problem.message().replaceFirst("^probes\\[0\\][.:]? ?", ""))
                  .collect(Collectors.joining("; ")));
    }
  }

  /// How many probes there are.
  public int size() {
    return probes.size();
  }

  /// What has no equal, each with what it was part of.
  public List<String> losses() {
    return List.copyOf(losses);
  }

  /// What is to be known of what has an equal, each with what it was part of.
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /// The secrets, by the files that the probes name for them.
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

  /// A text as a string of an expression.
  static String quoted(String text) {
    return Quoted.of(text);
  }
}
