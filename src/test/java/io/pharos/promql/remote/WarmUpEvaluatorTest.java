package io.pharos.promql.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WarmUpEvaluatorTest {
  private static final Labels A = Labels.of("instance", "a");
  private static final Labels B = Labels.of("instance", "b");

  private Instant now = Instant.EPOCH;
  private Kind failure = Kind.UNAVAILABLE;
  private boolean failing;
  private double targets;
  private boolean saysTargets = true;
  private boolean knowsVector = true;
  private final List<Instant> momentsAsked = new ArrayList<>();
  private Value answer = InstantVector.builder(0).build();
  private final List<String> asked = new ArrayList<>();

  private final Evaluator server =
      query -> {
        asked.add(query.text());
        if (failing) {
          throw new QueryException(failure, "away");
        }
        if (query.text().equals("vector(1)") && !knowsVector) {
          throw new QueryException(Kind.BAD_DATA, "what is that");
        }
        if (query.text().equals("count(up)") && query.span() instanceof Query.At(long millis)) {
          momentsAsked.add(Instant.ofEpochMilli(millis));
          if (!saysTargets) {
            throw new QueryException(Kind.TIMEOUT, "slow");
          }
          return QueryResult.of(
              targets == 0 ? InstantVector.builder(0).build() : vector(Labels.empty(), targets));
        }
        return QueryResult.of(answer);
      };
  private final WarmUpEvaluator evaluator = new WarmUpEvaluator(server, () -> now);

  private static InstantVector vector(Labels labels, double value) {
    return InstantVector.builder(0).add(labels, value).build();
  }

  private int size() {
    return ((InstantVector) evaluator.instant("x", now.toEpochMilli()).value()).size();
  }

  private void away(Duration time) {
    failing = true;
    for (Instant end = now.plus(time); now.isBefore(end); now = now.plusSeconds(15)) {
      assertThatThrownBy(() -> evaluator.instant("x", 0)).isInstanceOf(QueryException.class);
    }
    failing = false;
  }

  @Test
  void answer_afterLongOutage_countsOnlyWhenSettled() {
    away(Duration.ofMinutes(6));

    assertThatThrownBy(() -> evaluator.instant("x", 0))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
        .hasMessageContaining("used again in 60 s");
    now = now.plusSeconds(59);
    assertThatThrownBy(() -> evaluator.range("x", 0, 0, Duration.ofSeconds(1)))
        .hasMessageContaining("used again in 1 s");
    now = now.plusSeconds(1);
    assertThat(size()).isZero();
  }

  @Test
  void answer_afterOutageOfTwoMinutes_countsOnlyWhenSettled() {
    away(Duration.ofMinutes(2));
    assertThatThrownBy(this::size).hasMessageContaining("used again in 60 s");
  }

  @Test
  void answer_afterShortOutage_countsAtOnce() {
    away(Duration.ofSeconds(90));
    assertThat(size()).isZero();
  }

  @Test
  void answer_afterLongPauseWithoutOutage_countsAtOnce() {
    now = now.plusSeconds(3600);
    assertThat(size()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"BAD_DATA", "EXECUTION", "CANCELED"})
  void failure_ofTheExpression_isNoOutage(Kind kind) {
    failure = kind;
    away(Duration.ofMinutes(6));
    assertThat(size()).isZero();
  }

  @Test
  void server_thatForgotItsTargets_isNotBelievedUntilItHasScrapedTwice() {
    targets = 8;
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    now = now.plusSeconds(15);
    assertThat(size()).isEqualTo(1);

    targets = 0;
    answer = InstantVector.builder(0).build();
    now = now.plusSeconds(15);
    assertThatThrownBy(this::size)
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
        .hasMessageContaining("has lost samples; its answers are used again in 120 s");
    answer = vector(A, 1);
    now = now.plusSeconds(119);
    assertThatThrownBy(this::size).hasMessageContaining("used again in 1 s");
    now = now.plusSeconds(1);
    assertThat(size()).isEqualTo(1);
  }

  @Test
  void server_thatForgot_isNotBelievedEither_whenSeriesAppearOrAreOthers() {
    targets = 8;
    assertThat(size()).isZero();
    targets = 3;
    answer = vector(A, 1);
    assertThatThrownBy(this::size).hasMessageContaining("has lost samples");

    now = now.plusSeconds(120);
    assertThat(size()).isEqualTo(1);
    targets = 1;
    answer = vector(B, 1);
    assertThatThrownBy(this::size).hasMessageContaining("has lost samples");
  }

  @Test
  void server_thatKnowsItsTargets_isBelievedWhateverItAnswers() {
    targets = 8;
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    targets = 4;
    answer = InstantVector.builder(0).build();
    assertThat(size()).isZero();
  }

  @Test
  void moment_thatIsCompared_isRenewedEveryTwoMinutes() {
    targets = 8;
    assertThat(size()).isZero();
    assertThat(momentsAsked).containsExactly(Instant.ofEpochSecond(-30));
    momentsAsked.clear();

    now = now.plusSeconds(119);
    assertThat(size()).isZero();
    assertThat(momentsAsked).isEmpty();
    now = now.plusSeconds(1);
    assertThat(size()).isZero();
    assertThat(momentsAsked).containsExactly(Instant.ofEpochSecond(-30), Instant.ofEpochSecond(90));
  }

  @Test
  void server_thatHasTargetsLater_isHeldToThemFromThenOn() {
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    targets = 8;
    now = now.plusSeconds(15);
    assertThat(size()).isEqualTo(1);

    targets = 0;
    answer = InstantVector.builder(0).build();
    assertThatThrownBy(this::size).hasMessageContaining("has lost samples");
  }

  @Test
  void server_thatRefusesTheSignOfLife_isThere() {
    knowsVector = false;
    away(Duration.ofSeconds(15));
    assertThat(size()).isZero();
  }

  @Test
  void server_withoutTargets_isBelieved() {
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    answer = InstantVector.builder(0).build();
    assertThat(size()).isZero();
  }

  @Test
  void server_isAskedForItsTargets_onlyWhereTheSeriesChanged() {
    targets = 8;
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    asked.clear();
    answer = vector(A, 2);
    assertThat(size()).isEqualTo(1);
    assertThat(asked).containsExactly("x");
  }

  @Test
  void server_thatCannotSayWhatItKnew_isNotBelieved() {
    targets = 8;
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    saysTargets = false;
    answer = InstantVector.builder(0).build();
    assertThatThrownBy(this::size)
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void server_thatNeverSaidWhatItKnows_isBelieved() {
    saysTargets = false;
    answer = vector(A, 1);
    assertThat(size()).isEqualTo(1);
    answer = InstantVector.builder(0).build();
    assertThat(size()).isZero();
  }

  @Test
  void server_thatDoesNotAnswer_isAskedOnceAndThenLeftAlone() {
    failing = true;
    failure = Kind.TIMEOUT;
    for (int rule = 0; rule < 20; rule++) {
      assertThatThrownBy(this::size).isInstanceOf(QueryException.class);
    }
    assertThat(asked).containsExactly("x", "vector(1)");

    now = now.plus(WarmUpEvaluator.REST);
    failing = false;
    assertThat(size()).isZero();
  }

  @Test
  void expression_thatIsTooSlow_doesNotKeepOthersFromBeingAsked() {
    failing = true;
    failure = Kind.TIMEOUT;
    assertThatThrownBy(() -> evaluator.instant("slow", 0)).isInstanceOf(QueryException.class);
    failing = false;
    assertThat(size()).isZero();
  }

  @Test
  void query_withBoundsOfItsOwn_isAnsweredAndNeverDoubted() {
    var bounds = new QueryBounds(Optional.of(Duration.ofSeconds(3)), Optional.empty());
    targets = 8;
    assertThat(size()).isZero();
    away(Duration.ofMinutes(6));
    asked.clear();

    assertThat(evaluator.evaluate(Query.at("y", 0).within(bounds)).value()).isSameAs(answer);
    assertThat(
            evaluator.evaluate(Query.over("y", 0, 0, Duration.ofSeconds(1)).within(bounds)).value())
        .isSameAs(answer);
    assertThat(asked).doesNotContain("count(up)");
    assertThatThrownBy(this::size).hasMessageContaining("used again in 60 s");
  }

  @Test
  void rawSamples_ofATimeThatWasForgotten_areNotCounted() {
    targets = 8;
    answer = new RangeMatrix(List.of());
    now = now.plusSeconds(600);
    assertThat(raw("x[5m]")).isSameAs(answer);
    targets = 0;
    assertThatThrownBy(() -> raw("x[5m]")).hasMessageContaining("has lost samples");

    targets = 8;
    now = now.plusSeconds(299);
    assertThatThrownBy(() -> raw("x[5m]"))
        .hasMessageContaining("needs samples from before 1970-01-01T00:10:00Z");
    now = now.plusSeconds(1);
    assertThat(raw("x[5m]")).isSameAs(answer);
  }

  private Value raw(String expression) {
    return evaluator.instant(expression, now.toEpochMilli()).value();
  }
}
