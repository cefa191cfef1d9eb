package io.pharos.server.api.refusal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.Budget;
import io.pharos.limits.heap.Budgets;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.model.Labels;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.QueryStats;
import io.pharos.server.api.Answers;
import io.pharos.server.api.QueryWorks;
import io.pharos.server.api.Rendering;
import io.pharos.server.api.prometheus.PrometheusJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private final Budgets budgets =
      new Budgets(
          new Budgets.Values(
              1 << 20,
              Map.of(
                  Budget.ANSWER, 100_000L,
                  Budget.ANSWERS, 150_000L,
                  Budget.QUERY, 100_000L,
                  Budget.QUERIES, 200_000L,
                  Budget.WORK, 1_000L)),
          () -> Instant.EPOCH,
          new SimpleMeterRegistry());
  private final Answers answers = new Answers(budgets, QueryWorks.roomy());

  private static Rendering text(int length) {
    return out -> out.write("x".repeat(length).getBytes(StandardCharsets.UTF_8));
  }

  private static QueryResult rows(int count) {
    var vector = InstantVector.builder(0);
    for (int i = 0; i < count; i++) {
      vector.add(Labels.of("i", Integer.toString(i)), i);
    }
    return new QueryResult(
        vector.build(), List.of(), List.of(), new QueryStats(Duration.ZERO, count, count));
  }

  @Test
  void write_smallAndLarge_giveEveryByte() {
    assertThat(answers.write(text(10))).hasSize(10);
    assertThat(answers.write(text(90_000))).hasSize(90_000).containsOnly('x');
    assertThat(budgets.pool(Budget.ANSWERS).used()).isZero();
  }

  @Test
  void write_moreThanAnAnswerMayHave_isRefused_with422() {
    assertThatExceptionOfType(OverBudgetException.class)
        .isThrownBy(() -> answers.write(text(200_000)))
        .satisfies(
            e ->
                assertThat(ErrorMapper.answerOverBudget(e, "/api/v1/query").getStatus())
                    .isEqualTo(422));
  }

  @Test
  void write_whileOthersAreSent_isRefused_with503AndATime() {
    try (var others = budgets.pool(Budget.ANSWERS).open()) {
      others.ensure(100_000);
      assertThatExceptionOfType(OverBudgetException.class)
          .isThrownBy(() -> answers.write(text(90_000)))
          .satisfies(
              e -> {
                var response = ErrorMapper.answerOverBudget(e, "/api/v1/query");
                assertThat(response.getStatus()).isEqualTo(503);
                assertThat(response.getHeaderString("Retry-After")).isEqualTo("5");
              });
    }
  }

  @Test
  void query_thatOthersHadNoRoomFor_isTriedAgain() {
    var attempts = new AtomicInteger();

    var response =
        answers.query(
            Optional.empty(),
            () -> {
              if (attempts.incrementAndGet() < 3) {
                throw new QueryException(QueryException.Kind.BUSY, "no room now");
              }
              return rows(1);
            },
            result -> PrometheusJson.result(result, 10, false, Duration.ZERO));

    assertThat(attempts).hasValue(3);
    assertThat(new String((byte[]) response.getEntity(), StandardCharsets.UTF_8))
        .contains("\"i\":\"0\"");
    assertThat(budgets.pool(Budget.QUERIES).used()).isZero();
  }

  @Test
  void query_withAResultThatIsTooLarge_isRefusedForGood() {
    assertThatExceptionOfType(QueryException.class)
        .isThrownBy(
            () ->
                answers.query(
                    Optional.empty(),
                    () -> rows(1_000),
                    result -> PrometheusJson.result(result, 10_000, false, Duration.ZERO)))
        .matches(e -> e.kind() == QueryException.Kind.EXECUTION);
  }

  @Test
  void list_ofMoreThanThereIsRoomFor_isMadeAlone() {
    var response =
        answers.list(1_000_000, 1_000, () -> PrometheusJson.success(json -> json.writeNull()));

    assertThat(response.getEntity()).isInstanceOf(byte[].class);
    assertThat(budgets.pool(Budget.WORK).used()).isZero();
  }
}
