package io.pharos.rules.test;

import io.pharos.config.pharos.HysteresisReader;
import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A file of unit tests for rules in promtool's format (`promtool test rules`), and the rules that
/// it tests. In addition to promtool's format, the file may have LogQL rules (`log_rule_files`),
/// log lines (`input_logs`) and the hysteresis of the rules (`pharos_file`).
public final class RuleTest {
  /// Reads the files that a test needs. Callers that cache files implement it.
  public interface Reading {
    /// Reads the test file, or the `pharos.yml` that it names.
    ///
    /// @throws io.pharos.config.yaml.ConfigException if it can't be read or is not YAML
    YamlMap yaml(Path file);

    /// Reads a file with PromQL rules.
    ///
    /// @throws io.pharos.config.yaml.ConfigException with every problem of the rules
    RuleFile rules(Path file);

    /// Reads a file with LogQL rules.
    ///
    /// @throws io.pharos.config.yaml.ConfigException with every problem of the rules
    RuleFile logRules(Path file);
  }

  private final TestSpec spec;
  private final List<RuleFile> files;
  private final Set<Feature> features;

  private RuleTest(TestSpec spec, List<RuleFile> files, Set<Feature> features) {
    this.features = Set.copyOf(features);
    this.spec = spec;
    this.files = List.copyOf(files);
  }

  /// Reads a test file and the rule files that it names. Their paths are relative to the folder of
  /// the test file.
  ///
  /// @param features enabled features of the language and the engine
  /// @throws io.pharos.config.yaml.ConfigException with every problem of the test file, or of the
  ///   rule files
  public static RuleTest read(Path file, Set<Feature> features) {
    ParserOptions language = Feature.parserOptions(features);
    return read(
        file,
        features,
        new Reading() {
          @Override
          public YamlMap yaml(Path read) {
            return YamlFile.read(read);
          }

          @Override
          public RuleFile rules(Path rules) {
            return RuleFile.read(rules, language);
          }

          @Override
          public RuleFile logRules(Path rules) {
            return RuleFile.readLogRules(rules);
          }
        });
  }

  /// Reads a test file and the rule files that it names, both through `reading`.
  public static RuleTest read(Path file, Set<Feature> features, Reading reading) {
    TestSpec spec = TestSpecReader.read(file, reading.yaml(file));
    var files = new ArrayList<>(RuleFile.readAll(spec.ruleFiles(), reading::rules));
    files.addAll(RuleFile.readAll(spec.logRuleFiles(), reading::logRules));
    List<HysteresisRule> hysteresis =
        spec.pharosFile().map(reading::yaml).map(HysteresisReader::list).orElse(List.of());
    return new RuleTest(spec, RuleFile.someWithHysteresis(hysteresis, files), features);
  }

  /// Runs the tests. Each test starts with an empty store and with rules that have no state.
  public RuleTestReport run() {
    var outcomes = new ArrayList<RuleTestReport.Outcome>();
    for (TestSpec.Group test : spec.groups()) {
      outcomes.addAll(new GroupPlay(spec, test, files, features).run());
    }
    return new RuleTestReport(spec.file(), outcomes);
  }
}
