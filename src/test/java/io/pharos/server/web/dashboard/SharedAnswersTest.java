package io.pharos.server.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedAnswersTest {
  private Instant now = Instant.ofEpochSecond(1_000);
  private final AtomicInteger computed = new AtomicInteger();
  private final SharedAnswers<String> answers =
      new SharedAnswers<>(() -> now, Duration.ofSeconds(5));

  private String get(String question) {
    return new String(
        answers.get(question, () -> (question + computed.incrementAndGet()).getBytes()));
  }

  @Test
  void get_withinTheAge_isComputedOnce_andAnewLater() {
    assertThat(get("a")).isEqualTo("a1");
    now = now.plusMillis(4_999);
    assertThat(get("a")).isEqualTo("a1");
    assertThat(get("b")).isEqualTo("b2");
    now = now.plusMillis(1);
    assertThat(get("a")).isEqualTo("a3");
  }

  @Test
  void get_afterTheClockWasSetBack_isComputedAnew() {
    assertThat(get("a")).isEqualTo("a1");
    now = now.minusSeconds(100);
    assertThat(get("a")).isEqualTo("a2");
  }

  @Test
  void get_thatFailed_isTriedAgain() {
    assertThatThrownBy(
            () ->
                answers.get(
                    "a",
                    () -> {
                      throw new IllegalStateException("busy");
                    }))
        .hasMessage("busy");
    assertThat(get("a")).isEqualTo("a1");
  }

  @Test
  void get_ofManyReadersAtOnce_isComputedOnce() throws Exception {
    var all = new CountDownLatch(20);
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      var found =
          IntStream.range(0, 20)
              .mapToObj(
                  _ ->
                      readers.submit(
                          () -> {
                            all.countDown();
                            all.await();
                            return get("a");
                          }))
              .toList();
      for (Future<String> one : found) {
        assertThat(one.get()).isEqualTo("a1");
      }
    }
  }

  @Test
  void get_ofManyQuestions_keepsABoundedNumber() {
    for (int i = 0; i < 1000; i++) {
      get("q" + i);
    }
    assertThat(answers.size()).isLessThanOrEqualTo(33);
    now = now.plusSeconds(10);
    get("last");
    assertThat(answers.size()).isEqualTo(1);
  }
}
