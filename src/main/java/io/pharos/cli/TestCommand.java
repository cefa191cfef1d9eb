package io.pharos.cli;

import io.pharos.ruletest.RuleTest;
import io.pharos.ruletest.RuleTestReport;
import io.pharos.yaml.ConfigException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/// `pharos test FILES`: runs unit tests of rules in promtool's format and prints what failed. Exit
/// code 0 when all passed, 1 when one failed, 64 on a file of another kind.
final class TestCommand {
  private final PrintStream out;
  private final PrintStream err;

  TestCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  int run(List<String> words) {
    if (words.isEmpty()) {
      throw new UsageException("expected the names of test files, *.yml");
    }
    int passed = 0;
    int failed = 0;
    for (String word : words) {
      if (!word.endsWith(".yml") && !word.endsWith(".yaml")) {
        throw new UsageException(
            word + ": expected a rule unit test, *.yml; scripts (*.test) are not implemented yet");
      }
      try {
        RuleTestReport report = RuleTest.read(Path.of(word)).run();
        int failures = report.failures().size();
        failed += failures;
        passed += report.outcomes().size() - failures;
        if (report.passed()) {
          out.println(word + ": " + report.outcomes().size() + " passed");
        } else {
          err.println(report);
        }
      } catch (ConfigException e) {
        failed++;
        err.println(e.getMessage());
      }
    }
    out.println(passed + " passed, " + failed + " failed");
    return failed == 0 ? 0 : 1;
  }
}
