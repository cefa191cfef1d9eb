package io.pharos.alerting.channel;

import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.pipeline.NotifyResult;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An access token of an app. It is requested when it is needed, by one thread at a time, and
/// reused until shortly before it expires. Thread-safe.
public final class AccessToken {
  /* A token must still be valid when its request arrives. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final ReentrantLock requesting = new ReentrantLock();
  private volatile @Nullable Reusable current;

  /// Creates a token that is requested by the first call.
  public AccessToken(InstantSource clock) {
    this.clock = clock;
  }

  private record Reusable(String text, Instant until) {}

  /// Requests a token.
  @FunctionalInterface
  public interface Login {
    /// Asks the service for a token.
    ///
    /// @throws IOException if a secret file cannot be read
    Answer login() throws IOException;
  }

  /// Result of a login.
  public sealed interface Answer {
    /// A token.
    ///
    /// @param life how long it is valid
    record Granted(String text, Duration life) implements Answer {}

    /// There is no token.
    ///
    /// @param result never [NotifyResult.Sent]
    record Refused(NotifyResult result) implements Answer {}
  }

  /// Calls a service with the token. If the service refuses the token, calls once more with a new
  /// one.
  ///
  /// @param isRefused whether the outcome means that the service does not accept the token
  /// @throws IOException if a secret file cannot be read
  public Outcome call(Login login, Function<String, Outcome> call, Predicate<Outcome> isRefused)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      switch (get(login)) {
        case Answer.Refused(NotifyResult result) -> {
          return new Outcome.Failed(result);
        }
        case Answer.Granted(String text, _) -> {
          Outcome outcome = call.apply(text);
          if (!isRefused.test(outcome)) {
            return outcome;
          }
          forget(text);
          if (attempt > 1) {
            return outcome;
          }
        }
      }
    }
  }

  private Answer get(Login login) throws IOException {
    requesting.lock();
    try {
      Reusable known = current;
      Instant now = clock.instant();
      if (known != null && now.isBefore(known.until())) {
        return new Answer.Granted(known.text(), Duration.between(now, known.until()));
      }
      Answer answer = login.login();
      if (answer instanceof Answer.Granted(String text, Duration life)) {
        Duration half = life.dividedBy(2);
        Duration reused = life.minus(half.compareTo(MARGIN) < 0 ? half : MARGIN);
        current = new Reusable(text, now.plus(reused));
      }
      return answer;
    } finally {
      requesting.unlock();
    }
  }

  private void forget(String text) {
    requesting.lock();
    try {
      Reusable known = current;
      if (known != null && known.text().equals(text)) { // not one that another thread has renewed
        current = null;
      }
    } finally {
      requesting.unlock();
    }
  }
}
