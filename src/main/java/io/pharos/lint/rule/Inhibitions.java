package io.pharos.lint.rule;

import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.lint.flow.LabelShape;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;

/// Decides from the known labels of alerts which of them may inhibit each other.
final class Inhibitions {
  private final List<InhibitRule> rules;
  private final Labels external;

  Inhibitions(List<InhibitRule> rules, Labels external) {
    this.rules = rules;
    this.external = external;
  }

  /// Returns whether one of two alerts about the same series may inhibit the other.
  boolean mayInhibit(LabelShape one, LabelShape other) {
    return rules.stream().anyMatch(rule -> holds(rule, one, other) || holds(rule, other, one));
  }

  private boolean holds(InhibitRule rule, LabelShape source, LabelShape target) {
    return mayMatch(rule.sourceMatchers(), source, external)
        && mayMatch(rule.targetMatchers(), target, external)
        && rule.equal().stream().allMatch(label -> mayBeEqual(label, source, target));
  }

  private static boolean mayBeEqual(String label, LabelShape source, LabelShape target) {
    String one = source.fixed().get(label);
    String other = target.fixed().get(label);
    return one == null || other == null || one.equals(other);
  }

  /// Returns whether alerts of a shape may match all matchers.
  ///
  /// @param external labels that every alert without labels of these names gets
  static boolean mayMatch(List<LabelMatcher> matchers, LabelShape shape, Labels external) {
    return matchers.stream().allMatch(matcher -> mayMatch(matcher, shape, external));
  }

  /// Returns whether alerts of a shape may match a matcher.
  static boolean mayMatch(LabelMatcher matcher, LabelShape shape, Labels external) {
    String fixed = shape.fixed().get(matcher.name());
    if (fixed != null) {
      return matcher.matches(fixed);
    }
    return shape.canHave(matcher.name()) || matcher.matches(external.get(matcher.name()));
  }
}
