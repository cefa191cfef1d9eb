package io.pharos.config.pharos;

import io.pharos.config.yaml.ConfigException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When the alerts of some rules begin and end, beside their expressions.
///
/// @param matchers the rules, by `alertname` and their labels; all must match
/// @param atLeast in how many of the last [#of] evaluations an alert must be found to fire
/// @param resolveAt the number with which the rule's comparison must be false to end an alert; null
///   for the rule's own
/// @param line where the item is, for error messages
/// @param path the same
public record HysteresisRule(
    List<LabelMatcher> matchers,
    int atLeast,
    int of,
    @Nullable Double resolveAt,
    String file,
    int line,
    String path) {
  /// Each evaluation of such a rule evaluates its expression as often.
  public static final int MAX_EVALUATIONS = 100;

  public HysteresisRule {
    matchers = List.copyOf(matchers);
    if (of > MAX_EVALUATIONS || atLeast < 1 || atLeast > of) {
      throw new IllegalArgumentException(
          "expected at_least of 1 to of, and of up to %d, found %d of %d"
              .formatted(MAX_EVALUATIONS, atLeast, of));
    }
  }

  /// Returns an error at this item.
  public ConfigException.Problem problem(String text) {
    return new ConfigException.Problem(file, line, 0, path + ": " + text);
  }

  /// Returns whether the item is for a rule.
  ///
  /// @param rule its labels as written, with `alertname`
  public boolean matches(Labels rule) {
    return LabelMatcher.matchesAll(matchers, rule);
  }
}
