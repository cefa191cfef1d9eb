package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.observe.PairedProbes;
import io.pharos.gate.observe.PairedProbing;
import io.pharos.gate.policy.GatePolicy;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A service without traffic: only the probes of Pharos tell a bad release from a good one.
class OwnTrafficTest {
  private static final String PAIRS =
      """
        paired_probes: {probe: backend-$color}
      """;

  /// One release with a side that fails at random.
  private static GateRun run(long seed, double candidateFails, double baselineFails) {
    return run(seed, candidateFails, baselineFails, 0);
  }

  private static GateRun run(
      long seed, double candidateFails, double baselineFails, int requestsPerScrape) {
    var rig = new GateRig();
    var random = new Random(seed);
    var probing =
        new PairedProbing(
            name ->
                new PairedProbing.Answer.Known(
                    random.nextDouble()
                        >= (name.equals("backend-green") ? candidateFails : baselineFails)),
            _ -> () -> {},
            Runnable::run,
            new Random(seed));
    rig.paired = probing;
    rig.service = rig.newService();
    rig.policies = GatePolicy.FILES.parse("backend", GateRig.POLICY + PAIRS);
    rig.requestsPerScrape = requestsPerScrape;
    GateRun run = rig.open();
    return rig.toTheEnd(
        run,
        () -> {
          Instant end = rig.clock.instant();
          for (int i = 49; i >= 0; i--) {
            probing.fire(end.minusMillis(200L * i));
          }
        });
  }

  @Test
  void noTraffic_thirtyTimesWorse_failsWithinFiveMinutesInNineteenOfTwenty() {
    int releases = Nightly.rounds(20, 400);
    int found = 0;
    for (int seed = 0; seed < releases; seed++) {
      GateRun end = run(seed, 0.03, 0.001);
      boolean inTime =
          end.state() == GateState.FAIL && !end.decidedAt().isAfter(GateRig.START.plusSeconds(300));
      found += inTime ? 1 : 0;
    }
    System.out.println("no traffic, 3 % against 0.1 %: found " + found + " of " + releases);
    assertThat(found * 20).isGreaterThanOrEqualTo(releases * 19);
  }

  @Test
  void noTraffic_noDifference_doesNotFail_norPass() {
    for (int seed = 0; seed < 20; seed++) {
      GateRun end = run(seed, 0.01, 0.01);
      assertThat(end.state()).isEqualTo(GateState.INCONCLUSIVE);
      assertThat(GateRig.check(end, "paired_probes").state()).isEqualTo("pass");
    }
  }

  @Test
  void pass_countsTheRequestsOfClients_notThePairs() {
    GateRun end = run(1, 0, 0, 5);
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
    Long clients = GateRig.check(end, "error_bound").total();
    assertThat(clients).isLessThan(GateRig.check(end, "paired_probes").total());
    assertThat(end.summary()).contains(" with " + clients + " requests");
  }

  @Test
  void verdict_saysWhatThePairsDid() {
    GateRun end = run(1, 0.5, 0);
    assertThat(end.code()).isEqualTo(ReasonCode.PAIRED_PROBES);
    var check = GateRig.check(end, "paired_probes");
    assertThat(check.text())
        .startsWith("paired_probes: ")
        .contains("requests failed")
        .contains("fails at 100:1");
    assertThat(check.baselineTotal()).isEqualTo(check.total()).isPositive();
    assertThat(check.baselineBad()).isZero();
  }

  @Test
  void pairsThatCannotBeAsked_areUnknown() {
    var rig = new GateRig();
    rig.paired = PairedProbes.none("no probe is called \"backend-blue\"");
    rig.service = rig.newService();
    rig.policies = GatePolicy.FILES.parse("backend", GateRig.POLICY + PAIRS);
    var check = GateRig.check(rig.toTheEnd(rig.open()), "paired_probes");
    assertThat(check.code()).isEqualTo(ReasonCode.TELEMETRY);
    assertThat(check.text()).contains("no probe is called \"backend-blue\"");
  }

  @Test
  void candidateThatNeverAnswers_isStarting() {
    var check = GateRig.check(run(1, 1, 0), "paired_probes");
    assertThat(check.code()).isEqualTo(ReasonCode.STARTING);
  }
}
