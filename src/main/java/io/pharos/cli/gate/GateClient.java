package io.pharos.cli.gate;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// Sends the requests of `pharos gate` and `pharos rollout` to Pharos' API.
public record GateClient(ApiClient client, Pace pace) {
  private static final String ROOT = "/api/pharos/v1";
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  /// The timing of requests to Pharos.
  ///
  /// @param poll maximum time for which one request waits for a new state
  /// @param retry pause before a failed request is repeated
  /// @param patience how long [#insist] repeats a request while Pharos is unreachable
  public record Pace(Duration poll, Duration retry, Duration patience) {}

  /// A request that can be repeated.
  public interface Call {
    /// Sends the request once.
    Answer send() throws InterruptedException;
  }

  /// Ends a command without a verdict, with the exit code of `outcome`.
  public static final class Ended extends RuntimeException {
    public final GateOutcome outcome;

    /// Creates the exception with the message that the command prints.
    public Ended(GateOutcome outcome, String message) {
      super(message);
      this.outcome = outcome;
    }
  }

  /// The response to one request.
  public sealed interface Answer {
    /// The response has a status below 400.
    ///
    /// @param body the body as JSON
    record Fine(int status, JsonNode body) implements Answer {}

    /// Pharos refused the request; a retry would be refused too.
    record Refused(int status, String reason) implements Answer {}

    /// There was no response, a temporary error, or a response that is not from Pharos; a retry may
    /// succeed.
    record Unreachable(String reason) implements Answer {}
  }

  /// Sends a GET request to a path of the API.
  public Answer get(String path) throws InterruptedException {
    return send("GET", path, Map.of(), "", TIMEOUT);
  }

  /// Sends a request with a JSON body to a path of the API.
  public Answer send(String method, String path, Map<String, String> headers, JsonNode body)
      throws InterruptedException {
    return send(method, path, headers, body.toString(), TIMEOUT);
  }

  private Answer send(
      String method, String path, Map<String, String> headers, String body, Duration limit)
      throws InterruptedException {
    try {
      return read(client.send(method, ROOT + path, headers, body, limit));
    } catch (IOException e) {
      return new Answer.Unreachable(
          URI.create(client.url()).getHost() + " does not answer: " + ApiClient.reason(e));
    }
  }

  /// Returns a key or an id encoded for a path; slashes are not encoded.
  public static String path(String key) {
    return Arrays.stream(key.split("/", -1))
        .map(ApiClient::encoded)
        .collect(Collectors.joining("/"));
  }

  /// Repeats a request until Pharos accepts or refuses it.
  ///
  /// @param failure beginning of the error message, as in "the gate can't be opened"
  /// @return the body of the response
  /// @throws Ended when Pharos refuses the request, or is unreachable for longer than
  ///   [Pace#patience]
  public JsonNode insist(Call call, String failure) throws InterruptedException {
    long end = System.nanoTime() + pace.patience().toNanos();
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
          Thread.sleep(pace.retry());
        }
      }
    }
  }

  /// A gate or a rollout whose final state [#await] waits for.
  public interface Awaited {
    /// Returns whether the state is not final.
    boolean isOpen(JsonNode state);

    /// Returns the beginning of the path that requests the state after this one. It ends in `?` or
    /// `&`, and a parameter is appended.
    String path(JsonNode state);

    /// Reports a new state.
    void tell(JsonNode before, JsonNode state);
  }

  /// Waits for a final state. While Pharos is unreachable, the request is repeated.
  ///
  /// @param lastKnown the last known state
  /// @param failure beginning of the error message, as in "the verdict can't be read"
  /// @return the final state, or the newest known state if the wait ends earlier
  /// @throws Ended when Pharos refuses a request, or is unreachable at the end of the wait
  public JsonNode await(JsonNode lastKnown, Duration wait, String failure, Awaited awaited)
      throws InterruptedException {
    long end = System.nanoTime() + wait.toNanos();
    JsonNode state = lastKnown;
    String trouble = "";
    while (awaited.isOpen(state)) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        if (!trouble.isEmpty()) {
          throw new Ended(GateOutcome.UNREACHABLE, failure + ": " + trouble);
        }
        return state;
      }
      Duration part = Duration.ofNanos(Math.min(left, pace.poll().toNanos()));
      String path = awaited.path(state) + "wait=" + part.toMillis() + "ms";
      switch (send("GET", path, Map.of(), "", TIMEOUT.plus(part))) {
        case Answer.Fine(int _, JsonNode body) -> {
          trouble = "";
          awaited.tell(state, body);
          state = body;
        }
        case Answer.Refused(int status, String reason) ->
            throw new Ended(
                GateOutcome.REFUSED, "%s: status %d, %s".formatted(failure, status, reason));
        case Answer.Unreachable(String reason) -> {
          trouble = reason;
          Thread.sleep(Math.min(pace.retry().toMillis(), Math.max(1, left / 1_000_000)));
        }
      }
    }
    return state;
  }

  private static Answer read(ApiClient.Answer answer) {
    int status = answer.status();
    if (status == 429 || status >= 500) {
      return new Answer.Unreachable("status " + status + ": " + answer.reason());
    }
    if (status >= 400) {
      return new Answer.Refused(status, answer.reason());
    }
    if (status >= 300 || !answer.json().isObject()) {
      return new Answer.Unreachable("status " + status + ", but the answer is not from Pharos");
    }
    return new Answer.Fine(status, answer.json());
  }
}
