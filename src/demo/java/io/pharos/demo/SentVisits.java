package io.pharos.demo;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;

/// Sends simulated requests over HTTP through the proxy in front of the demo backend. A header
/// tells the backend the outcome of each request. Streams are only recorded.
final class SentVisits implements Visits {
  /// The outcome of a request.
  ///
  /// @param ip the client in the log
  record Outcome(int status, OptionalInt code, double seconds, String ip) {}

  private static final String HEADER = "X-Demo-Outcome";
  private static final int MAX_UNDER_WAY = 512;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient client;
  private final URI front;
  private final String token;
  private final Visits streams;
  private final Semaphore room = new Semaphore(MAX_UNDER_WAY);

  /// @param front `http://HOST:PORT`
  /// @param streams the recorder of streams
  SentVisits(HttpClient client, URI front, String token, Visits streams) {
    this.client = client;
    this.front = front;
    this.token = token;
    this.streams = streams;
  }

  @Override
  public void make(Visit visit) {
    if (visit.isStream()) {
      streams.make(visit);
    } else if (room
        .tryAcquire()) { // too many open requests, as the backend hangs: this one is not sent
      var _ =
          client
              .sendAsync(request(visit), HttpResponse.BodyHandlers.discarding())
              .whenComplete((_, _) -> room.release());
    }
  }

  private HttpRequest request(Visit visit) {
    String code = visit.code().isPresent() ? Integer.toString(visit.code().getAsInt()) : "-";
    return HttpRequest.newBuilder(front.resolve(visit.path()))
        .method(
            visit.method(),
            visit.method().equals("POST")
                ? HttpRequest.BodyPublishers.ofString("{}")
                : HttpRequest.BodyPublishers.noBody())
        .header("User-Agent", visit.userAgent())
        .header("X-Forwarded-For", visit.ip())
        .header(HEADER, String.join(" ", token, "" + visit.status(), code, "" + visit.seconds()))
        .timeout(PATIENCE)
        .build();
  }

  /// The outcome in a request's header; absent without a header with the token.
  static Optional<Outcome> outcome(Headers headers, String token) {
    String header = headers.getFirst(HEADER);
    String[] words = header == null ? new String[0] : header.split(" ");
    if (words.length != 4 || !words[0].equals(token)) {
      return Optional.empty();
    }
    try {
      String ip = Optional.ofNullable(headers.getFirst("X-Forwarded-For")).orElse("");
      return Optional.of(
          new Outcome(
              Integer.parseInt(words[1]),
              words[2].equals("-")
                  ? OptionalInt.empty()
                  : OptionalInt.of(Integer.parseInt(words[2])),
              Double.parseDouble(words[3]),
              ip.replaceFirst(",.*", "")));
    } catch (NumberFormatException _) { // not one of our headers
      return Optional.empty();
    }
  }
}
