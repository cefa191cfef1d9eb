package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.policy.GatePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GaugeJudgeTest {
  private static final String GAUGES =
      """
        gauges:
          - {id: heap, selector: 'heap_bytes{color="$color"}', margin: 0.2}
      """;

  private final GateRig rig = new GateRig();
  private final Random random = new Random(3);
  private double level = 1;
  private double baselineLevel = 1;
  private boolean beside = true;

  private GateRun end() {
    rig.policies =
        GatePolicy.FILES.parse(
            "backend", GateRig.POLICY.replace("min_soak: 2m", "min_soak: 4m") + GAUGES);
    return rig.toTheEnd(
        rig.open(),
        () -> {
          long at = rig.clock.instant().minusSeconds(1).toEpochMilli();
          rig.world.add("heap_bytes{color=\"green\"}", at, level * noise());
          if (beside) {
            rig.world.add("heap_bytes{color=\"blue\"}", at, baselineLevel * noise());
          }
        });
  }

  private double noise() {
    return 1e9 * (1 + 0.05 * random.nextGaussian());
  }

  @Test
  void halfAsMuchAgain_isSaid_andDoesNotBlock() {
    level = 1.5;
    var end = end();
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
    var check = GateRig.check(end, "heap");
    assertThat(check.state()).isEqualTo("fail");
    assertThat(check.code()).isEqualTo(ReasonCode.GAUGE);
    assertThat(check.kind()).isEqualTo("gauges");
    assertThat(check.text()).contains("difference ").contains("is allowed");
    assertThat(check.blocking()).isFalse();
  }

  @Test
  void tenPercentMore_isWithinTheMargin() {
    level = 1.1;
    assertThat(GateRig.check(end(), "heap").state()).isEqualTo("pass");
  }

  @Test
  void less_isNotWorseWhereTheGaugeMayFall() {
    level = 0.5;
    assertThat(GateRig.check(end(), "heap").state()).isEqualTo("pass");
  }

  @Test
  void tinyUnits_areJudgedLikeGreatOnes() {
    level = 1.5e-15;
    baselineLevel = 1e-15;
    assertThat(GateRig.check(end(), "heap").state()).isEqualTo("fail");
  }

  @Test
  void noBaseline_isUnknown() {
    beside = false;
    assertThat(GateRig.check(end(), "heap").code()).isEqualTo(ReasonCode.NO_BASELINE);
  }

  @Test
  void thinned_valuesThatHangTogether_areFew() {
    var walk = new ArrayList<Double>();
    var free = new ArrayList<Double>();
    double at = 0;
    for (int i = 0; i < 200; i++) {
      at = 0.9 * at + random.nextGaussian();
      walk.add(at);
      free.add(random.nextGaussian());
    }
    assertThat(GaugeJudge.thinned(walk)).hasSizeLessThan(30);
    assertThat(GaugeJudge.thinned(free)).hasSizeGreaterThan(140);
    assertThat(GaugeJudge.thinned(List.of())).isEmpty();
    assertThat(GaugeJudge.thinned(List.of(1.0, 1.0, 1.0))).hasSize(3);
  }

  /// At most one in ten fails, while the test alone would fail more than half.
  @Test
  void valuesThatHangTogether_withoutDifference_areSeldomTakenForOne() {
    int wrong = 0;
    for (int run = 0; run < 200; run++) {
      double[] one = walk();
      double[] other = walk();
      wrong +=
          new MannWhitney(one, other, 1e-6).shift(0.98).low() > 0.2 * 10 && one.length >= 8 ? 1 : 0;
    }
    assertThat(wrong).isLessThan(20);
  }

  private double[] walk() {
    var values = new ArrayList<Double>();
    double at = 0;
    for (int i = 0; i < 180; i++) {
      at = 0.8 * at + random.nextGaussian();
      values.add(10 + at);
    }
    return GaugeJudge.thinned(values);
  }
}
