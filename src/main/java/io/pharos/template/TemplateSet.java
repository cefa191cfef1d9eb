package io.pharos.template;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/// An immutable set of named templates that other templates may call: the definitions of
/// Alertmanager's `templates:` files. A later definition of a name replaces an earlier definition.
public final class TemplateSet {
  private static final TemplateSet EMPTY = new TemplateSet(Map.of());

  final Map<String, Parser.Definition> definitions;

  private TemplateSet(Map<String, Parser.Definition> definitions) {
    this.definitions = Map.copyOf(definitions);
  }

  /// Returns the empty set.
  public static TemplateSet empty() {
    return EMPTY;
  }

  /// Returns this set with the definitions of a file. The text outside its definitions becomes a
  /// template with the file's name.
  ///
  /// @param fileName name of the file, also in errors
  /// @throws TemplateException if the text is not a valid template
  public TemplateSet with(String fileName, String text, Functions functions) {
    var parser = new Parser(new Template.Source(fileName, text), functions, List.of());
    Parser.Definition main = parser.parse();
    var all = new HashMap<>(definitions);
    if (!main.isEmpty()) {
      all.put(fileName, main);
    }
    return new TemplateSet(overlay(all, parser.defined));
  }

  /// Returns the definitions of both maps. A definition in `later` replaces a definition with the
  /// same name in `base`, unless its text is empty, as in Go.
  static Map<String, Parser.Definition> overlay(
      Map<String, Parser.Definition> base, Map<String, Parser.Definition> later) {
    var all = new HashMap<>(base);
    later.forEach(
        (name, definition) -> {
          if (!definition.isEmpty() || !all.containsKey(name)) {
            all.put(name, definition);
          }
        });
    return all;
  }

  /// Returns the errors of fields that resemble fields of Alertmanager's data, in all definitions.
  ///
  /// @param nearest returns the known name that a misspelt one probably means
  public List<TemplateException> unknownFields(
      BiFunction<String, Collection<String>, Optional<String>> nearest) {
    return definitions.values().stream()
        .flatMap(each -> UnknownFields.of(each.source(), each.body(), false, nearest).stream())
        .sorted(Comparator.comparing(error -> String.valueOf(error.getMessage())))
        .toList();
  }

  /// Returns whether the set contains a template with this name.
  public boolean has(String name) {
    return definitions.containsKey(name);
  }
}
