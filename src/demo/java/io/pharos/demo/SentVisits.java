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

/// Sends simulated requests over HTTP through the proxy in front of the demo backend. A header of
/// each request contains the outcome that the backend must produce. Streams are only recorded.
final class SentVisits implements Visits {
  /// The outcome of a request.
  ///
  /// @param ip the client in the log
  record Outcome(int status, OptionalInt code, double seconds, String ip) {}

  private static final String HEADER = "X-Demo-Outcome";

  /* The JDK's server keeps 200 idle connections. Beyond them it closes a connection after its
  answer, and the next request on that connection is lost. The rest is for other clients. */
  private static final int MAX_OPEN = 150;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient client;
  private final URI front;
  private final String token;
  private final Visits streams;
  private final Semaphore slots = new Semaphore(MAX_OPEN);

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
    } else if (slots.tryAcquire()) { // if the backend hangs, further requests are not sent
      var _ =
          client
              .sendAsync(request(visit), HttpResponse.BodyHandlers.discarding())
              .whenComplete((_, _) -> slots.release());
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
        .timeout(TIMEOUT)
        .build();
  }

  /// Returns the outcome in a request's header; empty without a header with the token.
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
