package io.pharos.probe;

import io.pharos.config.yaml.YamlValue;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/// The variables that texts of a step may name as `${name}`; outside of steps texts have none, and
/// `${name}` is what it is.
///
/// @param names in any order
record KnownVariables(Set<String> names, boolean inSteps) {
  static final KnownVariables NONE = new KnownVariables(Set.of(), false);

  KnownVariables {
    names = Set.copyOf(names);
  }

  /// Refuses a text that names a variable that is not known where it stands.
  void check(YamlValue value) {
    checkEach(value, Set.of(value.asString()));
  }

  /// As [#check], of several texts of one value.
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

  /// A text in which variables have been replaced by words, to look at what is around them.
  String placeholders(YamlValue value) {
    check(value);
    return inSteps ? SuiteVariables.replaced(value.asString(), name -> name) : value.asString();
  }
}
