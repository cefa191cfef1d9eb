package io.pharos.server.api.refusal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.WorkPool;
import io.pharos.model.Labels;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.QueryStats;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.QueryWorks;
import io.pharos.server.api.Rendering;
import io.pharos.server.api.RequestBody;
import io.pharos.server.api.prometheus.PrometheusJson;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private final MemoryBounds budgets =
      new MemoryBounds(
          new MemoryBounds.Values(
              1 << 20,
              Map.of(
                  MemoryBound.ANSWER, 100_000L,
                  MemoryBound.ANSWERS, 150_000L,
                  MemoryBound.QUERY, 100_000L,
                  MemoryBound.QUERIES, 200_000L,
                  MemoryBound.WORK, 1_000L,
                  MemoryBound.LISTS, 1_000L)),
          () -> Instant.EPOCH,
          new SimpleMeterRegistry());
  private final LargeAnswers answers = new LargeAnswers(budgets, QueryWorks.roomy());

  /// Of queries that have two minutes.
  private final AtomicLong nanoTime = new AtomicLong();

  private final LargeAnswers timed = new LargeAnswers(budgets, QueryWorks.roomy(nanoTime::get));

  private static Rendering text(int length) {
    return out -> out.write("x".repeat(length).getBytes(StandardCharsets.UTF_8));
  }

  private byte[] write(Rendering text) {
    try (var memory = budgets.pool(MemoryBound.ANSWERS).open()) {
      return answers.write(text, memory);
    }
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
    assertThat(write(text(10))).hasSize(10);
    assertThat(write(text(90_000))).hasSize(90_000).containsOnly('x');
    assertThat(budgets.pool(MemoryBound.ANSWERS).used()).isZero();
  }

  @Test
  void write_moreThanAnAnswerMayHave_isRefused_with422() {
    assertThatExceptionOfType(OverBudgetException.class)
        .isThrownBy(() -> write(text(200_000)))
        .satisfies(
            e ->
                assertThat(ErrorMapper.answerOverBudget(e, "/api/v1/query").getStatus())
                    .isEqualTo(422));
  }

  @Test
  void write_whileOthersAreSent_isRefused_with503AndATime() {
    try (var others = budgets.pool(MemoryBound.ANSWERS).open()) {
      others.ensure(100_000);
      assertThatExceptionOfType(OverBudgetException.class)
          .isThrownBy(() -> write(text(90_000)))
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
    assertThat(budgets.pool(MemoryBound.QUERIES).used()).isZero();
  }

  /* Each try takes 11 s. */
  private Response askAgainAndAgain(int refusals, AtomicInteger attempts) {
    return timed.query(
        Optional.empty(),
        () -> {
          nanoTime.addAndGet(Duration.ofSeconds(11).toNanos());
          if (attempts.incrementAndGet() <= refusals) {
            throw new QueryException(QueryException.Kind.BUSY, "no room now");
          }
          return rows(1);
        },
        result -> PrometheusJson.result(result, 10, false, Duration.ZERO));
  }

  @Test
  void query_thatOthersHaveNoRoomFor_waitsAsLongAsItMayTake() {
    var attempts = new AtomicInteger();

    assertThat(askAgainAndAgain(9, attempts).getStatus()).isEqualTo(200);
    assertThat(attempts).hasValue(10);
  }

  @Test
  void query_thatOthersHaveNoRoomFor_isRefusedWhenItsTimeIsOver() {
    var attempts = new AtomicInteger();

    assertThatExceptionOfType(QueryException.class)
        .isThrownBy(() -> askAgainAndAgain(1_000, attempts))
        .matches(e -> e.kind() == QueryException.Kind.BUSY);
    assertThat(attempts).hasValue(11);
  }

  /* Fifty at once, with memory for two. */
  @Test
  void query_ofABurst_waitsItsTurn() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = new ArrayList<Future<Response>>();
      for (int i = 0; i < 50; i++) {
        asked.add(
            threads.submit(
                () ->
                    answers.query(
                        Optional.empty(),
                        this::heavy,
                        result -> PrometheusJson.result(result, 10, false, Duration.ZERO))));
      }
      for (var one : asked) {
        assertThat(one.get().getStatus()).isEqualTo(200);
      }
    }
    assertThat(budgets.pool(MemoryBound.QUERIES).used()).isZero();
  }

  private QueryResult heavy() {
    try (var memory = budgets.pool(MemoryBound.QUERIES).openModest()) {
      memory.ensure(70_000);
      Thread.sleep(5);
      return rows(1);
    } catch (OverBudgetException e) {
      throw LargeAnswers.refused(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void query_moreWaitThanMay_isRefusedAtOnce() throws Exception {
    var pool = new WorkPool("queries", new WorkPool.Size(4, 2), new SimpleMeterRegistry());
    var few =
        new LargeAnswers(budgets, new QueryWork(pool, Duration.ofSeconds(20), System::nanoTime));
    var refused = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    try (var others = budgets.pool(MemoryBound.QUERIES).open()) {
      others.ensure(100_000);
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.startVirtualThread(
                () -> {
                  try {
                    few.query(
                        Optional.empty(),
                        this::heavy,
                        result -> PrometheusJson.result(result, 10, false, Duration.ZERO));
                  } catch (QueryException e) {
                    refused.incrementAndGet();
                  }
                }));
      }
      while (refused.get() < 2) {
        Thread.sleep(5);
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(refused).hasValue(2);
  }

  /// A form whose parsed content takes all of the memory.
  @Test
  void list_askedForByALargeForm_doesNotWaitForItsOwnBody() throws Exception {
    var body = new RequestBody(new ByteArrayInputStream(new byte[16]), budgets, 100);
    body.readAllBytes();
    assertThat(budgets.pool(MemoryBound.WORK).used()).isEqualTo(1_000);

    var response = answers.list(1_000, 1_000, () -> PrometheusJson.success(""));

    assertThat(response.getStatus()).isEqualTo(200);
    body.release();
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
    var response = answers.list(1_000_000, 1_000, () -> PrometheusJson.success(""));

    assertThat(response.getEntity()).isInstanceOf(byte[].class);
    assertThat(budgets.pool(MemoryBound.LISTS).used()).isZero();
  }
}
