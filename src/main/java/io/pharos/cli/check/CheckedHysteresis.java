package io.pharos.cli.check;

import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.lint.rule.ParsedFileCache;
import io.pharos.lint.tree.TreeContext;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Checks `hysteresis` of `pharos.yml` against the rules.
final class CheckedHysteresis {
  private CheckedHysteresis() {}

  /// Returns other problems and the items that fit no rule. While rule files are invalid, nothing
  /// is known about the items.
  static List<Problem> added(
      Collection<Problem> others,
      TreeContext tree,
      ParsedFileCache readings,
      ParserOptions language) {
    var all = new ArrayList<>(others);
    List<HysteresisRule> items =
        tree.notifications().map(it -> it.delivery().hysteresis()).orElse(List.of());
    if (tree.complete() && !items.isEmpty()) {
      List<RuleFile> files =
          tree.rules().stream()
              .map(
                  it ->
                      it.isOfLines()
                          ? readings.logRules(it.name(), it.text())
                          : readings.rules(it.name(), it.text(), language))
              .toList();
      try {
        List<RuleFile> _ = RuleFile.withHysteresis(items, files);
      } catch (ConfigException e) {
        all.addAll(e.problems());
      }
    }
    return all;
  }
}
