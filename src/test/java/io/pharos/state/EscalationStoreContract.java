package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.EscalationStep.Cause;
import io.pharos.oncall.escalation.Escalation;
import io.pharos.oncall.escalation.EscalationStore;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of all stores of escalations.
abstract class EscalationStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123456Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  @BeforeEach
  void empty() {
    escalations().prune(Instant.parse("2100-01-01T00:00:00Z"));
  }

  private EscalationStore escalations() {
    return store().escalations();
  }

  private static Escalation state(String group, int rung, long version) {
    var tried =
        new Escalation.Try("lead-mail", Cause.NOBODY_REACHED, T.plusSeconds(1), T.plusSeconds(2));
    return new Escalation(
        group,
        "pages",
        T,
        rung,
        T.plusSeconds(3),
        T.plusSeconds(4),
        List.of(
            new Escalation.Call(
                0, 1, "lead", true, Cause.LEVEL, T, T.plusSeconds(5), List.of(tried)),
            new Escalation.Call(1, 2, "张", false, Cause.LEVEL, T, T, List.of())),
        rung > 1 ? T.plusSeconds(6) : null,
        rung > 2 ? T.plusSeconds(7) : null,
        version);
  }

  @Test
  void state_isStoredWithAllItsParts_andReplacesTheOneBefore() {
    for (int rung = -1; rung < 4; rung++) {
      assertThat(escalations().save(List.of(state("g", rung, rung + 1)), T)).isEmpty();
      assertThat(escalations().all()).containsExactly(state("g", rung, rung + 2));
    }
  }

  @Test
  void stateThatAnotherProcessStoredFirst_isNotReplaced() {
    escalations().save(List.of(state("g", 1, 0)), T);
    assertThat(escalations().save(List.of(state("g", 2, 0), state("h", 0, 0)), T))
        .containsExactly("g");
    assertThat(escalations().all()).containsExactlyInAnyOrder(state("g", 1, 1), state("h", 0, 1));
  }

  @Test
  void end_deletesTheState_butNotALaterOne() {
    escalations().save(List.of(state("g", 1, 0)), T);
    escalations().end("g", T.minusSeconds(1));
    assertThat(escalations().all()).hasSize(1);
    escalations().end("g", T);
    assertThat(escalations().all()).isEmpty();
  }

  @Test
  void prune_deletesStatesByTheTimeTheyWereStored() {
    escalations().save(List.of(state("g", 1, 0)), T.plusSeconds(100));
    escalations().prune(T.plusSeconds(100));
    assertThat(escalations().all()).hasSize(1);
    escalations().prune(T.plusSeconds(101));
    assertThat(escalations().all()).isEmpty();
  }
}
