package io.pharos.cli.check;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.QueryOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.test.PromqlScript;
import io.pharos.promql.test.ScriptException;
import io.pharos.promql.test.ScriptReport;
import io.pharos.promql.test.ScriptRunner;
import io.pharos.rules.test.RuleTest;
import io.pharos.rules.test.RuleTestReport;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `pharos test FILES`: runs unit tests of rules in promtool's format (`*.yml`) and scripts in
/// Prometheus' promqltest language (`*.test`), and prints failures with file, line and reason.
///
/// Scripts run with the options of Prometheus' own tests: experimental functions are enabled, and
/// metric names are removed at the end of an evaluation. `--enable-feature` applies to unit tests
/// of rules only.
public final class TestCommand implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "test",
          "runs unit tests of rules (*.yml, promtool's format) and PromQL scripts (*.test)",
          "FILE...",
          "",
          List.of(QueryOptions.FEATURES),
          List.of("0 all passed", "1 a test failed, or a file is unreadable"),
          List.of("pharos test alert-rules/tests/*.yml"));

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private int passed;
  private int failed;

  /// Creates the command with environment variables and two output streams.
  public TestCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    Set<Feature> features = QueryOptions.features(flags);
    List<String> files = flags.arguments();
    if (files.isEmpty()) {
      throw new UsageException("expected the names of test files, *.yml or *.test");
    }
    for (String word : files) {
      if (!isUnitTest(word) && !word.endsWith(".test")) {
        throw new UsageException(
            word + ": expected a rule unit test, *.yml, or a PromQL script, *.test");
      }
    }
    passed = 0;
    failed = 0;
    for (String word : files) {
      try {
        if (isUnitTest(word)) {
          unitTest(word, features);
        } else {
          script(word);
        }
      } catch (ConfigException | ScriptException e) {
        failed++;
        err.println(e.getMessage());
      }
    }
    out.println(passed + " passed, " + failed + " failed");
    return failed == 0 ? 0 : 1;
  }

  private static boolean isUnitTest(String word) {
    return word.endsWith(".yml") || word.endsWith(".yaml");
  }

  private void unitTest(String word, Set<Feature> features) {
    RuleTestReport report = RuleTest.read(Path.of(word), features).run();
    count(report.outcomes().size(), report.failures().size());
    if (report.passed()) {
      out.println(word + ": " + report.outcomes().size() + " passed");
    } else {
      err.println(report);
    }
  }

  private void script(String word) {
    ScriptReport report =
        ScriptRunner.run(PromqlScript.read(Path.of(word)), ScriptRunner.upstreamOptions(true));
    int failures = report.failures().size();
    count(report.outcomes().size(), failures);
    report.lines().forEach(err::println);
    int good = report.outcomes().size() - failures;
    out.println(word + ": " + good + " passed, " + failures + " failed");
  }

  private void count(int total, int failures) {
    passed += total - failures;
    failed += failures;
  }
}
