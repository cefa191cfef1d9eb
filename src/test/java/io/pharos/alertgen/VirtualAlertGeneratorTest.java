package io.pharos.alertgen;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.value.InstantVector;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.VirtualScheduler;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The cases at the suite's pace on a virtual clock, with the engine, the rules and their scheduler
/// as they are.
class VirtualAlertGeneratorTest {
  private static final Pace PACE = Pace.ofSuite(Duration.ZERO);
  private static final long LOOK = 5000;

  /* Every 90 s while an alert fires and for fifteen minutes after: the delay of a minute must have
   * passed fully, and the groups run every 30 s. */
  private static final Map<String, Integer> SENDS =
      Map.of(
          "PendingAndFiringAndResolved",
          23,
          "PendingAndResolved_AlwaysInactive",
          0,
          "ZeroFor_SmallFor",
          43,
          "NewAlerts_OrderCheck",
          31);

  private final VirtualScheduler scheduler = new VirtualScheduler();
  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Engine engine =
      new Engine(storage, EngineOptions.defaults(), System::nanoTime, registry);
  private final List<Alert> sent = new ArrayList<>();

  private static Stream<AlertCase> cases() {
    return AlertCases.at(PACE).stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void alertCase_isJudgedWithoutComplaint(AlertCase alerts) {
    var judge = new Judge(alerts, PACE);
    try (var rules = start(alerts)) {
      for (long now = 0; now <= alerts.end(); now += 1000) {
        if (now % PACE.step().toMillis() == 0) {
          write(alerts, now);
        }
        if (now > 0) {
          scheduler.pass(Duration.ofSeconds(1));
        }
        receive(judge, now);
        if (now % LOOK == 0) {
          look(judge, rules, now);
        }
      }
    }
    judge.finish(alerts.end());

    assertThat(judge.complaints()).isEmpty();
    assertThat(judge.sends()).isEqualTo(SENDS.get(alerts.name()));
  }

  private RuleManager start(AlertCase alerts) {
    var context =
        new RuleContext(
            engine,
            RuleContext.NO_LOGS,
            storage,
            storage,
            sent::addAll,
            scheduler,
            registry,
            RuleOptions.DEFAULT);
    var rules = new RuleManager(context, scheduler, Optional.empty());
    var settings =
        new RuleSettings(
            Duration.ofMinutes(1), Duration.ZERO, Labels.empty(), "http://pharos.example");
    // A first load restores states and keeps ALERTS back meanwhile, as a server just started does.
    rules.load(List.of(), settings);
    String file = "groups:\n- " + alerts.group().indent(2).strip() + "\n";
    rules.load(List.of(RuleFile.parse("case.yml", file, ParserOptions.defaults())), settings);
    return rules;
  }

  private void write(AlertCase alerts, long now) {
    int step = Math.toIntExact(now / PACE.step().toMillis());
    try (var appender = storage.appender()) {
      for (String line : alerts.input()) {
        SeriesDescription series = SeriesDescription.parseLine(line);
        if (step < series.items().size()
            && series.items().get(step) instanceof SeriesDescription.Sample(double value)) {
          appender.append(series.labels(), now, value);
        }
      }
      appender.commit();
    }
  }

  private void look(Judge judge, RuleManager rules, long now) {
    var seen = new ArrayList<Judge.Seen>();
    for (RuleSnapshot rule : rules.groups().getFirst().rules()) {
      var alerting = (RuleSnapshot.Alerting) rule;
      alerting.alerts().forEach(alert -> seen.add(seen(alert)));
      judge.rule(
          now,
          alerting.name(),
          alerting.state().text(),
          alerting.evaluation().health().text(),
          alerting.evaluation().at() == null ? 0 : alerting.evaluation().at().toEpochMilli());
    }
    judge.alerts(now, seen);
    judge.metrics(now, metrics(now));
  }

  private void receive(Judge judge, long now) {
    for (Alert alert : sent) {
      judge.sent(
          now,
          new Judge.Sent(
              alert.labels(),
              alert.annotations(),
              millis(alert.startsAt()),
              millis(alert.endsAt())));
    }
    sent.clear();
  }

  private static long millis(@Nullable Instant time) {
    assertThat(time).isNotNull();
    return time.toEpochMilli();
  }

  private static Judge.Seen seen(AlertSnapshot alert) {
    return new Judge.Seen(
        alert.labels(),
        alert.annotations(),
        alert.state().text(),
        alert.activeAt().toEpochMilli(),
        GoFloat.exponent(alert.value()));
  }

  private List<Labels> metrics(long now) {
    var series = new ArrayList<Labels>();
    var vector = (InstantVector) engine.instant("ALERTS", now).value();
    for (int i = 0; i < vector.size(); i++) {
      series.add(vector.labels(i).withoutMetricName());
    }
    return series;
  }
}
