package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.Gate;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateState;
import io.pharos.gate.Verdict;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The sentence of each check with the longest names that a user may choose: it fits a phone, and
/// no word of it is lost.
class SentenceTest {
  private static final long AT = Instant.parse("2026-03-01T12:30:00Z").toEpochMilli();
  private static final Instant SINCE = Instant.ofEpochMilli(AT - 1_200_000);
  private static final String NAME =
      "a-long-name-of-a-service-in-production-and-of-its-colour-green";
  private static final String SERIES =
      "{color=\"green\", env=\"production\", host=\"machine-17.example.com\", instance=\"10.0.0.17:8080\"}";

  private static final GatePolicy POLICY =
      GatePolicy.FILES
          .parse(
              "p",
              """
              version: "1"
              service: backend
              env: production
              warmup: 10s
              checks:
                version: {selector: 'build_info{color="$color"}'}
                restarts: {selector: 'start{color="$color"}'}
                probes: {names: [backend-$color]}
                alerts: {matchers: ['service="backend"'], severities: [critical]}
                error_bound:
                  - {id: envelope_errors_bound, total: 't{color="$color"}', bad: 'b{color="$color"}', p_max: 0.0123}
                answers_vs_baseline:
                  - {id: http_answers_vs_baseline, total: 't{color="$color"}', status: code, route: path}
                latency_vs_baseline:
                  {buckets: 'l_bucket{color="$color"}', route: path}
                gauges:
                  - {id: memory_vs_baseline, selector: 'm{color="$color"}', margin: 0.5}
                  - {id: memory_growth, selector: 'm{color="$color"}', margin: 0.5, growth: true}
                budget: {total: t, bad: b, objective: 0.99}
              """)
          .all()
          .getFirst();

  /// One observation of a check that is repeated, or follows others.
  record Case(String name, String check, ReasonCode code, List<Reading> readings) {
    Case {
      readings = List.copyOf(readings);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, String check, ReasonCode code, Reading... readings) {
    return new Case(name, check, code, List.of(readings));
  }

  private static Reading.Instance runs(String version, String digest, int samples) {
    return new Reading.Instance(
        SERIES, version, AT - 60_000, AT - 1000, samples, false, "", digest);
  }

  private static Reading probe(int ok, int failed, long firstOk) {
    return new Reading.Probes(
        List.of(new Reading.Probe(NAME, ok, failed, firstOk, AT - 90_000, AT - 1000)),
        AT - 1_000_000,
        null);
  }

  private static Reading alert(
      boolean silenced, boolean firing, long since, AlertAttribution whose) {
    var labels =
        Map.of(
            "alertname", "RemoteGpuBackendErrorRateIsHigh",
            "severity", "critical",
            "service", "remotegpu-backend",
            "instance", "10.0.0.17:8080",
            "host", "machine-17.example.com");
    return new Reading.Alerts(
        212,
        AT,
        Collections.nCopies(12, new Reading.ActiveAlert(labels, since, firing, silenced, whose)),
        AT - 1_000_000);
  }

  private static Reading counts(double total, double bad, boolean baseline) {
    return counts(0, total, bad, baseline);
  }

  private static Reading counts(int before, double total, double bad, boolean baseline) {
    return new Reading.Counts(
        AT - 1_000_000,
        total,
        bad,
        9,
        9,
        0,
        0,
        AT - 1000 - 10_000L * before,
        false,
        baseline ? (Reading.Counts) counts(before, total, bad, false) : null);
  }

  private static Reading.Side side(int before, double total, double bad) {
    List<Double> all = Collections.nCopies(4, bad);
    return new Reading.Side(
        total,
        all,
        9,
        0,
        0,
        AT - 1000 - 10_000L * (before % 9),
        List.of(
            new Reading.Route(
                "/api/v1/customer/machines/{id}/sessions/{session}/console", total, all)));
  }

  private static Reading comparison(int before, double total, double bad, double baselineBad) {
    return new Reading.Comparison(
        AT - 1_000_000,
        List.of(3.0, 4.0, 5.0, 6.0),
        List.of(1.0, 1.0, 1.0, 1.0),
        side(before, total, bad),
        side(before, total, baselineBad),
        null,
        before == 9 ? 10_000L : 900_000L);
  }

  /* Only one route is worse, by answers of the class 5. */
  private static Reading ofRoute(int before, double total, double bad, double baselineBad) {
    var all = (Reading.Comparison) comparison(before, total, 10, 10);
    return new Reading.Comparison(
        all.fromMillis(),
        all.boundaries(),
        all.dispersion(),
        withRoute(all.candidate(), bad),
        withRoute(all.baseline(), baselineBad),
        null,
        null);
  }

