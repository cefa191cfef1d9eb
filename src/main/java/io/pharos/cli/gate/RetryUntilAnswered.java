package io.pharos.cli.gate;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.gate.GateClient.Answer;
import java.time.Duration;

/// Repeats a request to Pharos until it answers, for commands in pipelines.
public final class RetryUntilAnswered {
  private RetryUntilAnswered() {}

  /// A request that can be repeated.
  public interface Call {
    /// Sends the request once.
    Answer send() throws InterruptedException;
  }

  /// Thrown to end a command with an outcome other than a verdict.
  public static final class Ended extends RuntimeException {
    public final GateOutcome outcome;

    /// Ends the command.
    public Ended(GateOutcome outcome, String message) {
      super(message);
      this.outcome = outcome;
    }
  }

  /// Sends a request until Pharos answers.
  ///
  /// @param failure begin of the error message, as in "the gate can't be opened"
  /// @param patience how long Pharos may be unreachable
  /// @param retry the pause between two attempts
  /// @return the body of the answer
  /// @throws Ended when Pharos refuses the request, or is unreachable for too long
  public static JsonNode on(Call call, String failure, Duration patience, Duration retry)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      switch (call.send()) {
        case Answer.Fine(int _, JsonNode body) -> {
          return body;
        }
        case Answer.Refused(int status, String reason) ->
            throw new Ended(
                GateOutcome.REFUSED, "%s: status %d, %s".formatted(failure, status, reason));
        case Answer.Unreachable(String reason) -> {
          if (System.nanoTime() - end >= 0) {
            throw new Ended(GateOutcome.UNREACHABLE, failure + ": " + reason);
          }
          Thread.sleep(retry);
        }
      }
    }
  }
}
