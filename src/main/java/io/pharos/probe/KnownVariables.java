package io.pharos.probe;

import io.pharos.config.yaml.YamlValue;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/// The variables that texts of a step may use as `${name}`. Outside steps `${name}` is literal
/// text.
///
/// @param names names of the variables
record KnownVariables(Set<String> names, boolean inSteps) {
  static final KnownVariables NONE = new KnownVariables(Set.of(), false);

  KnownVariables {
    names = Set.copyOf(names);
  }

  /// Rejects a text that uses an unknown variable.
  void check(YamlValue value) {
    checkEach(value, Set.of(value.asString()));
  }

  /// Rejects texts of one value that use an unknown variable.
  void checkEach(YamlValue value, Collection<String> texts) {
    if (!inSteps) {
      return;
    }
    for (String text : texts) {
      for (String name : SuiteVariables.named(text)) {
        if (!names.contains(name)) {
          throw value.error(
              "found ${"
                  + ProbeFacts.cut(name)
                  + "}, expected a variable that is known here: "
                  + (names.isEmpty() ? "none is" : String.join(", ", new TreeSet<>(names))));
        }
      }
    }
  }

  /// Returns the text with variables replaced by words, to validate the rest.
  String placeholders(YamlValue value) {
    check(value);
    return inSteps ? SuiteVariables.replaced(value.asString(), name -> name) : value.asString();
  }
}
