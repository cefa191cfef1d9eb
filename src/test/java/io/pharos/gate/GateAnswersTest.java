package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/// What callers were told.
class GateAnswersTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final GateAnswers answers = new GateAnswers();

  @Test
  void add_equalAnswersInARow_areOneWithTheirNumber() {
    answers.add("g", "ci", GateState.RUNNING, START);
    answers.add("g", "ann", GateState.RUNNING, START.plusSeconds(1));
    answers.add("g", "ci", GateState.RUNNING, START.plusSeconds(2));
    answers.add("g", "ci", GateState.PASS, START.plusSeconds(3));
    answers.add("g", "ci", GateState.RUNNING, START.plusSeconds(4));
    assertThat(answers.of("g"))
        .containsExactly(
            new GateAnswers.Told("ci", GateState.RUNNING, START, START.plusSeconds(2), 2),
            new GateAnswers.Told(
                "ann", GateState.RUNNING, START.plusSeconds(1), START.plusSeconds(1), 1),
            new GateAnswers.Told(
                "ci", GateState.PASS, START.plusSeconds(3), START.plusSeconds(3), 1),
            new GateAnswers.Told(
                "ci", GateState.RUNNING, START.plusSeconds(4), START.plusSeconds(4), 1));
    assertThat(answers.of("other")).isEmpty();
  }

  @Test
  void add_manyGatesAndCallers_areBounded() {
    for (int i = 0; i < 1000; i++) {
      answers.add("gate-" + i, "ci", GateState.PASS, START);
      answers.add("g", "caller-" + i, GateState.PASS, START.plusSeconds(i));
    }
    assertThat(answers.of("gate-0")).isEmpty();
    assertThat(answers.of("gate-999")).hasSize(1);
    assertThat(answers.of("g")).hasSize(30);
    assertThat(answers.of("g").getLast().by()).isEqualTo("caller-999");
  }
}
