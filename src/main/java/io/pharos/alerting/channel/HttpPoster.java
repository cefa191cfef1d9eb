package io.pharos.alerting.channel;

import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.BoundedBody;
import io.pharos.http.LoggableAddress;
import io.pharos.http.OutgoingClient;
import io.pharos.http.OutgoingClient.CredentialsException;
import io.pharos.http.OutgoingClient.RedirectedException;
import io.pharos.http.Redirect;
import io.pharos.http.RequestIdentity;
import io.pharos.http.WebSocketLink;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Calls receivers over HTTP and classifies the answers. Results contain no credentials, and only
/// scheme, host and port of URLs.
public final class HttpPoster {
  /// Header with the delivery's id, so that a receiver can drop duplicates.
  public static final String DELIVERY_HEADER = "X-Pharos-Delivery";

  private static final Pattern ID = Pattern.compile("[!-~]+");
  private static final int NO_CONTENT = 204;
  private static final int MAX_ANSWER = 64 * 1024;
  private static final int MAX_EXCERPT = 300;
  private static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

  /* The answer to a captured call. Every channel accepts it as success. */
  private static final String SUCCESS =
      """
      {"ok":true,"errcode":0,"code":0,"status":1,"id":1,"access_token":"not-configured","expires_in":7200,\
      "tenant_access_token":"not-configured","accessToken":"not-configured"}\
      """;

  /// Sends a request or captures it.
  private interface Exchange {
    Outcome send(HttpRequest request, HttpCall call, Duration limit)
        throws IOException, InterruptedException;
  }

  /// Opens WebSocket connections.
  private interface Opening {
    WebSocketLink open(URI address, Duration limit) throws IOException, InterruptedException;
  }

  private final Exchange exchange;
  private final Opening opening;
  private final InstantSource clock;

  /// Creates a poster.
  ///
  /// @param client calls the receivers; the caller closes it
  public HttpPoster(OutgoingClient client, InstantSource clock) {
    this.clock = clock;
    opening = client::webSocket;
    exchange =
        (request, call, limit) ->
            classify(client.send(request, call.headers(), BoundedBody.of(MAX_ANSWER), limit));
  }

  private HttpPoster(RequestIdentity identity, Capture capture, InstantSource clock) {
    this.clock = clock;
    opening =
        (_, _) -> {
          throw new IOException("messages are stored locally");
        };
    exchange =
        (request, call, limit) -> {
          if (!call.isLogin()) {
            capture.accept(captured(identity.apply(request, call.headers(), limit), call.body()));
          }
          return new Outcome.Answered(200, SUCCESS);
        };
  }

  /// Creates a poster that captures its requests instead of sending them.
  ///
  /// @param capture receives the requests, including their secrets
  public static HttpPoster capturing(HttpOptions options, Capture capture, InstantSource clock) {
    return new HttpPoster(RequestIdentity.offline(options), capture, clock);
  }

  private static Captured captured(HttpRequest request, String body) {
    var headers = new TreeMap<String, String>();
    request.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
    return new Captured(request.method(), request.uri().toString(), headers, body);
  }

  /// Receives requests instead of the real receivers. The requests are complete, with all headers
  /// and secrets.
  @FunctionalInterface
  public interface Capture {
    /// Captures one request.
    void accept(Captured call);
  }

  /// A request as it would have been sent.
  ///
  /// @param headers all headers except the headers that the network layer adds
  public record Captured(
      String method, String url, SortedMap<String, String> headers, String body) {
    public Captured {
      headers = new TreeMap<>(headers);
    }
  }

  /// Outcome of a call.
  public sealed interface Outcome {
    /// A 2xx answer.
    record Answered(int status, String body) implements Outcome {}

    /// Any other answer, or no answer.
    ///
    /// @param status 0 if there is no answer
    /// @param result result for channels without own rules: retryable for 429, 5xx or a network
    ///   failure; otherwise rejected
    record Failed(int status, String body, NotifyResult result) implements Outcome {
      /// There was no answer.
      public Failed(NotifyResult result) {
        this(0, "", result);
      }
    }

    /// Converts the outcome to a result.
    ///
    /// @param body converts the body of a 2xx answer to a result
    default NotifyResult judge(Function<String, NotifyResult> body) {
      return switch (this) {
        case Answered answered -> body.apply(answered.body());
        case Failed failed -> failed.result();
      };
    }
  }

  /// Makes one attempt.
  ///
  /// @param timeout timeout of the call; zero means until the deadline
  public Outcome call(HttpCall call, String deliveryId, Duration timeout, Instant deadline) {
    Duration left = Duration.between(clock.instant(), deadline);
    Duration limit = timeout.isZero() || timeout.compareTo(left) > 0 ? left : timeout;
    if (limit.isNegative() || limit.isZero()) {
      return retryable("no time left before the deadline", Optional.empty());
    }
    HttpRequest request;
    String place;
    try {
      URI url = URI.create(call.url());
      place = LoggableAddress.of(url);
      request = request(url, call, deliveryId);
    } catch (IllegalArgumentException _) {
      // The exception's message contains the URL, which may contain a token, so it is not shown.
      return new Outcome.Failed(
          new NotifyResult.Rejected(
              "the address is not a URL, expected http(s)://host/…; correct the configuration"));
    }
    try {
      return exchange.send(request, call, limit);
    } catch (CredentialsException e) {
      String reason = String.valueOf(e.getMessage());
      return e.isFinal()
          ? new Outcome.Failed(new NotifyResult.Rejected(reason))
          : retryable(reason, Optional.empty());
    } catch (RedirectedException e) {
      return failed(e.getCause(), LoggableAddress.of(e.url()), limit);
    } catch (IOException e) {
      return failed(e, place, limit);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return retryable(place + ": the attempt was interrupted", Optional.empty());
    }
  }

