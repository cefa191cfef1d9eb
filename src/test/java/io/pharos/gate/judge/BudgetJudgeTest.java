package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRig;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BudgetJudgeTest {
  private static final GatePolicy POLICY =
      GatePolicy.FILES
          .parse(
              "p",
              """
              version: "1"
              service: backend
              env: production
              checks:
                version: none
                budget: {total: t, bad: b, objective: 0.99}
              """)
          .all()
          .getFirst();

  private static Reading.Burn burn(double before, double now) {
    return new Reading.Burn(14.4, 300_000, 3_600_000, now, now, before, before);
  }

  private static CheckResult judge(Reading... readings) {
    var deployment =
        io.pharos.gate.deployment.Deployment.begin(
            GateRig.announcement("k", "green"), Instant.EPOCH);
    var observations = new java.util.ArrayList<Observation>();
    for (Reading reading : readings) {
      observations.add(
          new Observation(10_000L * (observations.size() + 1), Map.of("budget", reading)));
    }
    var check = (Check.Budget) POLICY.checks().getLast();
    return BudgetJudge.judge(
        check, new CheckView(check, POLICY, deployment, Instant.EPOCH, observations));
  }

  @Test
  void burnThatBeganAfterTheStart_fails_andStaysFailed() {
    var result =
        judge(
            new Reading.Budget(List.of(burn(1, 20)), 0.5),
            new Reading.Budget(List.of(burn(1, 2)), 0.5));
    assertThat(result).isInstanceOf(CheckResult.Fail.class);
    assertThat(result.code()).isEqualTo(ReasonCode.BUDGET_BURN);
    assertThat(result.text())
        .isEqualTo(
            "budget: the budget burns at 20 over 5m and 20 over 1h, so both have reached the limit of"
                + " 14.4; when the deployment started, one was below it.");
  }

  @Test
  void burnOfOneWindow_isNone() {
    var brief = new Reading.Burn(14.4, 300_000, 3_600_000, 50, 3, 0, 0);
    assertThat(judge(new Reading.Budget(List.of(brief), 0.5))).isInstanceOf(CheckResult.Pass.class);
  }

  @Test
  void burnFromBefore_isUnknown() {
    var result = judge(new Reading.Budget(List.of(burn(20, 30)), 0.5));
    assertThat(result).isInstanceOf(CheckResult.Unknown.class);
    assertThat(result.code()).isEqualTo(ReasonCode.PREEXISTING);
  }

  @Test
  void nothingLeft_freezes() {
    var result = judge(new Reading.Budget(List.of(burn(0, 0)), -0.2));
    assertThat(result).isInstanceOf(CheckResult.Unknown.class);
    assertThat(result.code()).isEqualTo(ReasonCode.FREEZE);
    assertThat(result.text())
        .isEqualTo(
            "budget: -20.0 % of the error budget for 30d remains, so only a deployment with the"
                + " intent fix may continue.");
  }

  @Test
  void noAnswer_isUnknown() {
    assertThat(judge(new Reading.Unavailable("the store can't be read")).code())
        .isEqualTo(ReasonCode.TELEMETRY);
  }
}
