package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.judge.AttributionEvidence.Interval;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedEvidenceTest {
  private static final double FAIL = Math.log(100);

  @Test
  void steadyErrorsOfTheCandidate_areStrongEvidence() {
    var evidence = new PairedEvidence(1.25, Dispersion.UNKNOWN);
    for (int i = 0; i < 12; i++) {
      evidence.add(new Interval(250, 250, 7 + i % 2, 0));
    }
    assertThat(evidence.degree()).isEqualTo(1);
    assertThat(evidence.log()).isGreaterThan(FAIL);
  }

  @Test
  void burstsOfBothSides_atTheirOwnTimes_failRarely() {
    var random = new Random(3);
    int failed = 0;
    for (int gate = 0; gate < 1000; gate++) {
      var evidence = new PairedEvidence(1.25, Dispersion.UNKNOWN);
      boolean fails = false;
      for (int i = 0; i < 60; i++) {
        long candidate = random.nextInt(8) == 0 ? 40 : 0;
        long baseline = random.nextInt(8) == 0 ? 40 : 0;
        evidence.add(new Interval(250, 250, candidate, baseline));
        fails |= evidence.log() >= FAIL;
      }
      failed += fails ? 1 : 0;
    }
    assertThat(failed).isLessThanOrEqualTo(20);
  }

  @Test
  void errorsInTwoIntervals_areNoEvidence() {
    var evidence = new PairedEvidence(1.25, 1);
    evidence.add(new Interval(100, 100, 100, 0));
    evidence.add(new Interval(100, 100, 100, 0));
    assertThat(evidence.log()).isLessThanOrEqualTo(0);
  }

  @Test
  void worseRoutes_areThoseThatTheirNumberAllows() {
    var point =
        new ComparisonTrack.Point(
            0,
            0,
            PairedEvidence.NOTHING,
            new ComparisonTrack.Kind("", Double.NaN, PairedEvidence.NOTHING, 1),
            Map.of("a", Math.log(500), "b", Math.log(210), "c", Math.log(120), "d", 0.0));
    // 4 / (1 * 0.01) = 400 for one route, 200 for each of two, 134 for each of three.
    assertThat(point.worseRoutes(0.01)).containsExactly("a", "b");
    assertThat(point.worseRoutes(0.0001)).isEmpty();
  }

  @Test
  void statusOfAnAnswer_hasAClass() {
    Map.of(
            "200", 2.0, "2xx", 2.0, "0", 2.0, "", 2.0, "304", 3.0, "401", 4.0, "4xx", 4.0, "503",
            5.0, "499", 6.0, "10001", 5.0)
        .forEach(
            (status, expected) ->
                assertThat(AnswerClass.of(status)).as(status).isEqualTo(expected));
    assertThat(AnswerClass.of("other")).isEqualTo(5);
    assertThat(AnswerClass.text(4)).isEqualTo("answered 4xx or worse");
    assertThat(AnswerClass.text(AnswerClass.NONE)).isEqualTo("not answered");
  }
}
