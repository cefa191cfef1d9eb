package io.pharos.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.GateClient.Answer;
import java.time.Duration;

/// Repeats a request to Pharos until it is answered, for commands that pipelines wait for.
final class RetryUntilAnswered {
  private RetryUntilAnswered() {}

  /// A request that can be repeated.
  interface Call {
    Answer send() throws InterruptedException;
  }

  /// Thrown to end a command with an outcome other than a verdict.
  static final class Ended extends RuntimeException {
    final GateOutcome outcome;

    Ended(GateOutcome outcome, String message) {
      super(message);
      this.outcome = outcome;
    }
  }

  /// The answer.
  ///
  /// @param what for the message, as in "the gate can't be opened"
  /// @param patience how long Pharos may be out of reach
  /// @param retry the time between two attempts
  /// @throws Ended where it is refused, or the patience is at its end
  static JsonNode on(Call call, String what, Duration patience, Duration retry)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      switch (call.send()) {
        case Answer.Fine(int _, JsonNode body) -> {
          return body;
        }
        case Answer.Refused(int status, String reason) ->
            throw new Ended(
                GateOutcome.REFUSED, "%s: status %d, %s".formatted(what, status, reason));
        case Answer.Unreachable(String reason) -> {
          if (System.nanoTime() - end >= 0) {
            throw new Ended(GateOutcome.UNREACHABLE, what + ": " + reason);
          }
          Thread.sleep(retry);
        }
      }
    }
  }
}
