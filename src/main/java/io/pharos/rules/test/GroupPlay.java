package io.pharos.rules.test;

import static java.util.Comparator.comparingInt;
import static java.util.Comparator.comparingLong;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSpec;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleGroup;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.Recordings;
import io.pharos.rules.test.RuleTestReport.Failed;
import io.pharos.rules.test.RuleTestReport.Outcome;
import io.pharos.rules.test.RuleTestReport.Passed;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Runs one item of `tests`. At each tick it stores the samples up to that time, evaluates all
/// groups in order, and checks the alerts that are expected before the next tick. After the last
/// tick it checks the expressions.
///
/// Each input series `up` is a target. It fails while its value is 0, and is removed when the
/// series ends with a staleness marker. As in `pharos serve`, a failing target ends no alert.
final class GroupPlay {
  private final TestSpec spec;
  private final TestSpec.Group test;
  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final int[] played;
  private final AtomicLong now = new AtomicLong();
  private final Engine evaluator;
  private final ObservationGaps gaps = new ObservationGaps();
  private final Map<Labels, ObservationGaps.Source> targets = new HashMap<>();
  private final List<RuleGroup> groups;
  private final List<Outcome> outcomes = new ArrayList<>();

  GroupPlay(TestSpec spec, TestSpec.Group test, List<RuleFile> files, Set<Feature> features) {
    this.spec = spec;
    this.test = test;
    this.played = new int[test.input().size()];
    this.evaluator =
        new Engine(
            storage,
            EngineOptions.defaults()
                .withFeatures(features)
                .withDefaultSubqueryStep(spec.evaluationInterval()),
            System::nanoTime,
            registry);
    this.groups = groups(files);
  }

  private List<RuleGroup> groups(List<RuleFile> files) {
    GapFills fills = GapFills.of(gaps, storage, evaluator::over);
    InstantSource clock = () -> Instant.ofEpochMilli(now.get());
    var context =
        new RuleContext(
            evaluator,
            new LinesEvaluator(test.lines(), registry),
            storage,
            storage,
            _ -> {},
            clock,
            registry,
            RuleOptions.DEFAULT,
            gaps,
            new TimeContinuity(clock, new ObservationGaps()),
            fills);
    long seconds = Math.max(1, spec.evaluationInterval().toSeconds());
    var settings =
        new RuleSettings(
            Duration.ofSeconds(seconds), Duration.ZERO, test.externalLabels(), test.externalUrl());
    record Named(String name, RuleGroup group) {}
    var named = new ArrayList<Named>();
    for (RuleFile file : files) {
      for (GroupSpec group : file.groups()) {
        named.add(
            new Named(group.name(), new RuleGroup(file.name(), group, settings, context, false)));
      }
    }
    named.sort(
        comparingInt(
            group -> {
              int position = spec.groupOrder().indexOf(group.name());
              return position < 0 ? Integer.MAX_VALUE : position;
            }));
    List<RuleGroup> sorted = named.stream().map(Named::group).toList();
    fills.use(
        sorted.stream().flatMap(group -> group.recordings().stream()).map(this::played).toList());
    return sorted;
  }

  /* Returns a recording rule with the times at which tests evaluate all groups. */
  private Recordings.Recording played(Recordings.Recording rule) {
    long step = spec.evaluationInterval().toMillis();
    long phase = Math.floorMod(test.start(), step);
    return new Recordings.Recording(
        rule.name(), rule.text(), rule.tree(), rule.labels(), step, phase);
  }

  List<Outcome> run() {
    long step = spec.evaluationInterval().toMillis();
    List<TestSpec.AlertCase> alerts =
        test.alerts().stream().sorted(comparingLong(TestSpec.AlertCase::at)).toList();
    int next = 0;
    for (long tick = 0; tick <= test.lastCheck(); tick += step) {
      now.set(test.start() + tick);
      String problem = tick();
      if (!problem.isEmpty()) {
        outcomes.add(
            new Failed(test.line(), test.name() + ": at " + PromDuration.format(tick), problem));
        return outcomes;
      }
      while (next < alerts.size() && alerts.get(next).at() < tick + step) {
        outcomes.add(check(alerts.get(next++)));
      }
    }
    test.expressions().forEach(expression -> outcomes.add(check(expression)));
    outcomes.sort(comparingInt(Outcome::line));
    return outcomes;
  }

  private String tick() {
    String refused = play(now.get());
    if (!refused.isEmpty()) {
      return refused;
    }
    var errors = new StringBuilder();
    for (RuleGroup group : groups) {
      group.evaluate(Instant.ofEpochMilli(now.get()));
      for (RuleSnapshot rule : group.snapshot().rules()) {
        if (rule.evaluation().health() == RuleHealth.ERR) {
          errors
              .append("rule ")
              .append(rule.name())
              .append(": ")
              .append(rule.evaluation().lastError())
              .append('\n');
        }
      }
    }
    return errors.toString();
  }

