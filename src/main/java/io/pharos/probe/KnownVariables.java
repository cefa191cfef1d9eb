package io.pharos.probe;

import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/// The variables that texts of a step may use as `${name}`. Outside of steps, `${name}` is ordinary
/// text.
///
/// @param names names of the variables
/// @param inSteps whether the texts are texts of a step
public record KnownVariables(Set<String> names, boolean inSteps) {
  static final KnownVariables NONE = new KnownVariables(Set.of(), false);

  public KnownVariables {
    names = Set.copyOf(names);
  }

  /// Rejects a text that uses an unknown variable.
  void check(YamlValue value) {
    checkEach(value, Set.of(value.asString()));
  }

  /// Rejects a text that uses an unknown variable.
  ///
  /// @param value the value that contains the texts, for the error message
  void checkEach(YamlValue value, Collection<String> texts) {
    if (!inSteps) {
      return;
    }
    for (String text : texts) {
      for (String name : namesIn(text)) {
        if (!names.contains(name)) {
          throw value.error(
              "found ${"
                  + Quoted.cut(name, 80)
                  + "}, expected a variable that is known here: "
                  + (names.isEmpty() ? "none is" : String.join(", ", new TreeSet<>(names))));
        }
      }
    }
  }

  /// Returns the text with its variables replaced by words, so that the rest can be validated.
  String placeholders(YamlValue value) {
    check(value);
    return inSteps ? replace(value.asString(), name -> name) : value.asString();
  }

  /// Returns the names of the variables that a text uses.
  public static List<String> namesIn(String text) {
    var names = new ArrayList<String>();
    String _ =
        replace(
            text,
            name -> {
              names.add(name);
              return "";
            });
    return names;
  }

  /// Replaces each variable in a text.
  public static String replace(String text, UnaryOperator<String> value) {
    var result = new StringBuilder();
    int position = 0;
    while (true) {
      int begin = text.indexOf("${", position);
      int end = begin < 0 ? -1 : text.indexOf('}', begin);
      if (end < 0) {
        return result.append(text, position, text.length()).toString();
      }
      result.append(text, position, begin).append(value.apply(text.substring(begin + 2, end)));
      position = end + 1;
    }
  }
}
