package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Labels;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A candidate with the other colour as baseline, which also has traffic.
class RelativeJudgeTest {
  private static final String BASE_TOTAL = "http_requests_total{color=\"blue\"}";
  private static final String BASE_BAD = "http_requests_total{color=\"blue\",status=~\"5..\"}";
  private static final String BUCKETS = "http_request_duration_seconds_bucket{color=\"green\"}";
  private static final String BASE_BUCKETS = "http_request_duration_seconds_bucket{color=\"blue\"}";

  private static final String ERRORS =
      """
        errors_vs_baseline:
          total: http_requests_total{color="$color"}
          bad: http_requests_total{color="$color",status=~"5.."}
      """;

  private static final String LATENCY =
      """
        latency_vs_baseline:
          buckets: http_request_duration_seconds_bucket{color="$color"}
      """;

  private final GateRig rig = new GateRig();
  private double baseTotal = 50_000;
  private double baseBad = 300;
  private double basePerStep = 1000;
  private double baseBadPerStep = 6;
  private final double[] les = {0.1, 0.5, 1, Double.POSITIVE_INFINITY};
  private final double[] fast = new double[4];
  private final double[] baseFast = new double[4];
  private double[] shares = {0.5, 0.9, 0.99, 1};

  private void policy(String checks) {
    rig.policies = GatePolicy.FILES.parse("backend", GateRig.POLICY + checks);
  }

  /// An hour of the baseline before the deployment.
  private void past() {
    for (long second = -3600; second <= 0; second += 10) {
      baseline(GateRig.START.plusSeconds(second).minusSeconds(1).toEpochMilli());
    }
  }

  private void baseline(long at) {
    baseTotal += basePerStep;
    baseBad += baseBadPerStep;
    rig.world.add(BASE_TOTAL, at, baseTotal);
    rig.world.add(BASE_BAD, at, baseBad);
    for (int i = 0; i < les.length; i++) {
      baseFast[i] += basePerStep * new double[] {0.5, 0.9, 0.99, 1}[i];
      rig.world.add(BASE_BUCKETS, le(i), at, baseFast[i]);
    }
  }

  private Labels le(int i) {
    return Labels.of("le", les[i] == Double.POSITIVE_INFINITY ? "+Inf" : String.valueOf(les[i]));
  }

  private void beside() {
    long at = rig.clock.instant().plus(rig.sampleOffset).toEpochMilli();
    baseline(at);
    for (int i = 0; i < les.length; i++) {
      fast[i] += rig.requestsPerScrape * shares[i];
      rig.world.add(BUCKETS, le(i), at, fast[i]);
    }
  }

  private GateRun end() {
    return rig.toTheEnd(rig.open(), this::beside);
  }