  private String play(long until) {
    try (Appender appender = storage.appender()) {
      for (int i = 0; i < played.length; i++) {
        TestSpec.InputSeries series = test.input().get(i);
        SampleWindow samples = series.samples();
        for (; played[i] < samples.size() && samples.timestamp(played[i]) <= until; played[i]++) {
          long at = samples.timestamp(played[i]);
          observe(series.labels(), at, samples.value(played[i]));
          AppendOutcome outcome =
              appender.append(
                  series.labels(), at, samples.value(played[i]), samples.histogram(played[i]));
          if (outcome != AppendOutcome.APPENDED && outcome != AppendOutcome.DUPLICATE) {
            return "input series %s: the sample at %s is refused (%s); does a rule write the series too?"
                .formatted(series.labels(), PromDuration.format(at - test.start()), outcome);
          }
        }
      }
      appender.commit();
    }
    return "";
  }

  private void observe(Labels labels, long at, double value) {
    if (!labels.get(Labels.METRIC_NAME).equals("up")) {
      return;
    }
    Labels target = labels.withoutMetricName();
    if (StaleMarker.is(value)) {
      Optional.ofNullable(targets.remove(target)).ifPresent(ObservationGaps.Source::end);
      return;
    }
    var source = targets.computeIfAbsent(target, _ -> gaps.source(target, Duration.ZERO));
    if (value == 0) {
      source.failed(Instant.ofEpochMilli(at));
    } else {
      source.seen(Instant.ofEpochMilli(at));
    }
  }

  private Outcome check(TestSpec.AlertCase expectation) {
    var expected = new ArrayList<String>();
    for (TestSpec.ExpectedAlert alert : expectation.expected()) {
      expected.add(describe(alert.labels(), alert.annotations()));
    }
    var got = new ArrayList<String>();
    for (RuleGroup group : groups) {
      for (RuleSnapshot rule : group.snapshot().rules()) {
        if (rule instanceof RuleSnapshot.Alerting alerting
            && rule.name().equals(expectation.alertName())) {
          for (AlertSnapshot alert : alerting.alerts()) {
            if (alert.state() == AlertState.FIRING) {
              got.add(describe(alert.labels(), alert.annotations()));
            }
          }
        }
      }
    }
    String title =
        "%s: alert %s at %s"
            .formatted(test.name(), expectation.alertName(), PromDuration.format(expectation.at()));
    return outcome(expectation.line(), title, Difference.of(expected, got));
  }

  private static String describe(Labels labels, Labels annotations) {
    return "labels " + labels + "\n  annotations " + annotations;
  }

  private Outcome check(TestSpec.ExpressionCase expectation) {
    String title =
        "%s: %s at %s"
            .formatted(
                test.name(),
                Quoted.of(expectation.expression()),
                PromDuration.format(expectation.at()));
    InstantVector got;
    try {
      got = evaluate(expectation.expression(), test.start() + expectation.at());
    } catch (QueryException e) {
      return new Failed(expectation.line(), title, e.reason());
    }
    var unmet = new ArrayList<>(expectation.expected());
    var unexpected = new ArrayList<String>();
    var met = new ArrayList<String>();
    for (int i = 0; i < got.size(); i++) {
      Labels labels = got.labels(i);
      double value = got.value(i);
      Histogram histogram = got.histogram(i);
      String text = describe(labels, value, histogram);
      if (unmet.removeIf(
          sample -> sample.labels().equals(labels) && same(sample, value, histogram))) {
        met.add(text);
      } else {
        unexpected.add(text);
      }
    }
    List<String> missing =
        unmet.stream()
            .map(sample -> describe(sample.labels(), sample.value(), sample.histogram()))
            .toList();
    return outcome(expectation.line(), title, new Difference(met, missing, unexpected));
  }

  private InstantVector evaluate(String expression, long at) {
    return switch (evaluator.instant(expression, at).value()) {
      case InstantVector vector -> vector;
      case Scalar scalar -> InstantVector.builder(at).add(Labels.empty(), scalar.value()).build();
      case StringValue _ -> throw notASample("string");
      case RangeMatrix _ -> throw notASample("matrix");
    };
  }

  private static QueryException notASample(String type) {
    return new QueryException(
        QueryException.Kind.BAD_DATA,
        "the result is a " + type + ", expected a vector or a scalar");
  }

  private static String describe(Labels labels, double value, @Nullable Histogram histogram) {
    return labels + " " + (histogram == null ? GoFloat.general(value) : histogram.toNotation());
  }

  /* As in promtool, histograms are equal if their texts in series notation are equal. */
  private boolean same(
      TestSpec.ExpectedSample expected, double value, @Nullable Histogram histogram) {
    if (histogram == null || expected.histogram() == null) {
      return histogram == null && expected.histogram() == null && same(expected.value(), value);
    }
    return expected.histogram().toNotation().equals(histogram.toNotation());
  }

  /* As in promtool, values must be exactly equal. With fuzzy_compare, a neighbouring float is
   * accepted too. */
  private boolean same(double expected, double got) {
    return expected == got
        || (spec.fuzzyCompare()
            && (Math.nextUp(expected) == got || Math.nextDown(expected) == got));
  }

  private static Outcome outcome(int line, String title, Difference difference) {
    return difference.isEmpty()
        ? new Passed(line, title)
        : new Failed(line, title, difference.toString());
  }
}
