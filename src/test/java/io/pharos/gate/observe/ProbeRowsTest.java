package io.pharos.gate.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.judge.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbeRowsTest {
  private static final Duration MAX_GAP = Duration.ofMinutes(1);

  /// One result per 10 s: `+` is a success, `-` a failure, and a blank no result.
  private static ProbeRows rows(String results, long firstMillis) {
    var times = new ArrayList<Long>();
    var ok = new ArrayList<Boolean>();
    for (int i = 0; i < results.length(); i++) {
      if (results.charAt(i) != ' ') {
        times.add(firstMillis + 10_000L * i);
        ok.add(results.charAt(i) == '+');
      }
    }
    return ProbeRows.of(List.of(new CandidateProbes.Result("p", times, ok)), MAX_GAP);
  }

  private static Reading.Probe row(String candidate, String baseline) {
    return rows(candidate, 1_000).since(0, rows(baseline, 6_000)).getFirst();
  }

  @Test
  void failuresOfBothSides_countForNeither() {
    Reading.Probe row = row("+++---+++", "++----+++");
    assertThat(row.failed()).isZero();
    assertThat(row.ok()).isEqualTo(6);
  }

  @Test
  void failuresOfTheCandidateAlone_count() {
    Reading.Probe row = row("+++------", "+---+++++");
    assertThat(row.failed())
        .isEqualTo(3); // the first three were within 15 s of a failure of the other side
    assertThat(row.ok()).isZero();
  }

  @Test
  void failuresOfBothThatLast_leaveNoNewResult() {
    assertThat(row("+++------", "+++------").lastMillis()).isEqualTo(21_000);
    assertThat(rows("---", 1_000).since(0, rows("---", 6_000))).isEmpty();
  }

  @Test
  void successesBeforeTheStart_doNotCount() {
    Reading.Probe row = rows("++++", 1_000).since(20_000, ProbeRows.NONE).getFirst();
    assertThat(row.ok()).isEqualTo(2);
    assertThat(row.firstOkMillis()).isEqualTo(21_000);
    assertThat(rows("++++", 1_000).before(ProbeRows.NONE).getFirst().ok()).isZero();
  }
}