  @Test
  void fiveTimesWorse_belowTheBound_fails() {
    policy(ERRORS);
    past();
    rig.requestsPerScrape = 1000;
    rig.badPerScrape = 31;
    var end = end();
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.FAIL);
    assertThat(end.code()).isEqualTo(ReasonCode.ERRORS_VS_BASELINE);
    var check = GateRig.check(end, "errors_vs_baseline");
    assertThat(check.text())
        .isEqualTo(
            "errors_vs_baseline: 93 of 3000 requests failed (3.1 %), on the baseline 12 of 2000 (0.600 %); evidence 161035:1, fails at 100:1.");
    assertThat(check.total()).isEqualTo(3000);
    assertThat(check.bad()).isEqualTo(93);
    assertThat(check.baselineTotal()).isEqualTo(2000);
    assertThat(check.baselineBad()).isEqualTo(12);
    assertThat(check.evalue()).isGreaterThan(100);
    assertThat(check.value()).isEqualTo(0.031);
    assertThat(check.threshold()).isEqualTo(0.0075);
    assertThat(check.required()).isFalse();
    assertThat(end.decidedAt()).isEqualTo(GateRig.START.plusSeconds(30));
  }

  @Test
  void fiveTimesWorse_withoutAPast_failsALittleLater() {
    policy(ERRORS);
    rig.requestsPerScrape = 1000;
    rig.badPerScrape = 31;
    var end = end();
    assertThat(end.code()).as(end.summary()).isEqualTo(ReasonCode.ERRORS_VS_BASELINE);
  }

  @Test
  void errorsAtTheBound_whichNeverDecideIt_fail() {
    policy(ERRORS);
    past();
    rig.requestsPerScrape = 1000;
    rig.badPerScrape = 50;
    assertThat(end().code()).isEqualTo(ReasonCode.ERRORS_VS_BASELINE);
  }

  @Test
  void outageOfBothSides_doesNotFail() {
    rig.policies =
        GatePolicy.FILES.parse(
            "backend", (GateRig.POLICY + ERRORS).replace("p_max: 0.05", "p_max: 0.9"));
    past();
    rig.requestsPerScrape = 100;
    var end =
        rig.toTheEnd(
            rig.open(),
            () -> {
              boolean outage = rig.clock.instant().isAfter(GateRig.START.plusSeconds(60));
              baseBadPerStep = outage ? 500 : 6;
              rig.badPerScrape = outage ? 50 : 0.6;
              beside();
            });
    assertThat(end.checks()).as(end.summary()).noneMatch(check -> check.state().equals("fail"));
  }

  @Test
  void goodRelease_passes_andTheComparisonSaysSo() {
    policy(ERRORS + LATENCY);
    past();
    rig.badPerScrape = 0;
    var end = end();
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
    assertThat(GateRig.check(end, "errors_vs_baseline").state()).isEqualTo("pass");
    assertThat(GateRig.check(end, "latency_vs_baseline").state()).isEqualTo("pass");
  }

  @Test
  void slowerByAQuarterOfItsRequests_fails() {
    policy(ERRORS + LATENCY);
    past();
    rig.requestsPerScrape = 100;
    shares = new double[] {0.3, 0.75, 0.97, 1};
    var end = end();
    assertThat(end.code()).as(end.summary()).isEqualTo(ReasonCode.LATENCY_VS_BASELINE);
    assertThat(GateRig.check(end, "latency_vs_baseline").text())
        .contains("requests took over 0.5 s");
  }

  @Test
  void onlyTheSlowestRequests_withoutAPast_fail() {
    policy(LATENCY);
    rig.requestsPerScrape = 500;
    shares = new double[] {0.5, 0.9, 0.96, 1};
    assertThat(end().code()).isEqualTo(ReasonCode.LATENCY_VS_BASELINE);
  }

  @Test
  void latency_withBoundariesOfThePolicy_needsNoPast() {
    policy(LATENCY + "    le: [0.5, 1]\n");
    rig.requestsPerScrape = 100;
    shares = new double[] {0.3, 0.5, 0.9, 1};
    assertThat(end().code()).isEqualTo(ReasonCode.LATENCY_VS_BASELINE);
  }

  @Test
  void latency_boundaryThatTheHistogramLacks_isUnknown() {
    policy(LATENCY + "    le: [0.7]\n");
    var check = GateRig.check(end(), "latency_vs_baseline");
    assertThat(check.code()).isEqualTo(ReasonCode.TELEMETRY);
    assertThat(check.text()).contains("lacks a bucket of [0.7] s");
  }

  @Test
  void baselineWithoutTraffic_isUnknown_andHoldsOnlyWhereItIsRequired() {
    policy(ERRORS);
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(GateRig.check(end, "errors_vs_baseline").code()).isEqualTo(ReasonCode.NO_BASELINE);

    var other = new GateRig();
    other.policies =
        GatePolicy.FILES.parse("backend", GateRig.POLICY + ERRORS + "    required: true\n");
    var held = other.toTheEnd(other.open());
    assertThat(held.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(held.code()).isEqualTo(ReasonCode.NO_BASELINE);
  }

  @Test
  void baselineFirstSeenAfterTheStart_doesNotCountItsPast() {
    policy(ERRORS);
    baseTotal = 1e9;
    baseBad = 0;
    rig.badPerScrape = 0;
    var end = end();
    var check = GateRig.check(end, "errors_vs_baseline");
    assertThat(check.baselineTotal()).isLessThan(100_000);
  }

  @Test
  void candidateAndBaselineScrapedInTurn_areComparedAllTheSame() {
    policy(ERRORS);
    past();
    rig.requestsPerScrape = 100;
    rig.badPerScrape = 10;
    rig.sampleOffset = Duration.ofSeconds(-1);
    var end =
        rig.toTheEnd(
            rig.open(),
            () -> {
              rig.scraping = !rig.scraping;
              if (rig.scraping) {
                beside();
              }
            });
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.FAIL);
  }
}
