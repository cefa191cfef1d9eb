package io.pharos.rules.test;

import io.pharos.logql.LineEvaluation;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a test file says, read and checked.
///
/// @param ruleFiles the files that the patterns name
/// @param logRuleFiles those whose expressions are LogQL
/// @param evaluationInterval how often all groups are evaluated
/// @param groupOrder names of groups in the order in which they are evaluated; others follow
/// @param fuzzyCompare whether values may differ in the last bit
record TestSpec(
    String file,
    List<Path> ruleFiles,
    List<Path> logRuleFiles,
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

  /// One series that is played to the rules.
  record InputSeries(Labels labels, SampleWindow samples) {}

  /// One item of `tests`: series, and what must come of them.
  ///
  /// @param name as given, or `test N`
  /// @param start the time of the first sample and evaluation, Unix milliseconds
  /// @param lines what Loki has, at any time
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

    /// The last time that anything is expected for, milliseconds after the start.
    long lastCheck() {
      long last = 0;
      for (AlertCase one : alerts) {
        last = Math.max(last, one.at());
      }
      for (ExpressionCase one : expressions) {
        last = Math.max(last, one.at());
      }
      return last;
    }
  }

  /// The alerts of one name that must fire at a time, milliseconds after the start, and no others.
  record AlertCase(int line, long at, String alertName, List<ExpectedAlert> expected) {
    AlertCase {
      expected = List.copyOf(expected);
    }
  }

  /// One alert that must fire.
  record ExpectedAlert(Labels labels, Labels annotations) {}

  /// What an expression must give at a time, milliseconds after the start.
  record ExpressionCase(int line, long at, String expression, List<ExpectedSample> expected) {
    ExpressionCase {
      expected = List.copyOf(expected);
    }
  }

  /// One sample that must be there.
  ///
  /// @param histogram null where a float is expected
  record ExpectedSample(Labels labels, double value, @Nullable Histogram histogram) {}
}
