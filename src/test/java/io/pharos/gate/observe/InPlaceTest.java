package io.pharos.gate.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.FakeTelemetry;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A candidate that replaces the previous release is compared with earlier times.
class InPlaceTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final GatePolicy POLICY =
      GatePolicy.FILES
          .parse(
              "p",
              """
              version: 1
              service: s
              env: e
              checks:
                version: none
                errors_vs_baseline: {total: t, bad: b}
              """)
          .find("s", "e")
          .orElseThrow();

  private final FakeTelemetry world = new FakeTelemetry();
  private double total;
  private double bad;

  /// Adds ten requests in each 10 s from a time on. In each 10 s, `badEach` requests are bad.
  private void serve(Instant from, Duration duration, int badEach) {
    for (long second = 0; second <= duration.toSeconds(); second += 10) {
      long at = from.plusSeconds(second).toEpochMilli();
      total += 10;
      bad += badEach;
      world.add("t", at, total);
      world.add("b", at, bad);
    }
  }

  private Reading.Comparison read(Duration after) {
    var deployment =
        Deployment.begin(
            Announcements.change(
                "k", "s", "e", "v2", "", Strategy.RECREATE, "", "", Map.of(), null),
            START);
    var observer =
        new Observer(
            GateSources.of(
                world,
                new ObservationGaps(),
                new TimeContinuity(Clock.systemUTC(), new ObservationGaps()),
                world,
                PairedProbes.none("none"),
                "probe"));
    Observation observation =
        observer.observe(POLICY, deployment, START, START.plus(after), List.of());
    return (Reading.Comparison) observation.readings().get("errors_vs_baseline");
  }

  @Test
  void baseline_isAsLongATimeJustBefore() {
    serve(START.minus(Duration.ofMinutes(30)), Duration.ofMinutes(30), 1);
    serve(START.plusSeconds(10), Duration.ofMinutes(5), 5);
    Reading.Comparison reading = read(Duration.ofMinutes(2));
    assertThat(reading.candidate().total()).isBetween(110.0, 190.0);
    assertThat(reading.candidate().bad().getFirst()).isEqualTo(reading.candidate().total() / 2);
    assertThat(reading.baseline().total()).isEqualTo(120);
    assertThat(reading.baseline().bad()).containsExactly(12.0);
    assertThat(reading.dayBefore()).isNull();
  }

  @Test
  void dayBefore_isTheSameTimeThen() {
    serve(START.minus(Duration.ofDays(1)).minusSeconds(600), Duration.ofMinutes(20), 4);
    serve(START.minus(Duration.ofMinutes(30)), Duration.ofMinutes(30), 1);
    serve(START.plusSeconds(10), Duration.ofMinutes(5), 5);
    Reading.Comparison reading = read(Duration.ofMinutes(2));
    assertThat(reading.baseline().bad()).containsExactly(12.0);
    assertThat(reading.dayBefore()).isNotNull();
    assertThat(reading.dayBefore().total()).isEqualTo(120);
    assertThat(reading.dayBefore().bad()).containsExactly(48.0);
  }

  @Test
  void nothingBefore_isNoBaseline() {
    serve(START.plusSeconds(10), Duration.ofMinutes(5), 5);
    assertThat(read(Duration.ofMinutes(2)).baseline().series()).isZero();
  }
}