  private static Reading.Side withRoute(Reading.Side side, double bad) {
    var route =
        new Reading.Route(
            side.routes().getFirst().name(), side.total(), List.of(10.0, 10.0, bad, 10.0));
    return new Reading.Side(side.total(), side.bad(), 9, 0, 0, side.newestMillis(), List.of(route));
  }

  private static Reading levels(double candidate, double baseline, int step) {
    return new Reading.Levels(
        candidate, baseline, AT - 1000 - 10_000L * step, AT - 1000 - 10_000L * step);
  }

  private static Reading burn(double before, double now, double left) {
    return new Reading.Budget(
        List.of(new Reading.Burn(14.44, 300_000, 3_600_000, now, now, before, before)), left);
  }

  static Stream<Case> cases() {
    var stuck =
        new Reading.Unavailable("the source failed: java.io.IOException: " + NAME.repeat(9));
    return Stream.of(
        of("source", "restarts", ReasonCode.TELEMETRY, stuck),
        of("no instance", "version", ReasonCode.NO_DATA, new Reading.Versions(List.of())),
        of(
            "wrong version",
            "version",
            ReasonCode.WRONG_VERSION,
            new Reading.Versions(
                List.of(runs("v2", "", 9), runs(NAME, "", 9), runs("none", "", 9)))),
        of("version", "version", ReasonCode.OK, new Reading.Versions(List.of(runs("v2", NAME, 9)))),
        of(
            "starting",
            "version",
            ReasonCode.STARTING,
            new Reading.Versions(List.of(runs("v2", "", 1)))),
        of(
            "restarted once",
            "restarts",
            ReasonCode.RESTARTED,
            new Reading.Processes(
                List.of(new Reading.Process(SERIES, AT - 9000, true, 1, AT - 1000, false)), null)),
        of(
            "restarted often",
            "restarts",
            ReasonCode.RESTARTED,
            new Reading.Processes(
                List.of(new Reading.Process(SERIES, AT - 9000, true, 12, AT - 1000, false)), null)),
        of(
            "both restarted",
            "restarts",
            ReasonCode.SHARED,
            new Reading.Processes(
                List.of(new Reading.Process(SERIES, AT - 9000, true, 12, AT - 1000, false)), 12)),
        of("probe never succeeded", "probes", ReasonCode.PROBE_FAILED, probe(0, 250, 0)),
        of("probe failed", "probes", ReasonCode.PROBE_FAILED, probe(0, 250, AT - 900_000)),
        of("probe needs more", "probes", ReasonCode.MORE_PROBES, probe(1, 0, AT - 900_000)),
        of("probes", "probes", ReasonCode.OK, probe(1000, 0, AT - 900_000)),
        of(
            "new alerts",
            "alerts",
            ReasonCode.ALERT_FIRING,
            alert(false, true, AT - 9000, AlertAttribution.CANDIDATE)),
        of(
            "hidden alerts",
            "alerts",
            ReasonCode.ALERT_SILENCED,
            alert(true, true, AT - 9000, AlertAttribution.CANDIDATE)),
        of(
            "old alerts",
            "alerts",
            ReasonCode.PREEXISTING,
            alert(false, true, AT - 9_000_000, AlertAttribution.SERVICE)),
        of(
            "unattributed",
            "alerts",
            ReasonCode.UNATTRIBUTED,
            alert(false, true, AT - 9000, AlertAttribution.SHARED)),
        of(
            "pending",
            "alerts",
            ReasonCode.ALERT_PENDING,
            alert(false, false, AT - 9000, AlertAttribution.SERVICE)),
        of(
            "others' alerts",
            "alerts",
            ReasonCode.OK,
            alert(false, true, AT - 9000, AlertAttribution.OTHER)),
        of(
            "bound broken",
            "envelope_errors_bound",
            ReasonCode.ERROR_BOUND,
            counts(2, 123_456, 123_300, false),
            counts(1, 223_456, 223_300, false),
            counts(0, 323_456, 323_300, false)),
        of("bound kept", "envelope_errors_bound", ReasonCode.OK, counts(1_234_567, 12, true)),
        of("few requests", "envelope_errors_bound", ReasonCode.MORE_REQUESTS, counts(123, 1, true)),
        of(
            "resets",
            "envelope_errors_bound",
            ReasonCode.COUNTER_RESET,
            new Reading.Counts(AT - 1_000_000, 1e6, 1, 9, 9, 1234, 0, AT - 1000, false, null)),
        of("no request", "envelope_errors_bound", ReasonCode.NO_TRAFFIC, counts(0, 0, true)),
        of(
            "route broken",
            "http_answers_vs_baseline",
            ReasonCode.ANSWERS_VS_BASELINE,
            comparison(3, 100_000, 10, 10),
            comparison(2, 200_000, 90_000, 20),
            comparison(1, 300_000, 190_000, 30),
            comparison(0, 1_234_567, 223_456, 40)),
        of(
            "nothing beside",
            "http_answers_vs_baseline",
            ReasonCode.NOT_COMPARED,
            comparison(9, 1_234_567, 12, 12)),
        of(
            "one route broken",
            "http_answers_vs_baseline",
            ReasonCode.ANSWERS_VS_BASELINE,
            ofRoute(3, 100_000, 10, 10),
            ofRoute(2, 200_000, 90_000, 20),
            ofRoute(1, 300_000, 190_000, 30),
            ofRoute(0, 1_234_567, 223_456, 40)),
        of(
            "answers alike",
            "http_answers_vs_baseline",
            ReasonCode.OK,
            comparison(0, 1_234_567, 12, 12)),
        of(
            "slower",
            "latency_vs_baseline",
            ReasonCode.LATENCY_VS_BASELINE,
            comparison(3, 100_000, 10, 10),
            comparison(2, 200_000, 90_000, 20),
            comparison(1, 300_000, 190_000, 30)),
        of(
            "grown",
            "memory_growth",
            ReasonCode.OK,
            levels(3.456789e11, 3.1234e11, 2),
            levels(3.556789e11, 3.1234e11, 1),
            levels(3.656789e11, 3.1234e11, 0)),
        new Case(
            "memory",
            "memory_vs_baseline",
            ReasonCode.GAUGE,
            Stream.iterate(1, i -> i < 40, i -> i + 1)
                .map(i -> levels(3.456789e11 + 1e9 * (i % 3), 1.1234e11 + 1e9 * (i % 2), 39 - i))
                .toList()),
        of("burning", "budget", ReasonCode.BUDGET_BURN, burn(1, 20.25, 0.5)),
        of("burning before", "budget", ReasonCode.PREEXISTING, burn(18.75, 20.25, 0.5)),
        of("budget gone", "budget", ReasonCode.FREEZE, burn(1, 2.25, -12)),
        of("budget", "budget", ReasonCode.OK, burn(1, 2.25, 0.5)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void sentence_withLongNames_fitsAPhone_andKeepsItsWords(Case it) {
    Deployment deployment = Deployment.begin(GateRig.announcement("k", "green"), SINCE);
    var observations =
        Stream.iterate(0, i -> i < it.readings().size(), i -> i + 1)
            .map(
                i ->
                    new Observation(
                        AT - 10_000L * (it.readings().size() - 1 - i),
                        Map.of(it.check(), it.readings().get(i))))
            .toList();
    Check check =
        POLICY.checks().stream()
            .filter(each -> each.id().equals(it.check()))
            .findFirst()
            .orElseThrow();
    CheckResult result =
        CheckView.judge(POLICY, deployment, SINCE, observations)
            .get(POLICY.checks().indexOf(check));
    assertThat(result.code()).as(result.text()).isEqualTo(it.code());
    assertThat(result.text())
        .startsWith(it.check() + ": ")
        .hasSizeLessThanOrEqualTo(CheckResult.MAX_TEXT);
    assertThat(result.text()).matches(".*[.?]"); // a text that was cut at its end has no full stop
    Gate gate = new Gate(alone(check), deployment, SINCE);
    for (GateState before : List.of(GateState.RUNNING, GateState.PASS)) {
      for (Instant now : List.of(Instant.ofEpochMilli(AT), gate.deadline())) {
        Verdict verdict = gate.judge(observations, now, before);
        assertThat(verdict.summary()).hasSizeLessThanOrEqualTo(CheckResult.MAX_TEXT);
        assertThat(verdict.summary()).matches(".*[.?]").doesNotMatch(".*[.?] .*[.?]");
      }
    }
  }

  /* The check and two that know nothing. */
  private static GatePolicy alone(Check check) {
    var checks = new ArrayList<>(List.of(check));
    POLICY.checks().stream()
        .filter(other -> other != check && other.kind().equals("gauges"))
        .forEach(checks::add);
    return new GatePolicy(
        NAME,
        POLICY.version(),
        POLICY.hash(),
        POLICY.text(),
        POLICY.service(),
        POLICY.env(),
        POLICY.interval(),
        POLICY.warmup(),
        POLICY.minSoak(),
        POLICY.deadline(),
        POLICY.maxAge(),
        POLICY.passValid(),
        POLICY.onInconclusive(),
        POLICY.alpha(),
        checks);
  }

  @Test
  void longestName_isCutFirst_andTheWordsStay() {
    var inner = Sentence.of("%s of %d", "b".repeat(70), 12);
    assertThat(Sentence.of("keep %s; %s; do this.", "a".repeat(90), inner).text(81))
        .isEqualTo("keep " + "a".repeat(28) + "…; " + "b".repeat(28) + "… of 12; do this.")
        .hasSize(81);
  }
}
