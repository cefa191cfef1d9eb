package io.pharos.config.pharos;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What holds for acknowledgements.
///
/// @param askAfter how long an acknowledgement without a duration holds before its owner is asked;
///   empty if it holds until its episode ends
/// @param answerWithin how long before the end of an acknowledgement its owner is asked to renew
///   it; empty if nobody is asked
/// @param people by receiver: number of people who must acknowledge; 1 for others
public record AcknowledgementRules(
    Optional<Duration> askAfter, Optional<Duration> answerWithin, Map<String, Integer> people) {
  /// The rules if the configuration has none.
  public static final AcknowledgementRules NONE =
      new AcknowledgementRules(Optional.empty(), Optional.empty(), Map.of());

  /// More people are not on call for one receiver.
  public static final int MAX_PEOPLE = 10;

  public AcknowledgementRules {
    people = Map.copyOf(people);
    if (askAfter.isPresent() && answerWithin.isEmpty()) {
      throw new IllegalArgumentException("ask_after needs answer_within");
    }
  }

  /// Returns how many people must acknowledge an episode of a receiver.
  public int people(String receiver) {
    return people.getOrDefault(receiver, 1);
  }

  /// Returns when an acknowledgement without a duration expires; null if it does not.
  public @Nullable Instant end(Instant begin) {
    return askAfter.map(it -> begin.plus(it).plus(answerWithin.orElseThrow())).orElse(null);
  }

  /// Returns when the owner of an acknowledgement is asked to renew it; null if never, because it
  /// does not expire or is shorter than twice the time for an answer.
  ///
  /// @param end when it expires; null if it does not
  public @Nullable Instant asksAt(Instant begin, @Nullable Instant end) {
    if (end == null || answerWithin.isEmpty()) {
      return null;
    }
    Instant asks = end.minus(answerWithin.get());
    return asks.isBefore(begin.plus(answerWithin.get())) ? null : asks;
  }
}
