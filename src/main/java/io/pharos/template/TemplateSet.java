package io.pharos.template;

import java.util.HashMap;
import java.util.Map;

/// Named templates that others may call: what the `templates:` files of Alertmanager define.
/// Immutable; a later definition of a name replaces an earlier one.
public final class TemplateSet {
  private static final TemplateSet EMPTY = new TemplateSet(Map.of());

  private final Map<String, Parser.Definition> definitions;

  private TemplateSet(Map<String, Parser.Definition> definitions) {
    this.definitions = Map.copyOf(definitions);
  }

  public static TemplateSet empty() {
    return EMPTY;
  }

  /// This set and what a file defines.
  ///
  /// @param fileName what errors call the file; the text outside its definitions has this name
  /// @throws TemplateException when the text is not a template
  public TemplateSet with(String fileName, String text, Functions functions) {
    var parser = new Parser(new TemplateSource(fileName, text), functions, java.util.List.of());
    Parser.Definition main = parser.parse();
    var all = new HashMap<>(definitions);
    if (!main.isEmpty()) {
      all.put(fileName, main);
    }
    return new TemplateSet(overlay(all, parser.defined()));
  }

  /// Definitions and over them others. As in Go, an empty text takes no other text's place.
  static Map<String, Parser.Definition> overlay(
      Map<String, Parser.Definition> base, Map<String, Parser.Definition> others) {
    var all = new HashMap<>(base);
    others.forEach(
        (name, definition) -> {
          if (!definition.isEmpty() || !all.containsKey(name)) {
            all.put(name, definition);
          }
        });
    return all;
  }

  /// Whether the set has a template of this name.
  public boolean has(String name) {
    return definitions.containsKey(name);
  }

  Map<String, Parser.Definition> definitions() {
    return definitions;
  }
}
