package io.pharos.rules.test;

import io.pharos.logql.LineEvaluation;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The content of a test file.
///
/// @param ruleFiles PromQL rule files that match the patterns in the test file
/// @param logRuleFiles LogQL rule files that match the patterns in the test file
/// @param pharosFile the `pharos.yml` whose `hysteresis` applies to the rules
/// @param evaluationInterval interval between evaluations of all groups
/// @param groupOrder names of groups in the order of evaluation; groups that are not named are
///   evaluated afterwards
/// @param fuzzyCompare whether values may differ in the last bit
record TestSpec(
    String file,
    List<Path> ruleFiles,
    List<Path> logRuleFiles,
    Optional<Path> pharosFile,
    Duration evaluationInterval,
    List<String> groupOrder,
    boolean fuzzyCompare,
    List<Group> groups) {
  TestSpec {
    ruleFiles = List.copyOf(ruleFiles);
    logRuleFiles = List.copyOf(logRuleFiles);
    groupOrder = List.copyOf(groupOrder);
    groups = List.copyOf(groups);
  }

  /// A series of test input.
  record InputSeries(Labels labels, SampleWindow samples) {}

  /// An item of `tests`: input and expectations.
  ///
  /// @param name name in the file, or `test N` if there is none
  /// @param start time of the first sample and evaluation, in Unix milliseconds
  /// @param lines all log lines
  record Group(
      int line,
      String name,
      long start,
      List<InputSeries> input,
      List<LineEvaluation.Lines> lines,
      List<AlertCase> alerts,
      List<ExpressionCase> expressions,
      Labels externalLabels,
      String externalUrl) {
    Group {
      input = List.copyOf(input);
      lines = List.copyOf(lines);
      alerts = List.copyOf(alerts);
      expressions = List.copyOf(expressions);
    }

    /// Returns the time of the last expectation, in milliseconds after the start.
    long lastCheck() {
      long last = 0;
      for (AlertCase alert : alerts) {
        last = Math.max(last, alert.at());
      }
      for (ExpressionCase expression : expressions) {
        last = Math.max(last, expression.at());
      }
      return last;
    }
  }

  /// The alerts of one name that must fire at a time. No other alerts of that name may fire.
  ///
  /// @param at milliseconds after the start
  record AlertCase(int line, long at, String alertName, List<ExpectedAlert> expected) {
    AlertCase {
      expected = List.copyOf(expected);
    }
  }

  /// An alert that must fire.
  record ExpectedAlert(Labels labels, Labels annotations) {}

  /// The expected result of an expression at a time.
  ///
  /// @param at milliseconds after the start
  record ExpressionCase(int line, long at, String expression, List<ExpectedSample> expected) {
    ExpressionCase {
      expected = List.copyOf(expected);
    }
  }

  /// An expected sample.
  ///
  /// @param histogram null if a float is expected
  record ExpectedSample(Labels labels, double value, @Nullable Histogram histogram) {}
}
