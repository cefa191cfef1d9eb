package io.pharos.lint.rule;

import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.Suggestion;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.rules.RuleSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Checks for alerts that have only some of their texts in a second language: `summary_zh` and
/// `description`, but no `description_zh`.
final class LanguageCheck implements RuleCheck {
  private static final List<String> SENTENCES = List.of("summary", "description");

  /* Without a title the message shows the alert's name, which is English. */
  private static final String TITLE = "title";

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert) {
      for (String language : MessageSettings.Voice.LANGUAGES) {
        check(alert.annotations(), "_" + language, report);
      }
    }
  }

  private static void check(Map<String, String> annotations, String suffix, RuleReport report) {
    var missing = new TreeSet<String>();
    String first = "";
    for (String name : List.of(TITLE, "summary", "description", "value", "threshold")) {
      String translated = name + suffix;
      if (annotations.containsKey(translated)) {
        first = first.isEmpty() ? translated : first;
        if (!annotations.containsKey(name)
            && !name.equals(TITLE)
            && annotations.keySet().stream()
                .noneMatch(annotation -> isMistyped(annotation, name, translated))) {
          report.warnAt(
              "annotations." + translated,
              LintCheck.ALERTS_LANGUAGE,
              translated + " has no " + name + ": readers of other languages get no text; add it");
        }
      } else if ((name.equals(TITLE) || (SENTENCES.contains(name) && annotations.containsKey(name)))
          && annotations.keySet().stream()
              .noneMatch(annotation -> isMistyped(annotation, translated, name))) {
        missing.add(translated);
      }
    }
    if (!first.isEmpty() && !missing.isEmpty()) {
      report.warnAt(
          "annotations." + first,
          LintCheck.ALERTS_LANGUAGE,
          "the alert has %s and no %s: the message mixes languages; add the missing annotations"
              .formatted(first, String.join(", no ", missing)));
    }
  }

  /* Returns whether an annotation is probably a misspelt `name`. AlertTextCheck reports this. */
  private static boolean isMistyped(String annotation, String name, String translated) {
    return !annotation.equals(translated)
        && Suggestion.nearest(annotation, List.of(name, translated))
            .filter(name::equals)
            .isPresent();
  }
}
