package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.judge.CheckResult;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.observe.FiringAlerts;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Faults of telemetry of every kind lead to neither a pass nor a failure.
class FaultTableTest {
  /// One fault.
  ///
  /// @param check the check that reports it
  /// @param each the fault, applied between each scrape and its tick
  record Fault(String name, String check, ReasonCode code, Consumer<GateRig> each) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static long late(GateRig rig) {
    return rig.clock.instant().minusSeconds(1).toEpochMilli();
  }

  private static void unseen(GateRig rig, Labels labels, String name) {
    rig.blindness
        .source(labels, Duration.ZERO)
        .lost(
            new io.pharos.trouble.FailureOrigin.Own(
                io.pharos.trouble.FailureOrigin.Kind.DESCRIPTORS, "too many open files"),
            rig.clock.instant(),
            Set.of(name));
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault("TSDB down", "version", ReasonCode.TELEMETRY, rig -> rig.world.down = true),
        new Fault(
            "TSDB down from the third minute on",
            "version",
            ReasonCode.TELEMETRY,
            rig -> rig.world.down = rig.clock.instant().isAfter(GateRig.START.plusSeconds(110))),
        new Fault(
            "instance that Pharos has no descriptor for",
            "error_bound",
            ReasonCode.TELEMETRY,
            rig ->
                unseen(rig, Labels.of("color", "green", "instance", "b"), "http_requests_total")),
        new Fault(
            "probe that Pharos has no descriptor for",
            "probes",
            ReasonCode.TELEMETRY,
            rig -> unseen(rig, Labels.of("probe", "backend-green"), "probe_success")),
        new Fault("empty vector", "version", ReasonCode.NO_DATA, rig -> rig.scraping = false),
        new Fault(
            "candidate that never came",
            "error_bound",
            ReasonCode.NOT_STARTED,
            rig -> rig.scraping = false),
        new Fault(
            "counters that nobody exposes",
            "error_bound",
            ReasonCode.NO_DATA,
            rig -> rig.world.forget(GateRig.TOTAL)),
        new Fault(
            "NaN",
            "error_bound",
            ReasonCode.NOT_A_NUMBER,
            rig -> rig.world.add(GateRig.TOTAL, late(rig), Double.NaN)),
        new Fault(
            "NaN among the bad",
            "error_bound",
            ReasonCode.NOT_A_NUMBER,
            rig -> rig.world.add(GateRig.BAD, late(rig), Double.NaN)),
        new Fault(
            "stale series",
            "error_bound",
            ReasonCode.STALE,
            rig -> rig.scraping = rig.clock.instant().isBefore(GateRig.START.plusSeconds(60))),
        new Fault(
            "target's clock ahead",
            "error_bound",
            ReasonCode.CLOCK_SKEW,
            rig -> rig.sampleOffset = Duration.ofSeconds(30)),
        new Fault(
            "target's clock behind",
            "error_bound",
            ReasonCode.STALE,
            rig -> rig.sampleOffset = Duration.ofSeconds(-40)),
        new Fault("wrong version", "version", ReasonCode.WRONG_VERSION, rig -> rig.version = "v1"),
        new Fault("no version", "version", ReasonCode.WRONG_VERSION, rig -> rig.version = ""),
        new Fault(
            "one instance of another version",
            "version",
            ReasonCode.WRONG_VERSION,
            rig ->
                rig.world.add(
                    GateRig.INFO, Labels.of("instance", "b", "version", "v1"), late(rig), 1)),
        new Fault(
            "counter reset",
            "error_bound",
            ReasonCode.COUNTER_RESET,
            rig -> {
              if (rig.clock.instant().equals(GateRig.START.plusSeconds(60))) {
                rig.total = 0;
              }
            }),
        new Fault(
            "zero traffic", "error_bound", ReasonCode.NO_TRAFFIC, rig -> rig.requestsPerScrape = 0),
        new Fault(
            "more bad than requests",
            "error_bound",
            ReasonCode.INCONSISTENT,
            rig -> rig.world.add(GateRig.BAD, late(rig), rig.total * 2 + 5)),
        new Fault(
            "no such bucket",
            "latency_bound",
            ReasonCode.NO_DATA,
            rig ->
                rig.policies =
                    GatePolicy.FILES.parse(
                        "backend", GateRig.POLICY.replace("le=\"0.5\"", "le=\"7\""))),
        new Fault("prober down", "probes", ReasonCode.NO_DATA, rig -> rig.probing = false),
        new Fault(
            "prober down after a while",
            "probes",
            ReasonCode.STALE,
            rig -> rig.probing = rig.clock.instant().isBefore(GateRig.START.plusSeconds(100))),
        new Fault(
            "prober down after two failures",
            "probes",
            ReasonCode.STALE,
            rig -> {
              rig.probeOk = rig.clock.instant().isBefore(GateRig.START.plusSeconds(80));
              rig.probing = rig.clock.instant().isBefore(GateRig.START.plusSeconds(90));
            }),
        new Fault(
            "rules fail",
            "alerts",
            ReasonCode.TELEMETRY,
            rig -> rig.world.alerts = new FiringAlerts.Answer.Unknown("the group x fails")),
        new Fault(
            "rules not evaluated",
            "alerts",
            ReasonCode.STALE,
            rig ->
                rig.world.alerts =
                    new FiringAlerts.Answer.Known(
                        12, rig.clock.instant().minusSeconds(300), List.of())),
        new Fault(
            "no rules",
            "alerts",
            ReasonCode.NO_DATA,
            rig ->
                rig.world.alerts =
                    new FiringAlerts.Answer.Known(0, rig.clock.instant(), List.of())),
        new Fault(
            "old alert",
            "alerts",
            ReasonCode.PREEXISTING,
            rig ->
                rig.world.alerts =
                    alert(rig, GateRig.START.minusSeconds(60), true, false, "backend")),
        new Fault(
            "alert of the service that names nobody",
            "alerts",
            ReasonCode.UNATTRIBUTED,
            rig ->
                rig.world.alerts =
                    alert(rig, GateRig.START.plusSeconds(30), true, false, "backend")),
        new Fault(
            "silenced alert of the candidate",
            "alerts",
            ReasonCode.ALERT_SILENCED,
            rig ->
                rig.world.alerts =
                    alert(
                        rig,
                        GateRig.START.plusSeconds(30),
                        true,
                        true,
                        "backend",
                        "color",
                        "green")),
        new Fault(
            "candidate killed",
            "error_bound",
            ReasonCode.STALE,
            rig -> {
              Instant killed = GateRig.START.plusSeconds(100);
              rig.scraping = rig.clock.instant().isBefore(killed);
              rig.probing = rig.scraping;
              if (rig.clock.instant().equals(killed)) {
                rig.end();
              }
            }),
        new Fault(
            "image of another digest",
            "version",
            ReasonCode.WRONG_VERSION,
            rig -> rig.info = Labels.of("instance", "a", "version", "v2", "revision", "fedcba9")),
        new Fault(
            "pending alert",
            "alerts",
            ReasonCode.ALERT_PENDING,
            rig ->
                rig.world.alerts =
                    alert(rig, GateRig.START.plusSeconds(5), false, false, "backend")));
  }

  static FiringAlerts.Answer alert(
      GateRig rig,
      Instant activeAt,
      boolean firing,
      boolean silenced,
      String service,
      String... others) {
    var labels = Labels.of("alertname", "ApiErrors", "severity", "critical", "service", service);
    for (int i = 0; i < others.length; i += 2) {
      labels = labels.with(others[i], others[i + 1]);
    }
    return new FiringAlerts.Answer.Known(
        12,
        rig.clock.instant(),
        List.of(new FiringAlerts.Active(labels, activeAt, firing, silenced)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void gate_underFault_isInconclusiveWithItsCode(Fault fault) {
    var rig = new GateRig();
    fault.each().accept(rig); // a fault may be there from the start
    var end = rig.toTheEnd(rig.open(), () -> fault.each().accept(rig));
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(GateRig.check(end, fault.check()).code())
        .as(end.checks().toString())
        .isEqualTo(fault.code());
    assertThat(GateRig.check(end, fault.check()).state()).isEqualTo("unknown");
    assertThat(end.checks()).noneMatch(check -> check.state().equals("fail"));
    assertThat(end.summary()).hasSizeLessThanOrEqualTo(CheckResult.MAX_TEXT);
    assertThat(end.decidedAt()).isEqualTo(GateRig.START.plus(Duration.ofMinutes(10)));
    assertThat(
            rig.meterRegistry
                .get("pharos.gate.verdicts")
                .tag("state", "INCONCLUSIVE")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void gate_healthyCandidate_passesAfterTheSoak() {
    var rig = new GateRig();
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
    assertThat(end.code()).isEqualTo(ReasonCode.OK);
    assertThat(Duration.between(end.openedAt(), end.decidedAt()))
        .isBetween(Duration.ofMinutes(2), Duration.ofMinutes(3));
    assertThat(GateRig.check(end, "error_bound").text())
        .matches(
            "error_bound: 0 of \\d+ requests failed \\(0.0 %\\); the bound is 5.0 %, evidence"
                + " [a-z0-9 ]+:1, passes at 20:1.");
    assertThat(end.checks()).hasSize(5).allMatch(check -> check.state().equals("pass"));
  }

  @Test
  void gate_outageInTheMiddle_doesNotCountAsObserved() {
    var rig = new GateRig();
    var end =
        rig.toTheEnd(
            rig.open(),
            () -> {
              long second = Duration.between(GateRig.START, rig.clock.instant()).toSeconds();
              rig.world.down = second > 60 && second <= 180;
            });
    assertThat(end.state()).isEqualTo(GateState.PASS);
    assertThat(Duration.between(end.openedAt(), end.decidedAt()))
        .isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5));
  }

  @Test
  void gate_deploymentFromTheFuture_isInconclusive() {
    var rig = new GateRig();
    var announcement = GateRig.announcement("deploy-1", "green");
    rig.deployments.put(
        io.pharos.gate.deployment.Deployment.begin(announcement, GateRig.START.plusSeconds(3600)));
    rig.service.open(new GateRequest("deploy-1", "k", "ci"));
    var end = rig.toTheEnd(rig.gates.findByKey("k").orElseThrow());
    assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
    assertThat(end.code()).isEqualTo(ReasonCode.CLOCK_SKEW);
  }
}
