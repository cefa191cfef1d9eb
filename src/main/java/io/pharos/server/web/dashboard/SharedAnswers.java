package io.pharos.server.web.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Answers that several readers share: those who ask the same within a few seconds get the answer
/// that was computed for the first of them. Thread-safe.
///
/// @param <K> what identifies a question
final class SharedAnswers<K> {
  /// The bound on the answers of dashboards, each of them at most some hundred kilobytes.
  private static final int MAX_ANSWERS = 32;

  private final InstantSource clock;
  private final Duration maxAge;
  private final Map<K, Answer> answers = new LinkedHashMap<>();

  private static final class Answer {
    final ReentrantLock computing = new ReentrantLock();
    volatile byte @Nullable [] bytes;
    volatile Instant at;

    Answer(Instant at) {
      this.at = at;
    }
  }

  SharedAnswers(InstantSource clock, Duration maxAge) {
    this.clock = clock;
    this.maxAge = maxAge;
  }

  synchronized int size() {
    return answers.size();
  }

  /// Returns the answer to a question, at most as old as the maximum age.
  ///
  /// @param compute computes the answer. If it throws, the exception reaches only this caller, and
  ///   the next one computes again
  byte[] get(K question, Supplier<byte[]> compute) {
    Answer answer = answer(question);
    answer.computing.lock();
    try {
      return fresh(answer)
          .orElseGet(
              () -> {
                byte[] bytes = compute.get();
                answer.bytes = bytes;
                answer.at = clock.instant();
                return bytes;
              });
    } finally {
      answer.computing.unlock();
    }
  }

  private Optional<byte[]> fresh(Answer answer) {
    Duration age = Duration.between(answer.at, clock.instant());
    return Optional.ofNullable(answer.bytes)
        .filter(_ -> !age.isNegative() && age.compareTo(maxAge) < 0);
  }

  private synchronized Answer answer(K question) {
    Iterator<Answer> oldest = answers.values().iterator();
    while (oldest.hasNext()) {
      Answer one = oldest.next();
      boolean isOld = one.bytes != null && fresh(one).isEmpty();
      if ((isOld && !one.computing.isLocked()) || answers.size() > MAX_ANSWERS) {
        oldest.remove();
      }
    }
    return Objects.requireNonNull(
        answers.computeIfAbsent(question, _ -> new Answer(clock.instant())));
  }
}
