package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.e2e.LiarScoreboard.Result;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiarScoreboardTest {
  private static Result result(String day, String name, String state, int seconds, double load) {
    return new Result(name, state, "CODE", seconds, load, "PASS", "FAIL", day, "because");
  }

  private static String row(List<String> before, Result... results) {
    return LiarScoreboard.page(before, List.of(results))
        .lines()
        .filter(line -> line.startsWith("|healthy|"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void result_isReadAsItWasWritten() {
    Result result = result("2026-03-01", "healthy", "PASS", 96, 12.5);
    assertThat(Result.parse(result.line())).isEqualTo(result);
  }

  @Test
  void oneRun_busyOrNot_hasItsOwnCell() {
    assertThat(
            row(
                List.of(),
                result("2026-03-01", "healthy", "PASS", 96, 12.4),
                result("2026-03-02", "healthy", "PASS", 91, 1.2)))
        .isEqualTo("|healthy|PASS|PASS|CODE|96|12|PASS|CODE|91|1|PASS|FAIL|");
  }

  @Test
  void runsOfOneDay_areCounted_withoutThoseBefore() {
    assertThat(
            row(
                List.of(),
                result("2026-03-01", "healthy", "FAIL", 10, 19),
                result("2026-03-02", "healthy", "PASS", 96, 12),
                result("2026-03-02", "healthy", "PASS", 99, 15),
                result("2026-03-02", "healthy", "INCONCLUSIVE", 241, 20)))
        .isEqualTo("|healthy|PASS|1×INCONCLUSIVE,2×PASS|3×CODE|99/241|12–20|||||3×PASS|3×FAIL|");
  }

  @Test
  void cell_withoutANewResult_isKept() {
    assertThat(
            row(
                List.of("|healthy|PASS|PASS|OK|99|30|||||FAIL|PASS|"),
                result("2026-03-02", "healthy", "PASS", 91, 1.2)))
        .isEqualTo("|healthy|PASS|PASS|OK|99|30|PASS|CODE|91|1|PASS|FAIL|");
  }
}
