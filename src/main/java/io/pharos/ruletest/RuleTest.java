package io.pharos.ruletest;

import static java.util.Objects.requireNonNull;

import io.pharos.rules.RuleFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One file of rule unit tests in promtool's format (`promtool test rules`), with its rules.
public final class RuleTest {
  private final TestSpec spec;
  private final List<RuleFile> files;

  private RuleTest(TestSpec spec, List<RuleFile> files) {
    this.spec = requireNonNull(spec, "spec is null");
    this.files = List.copyOf(files);
  }

  /// Reads a test file and the rule files that it names, relative to itself.
  ///
  /// @throws io.pharos.yaml.ConfigException with every problem of the test file, or of the rule
  ///   files
  public static RuleTest read(Path file) {
    TestSpec spec = TestSpecReader.read(file);
    return new RuleTest(spec, RuleFile.readAll(spec.ruleFiles()));
  }

  /// Runs the tests; each starts with an empty store and rules without state.
  public RuleTestReport run() {
    var outcomes = new ArrayList<RuleTestReport.Outcome>();
    for (TestSpec.Group test : spec.groups()) {
      outcomes.addAll(new GroupPlay(spec, test, files).run());
    }
    return new RuleTestReport(spec.file(), outcomes);
  }
}