  /// Opens a WebSocket connection.
  ///
  /// @param address `wss://…`, or `ws://…`
  /// @throws IOException if the server does not accept it within the limit; without the address'
  ///   path and parameters
  public WebSocketLink webSocket(String address, Duration limit)
      throws IOException, InterruptedException {
    URI url;
    try {
      url = URI.create(address);
    } catch (IllegalArgumentException _) { // its message contains the address
      throw new IOException("the service answered an address that is no URL");
    }
    if (!"wss".equals(url.getScheme()) && !"ws".equals(url.getScheme())) {
      throw new IOException("the service answered an address that is no WebSocket");
    }
    return opening.open(url, limit);
  }

  private static Outcome failed(@Nullable Throwable cause, String place, Duration limit) {
    if (isNoContent(cause)) {
      return new Outcome.Answered(NO_CONTENT, "");
    }
    return cause instanceof HttpTimeoutException && !(cause instanceof HttpConnectTimeoutException)
        ? retryable(place + " did not answer within " + limit.toMillis() + " ms", Optional.empty())
        : retryable(place + ": " + failure(cause), Optional.empty());
  }

  private static HttpRequest request(URI url, HttpCall call, String deliveryId) {
    var request =
        HttpRequest.newBuilder(url)
            .header("User-Agent", "Pharos")
            .method(
                call.method(),
                call.body().isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(call.bytes()));
    if (!call.contentType().isEmpty()) {
      request.header("Content-Type", call.contentType());
    }
    if (ID.matcher(deliveryId).matches()) {
      request.header(DELIVERY_HEADER, deliveryId);
    }
    return request.build();
  }

  /* The JDK's client throws if a 204 answer announces a body, although the receiver accepted the
   * message. */
  private static boolean isNoContent(@Nullable Throwable cause) {
    return cause instanceof IOException
        && String.valueOf(cause.getMessage())
            .contains("unexpected content length header with 204 response");
  }

  /// Describes why a call failed, without the URL.
  private static String failure(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpTimeoutException _ -> "timed out";
      case java.net.ConnectException _ -> "connection refused or host not found";
      case javax.net.ssl.SSLException tls ->
          "TLS: " + TextLimit.line(MAX_EXCERPT, String.valueOf(tls.getMessage()));
      case null -> "failed";
      default -> cause.getClass().getSimpleName();
    };
  }

  private Outcome classify(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    String body = new String(response.body(), StandardCharsets.UTF_8);
    if (status / 100 == 2) {
      return new Outcome.Answered(status, body);
    }
    String reason =
        LoggableAddress.of(response.uri())
            + " answered "
            + status
            + redirect(response)
            + excerpt(body);
    return new Outcome.Failed(
        status,
        body,
        status == 429 || status / 100 == 5
            ? new NotifyResult.Retryable(reason, retryAfter(response))
            : new NotifyResult.Rejected(reason));
  }

  /// Describes a redirect that was not followed; empty for other answers. The path of the target is
  /// omitted, because it may contain a token.
  private static String redirect(HttpResponse<?> response) {
    try {
      return Redirect.next(
              response.uri(), response.statusCode(), response.headers().firstValue("Location"))
          .map(
              target ->
                  " and redirected to "
                      + LoggableAddress.of(target)
                      + ", which was not followed; correct the address, or set"
                      + " http_config.follow_redirects to true")
          .orElse("");
    } catch (IllegalArgumentException _) { // the target is no HTTP URL
      return " and redirected to an invalid address";
    }
  }

  private static Outcome retryable(String reason, Optional<Duration> after) {
    return new Outcome.Failed(new NotifyResult.Retryable(reason, after));
  }

  /// Returns a colon and the beginning of an answer, to append to an error message; empty for an
  /// empty answer.
  public static String excerpt(String body) {
    String line = TextLimit.line(MAX_EXCERPT, body);
    return line.isEmpty() ? "" : ": " + line;
  }

  /// Parses the header `Retry-After`: seconds or a date. Returns at most one hour; empty if the
  /// header is missing or invalid.
  private Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .or(() -> response.headers().firstValue("x-ogw-ratelimit-reset")) // Feishu's
        .flatMap(this::parseRetryAfter)
        .filter(wait -> !wait.isNegative())
        .map(wait -> wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait);
  }

  private Optional<Duration> parseRetryAfter(String text) {
    String value = text.strip();
    if (value.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      // The standard permits only whole seconds, but Discord sends fractions.
      return Optional.of(Duration.ofMillis((long) Math.ceil(1000 * Double.parseDouble(value))));
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Optional.of(Duration.between(clock.instant(), date.toInstant()));
    } catch (DateTimeParseException _) {
      // An invalid header is ignored.
      return Optional.empty();
    }
  }
}
