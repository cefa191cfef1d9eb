package io.pharos.alerting.notify.message;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.NotifyResult;
import io.pharos.config.alertmanager.HttpConfig;
import io.pharos.config.alertmanager.OAuth2Config;
import io.pharos.config.alertmanager.SecretValue;
import io.pharos.http.RenewedClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
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
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Calls a receiver over HTTP and says what became of it. Neither the address beyond its host nor
/// credentials ever stand in a result.
public final class HttpPoster implements AutoCloseable {
  /// The header that carries the delivery's id, so that a receiver can drop a repetition.
  public static final String DELIVERY_HEADER = "X-Pharos-Delivery";

  private static final String AUTHORIZATION = "Authorization";
  private static final int NO_CONTENT = 204;
  private static final int UNAUTHORIZED = 401;
  private static final int MAX_ANSWER = 64 * 1024;
  private static final int SHOWN = 300;
  private static final int MOST_REDIRECTS = 5;
  private static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

  /* Null where calls are kept. */
  private final @Nullable RenewedClient client;
  private final @Nullable RenewedClient tokenClient;

  /* One answer that every channel takes for success: a captured call has arrived. */
  private static final String TAKEN =
      """
      {"ok":true,"errcode":0,"code":0,"status":1,"access_token":"not-configured","expires_in":7200}\
      """;

  private final Exchange exchange;
  private final InstantSource clock;
  private final @Nullable AccessTokens tokens;

  /// @param client calls the receiver
  /// @param tokenClient calls the server of access tokens, where there is one
  HttpPoster(RenewedClient client, RenewedClient tokenClient, InstantSource clock) {
    this.client = requireNonNull(client, "client is null");
    this.tokenClient = requireNonNull(tokenClient, "tokenClient is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.exchange = (request, _, place, limit) -> send(client, request, place, limit);
    this.tokens = new AccessTokens(tokenClient, clock);
  }

  private HttpPoster(HttpCapture capture, InstantSource clock) {
    this.clock = requireNonNull(clock, "clock is null");
    this.exchange =
        (request, body, _, _) -> {
          capture.take(captured(request, body));
          return new Reply.Ended(new Outcome.Answered(200, TAKEN));
        };
    this.tokens = null;
    this.client = null;
    this.tokenClient = null;
  }

  /// One whose calls never leave: they are made as any other's, and kept.
  ///
  /// @param capture takes them; it sees whatever secret the configuration holds
  public static HttpPoster capturing(HttpCapture capture, InstantSource clock) {
    return new HttpPoster(requireNonNull(capture, "capture is null"), clock);
  }

  private static HttpCapture.Captured captured(HttpRequest request, String body) {
    var headers = new TreeMap<String, String>();
    request.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
    return new HttpCapture.Captured(request.method(), request.uri().toString(), headers, body);
  }

  /// Where a request goes that is made.
  private interface Exchange {
    Reply send(HttpRequest request, String body, String place, Duration limit);
  }

  /// For receivers that are called with this client and need no access token.
  public HttpPoster(HttpClient client, InstantSource clock) {
    this(RenewedClient.lasting(client), RenewedClient.lasting(client), clock);
  }

  /// For receivers that are called as this configuration says.
  ///
  /// @param executor runs the clients' tasks
  /// @throws IllegalArgumentException as [HttpClients#create]
  public static HttpPoster create(HttpConfig config, Executor executor, InstantSource clock) {
    RenewedClient client = client(config, executor);
    OAuth2Config oauth2 = config.oauth2();
    return new HttpPoster(client, oauth2 == null ? client : client(oauth2.http(), executor), clock);
  }

  private static RenewedClient client(HttpConfig config, Executor executor) {
    try {
      return RenewedClient.of(() -> HttpClients.create(config, executor));
    } catch (IOException e) {
      throw new IllegalStateException(e); // what can't be read is an illegal argument there
    }
  }

  /// Takes no more calls; those under way go on. Its sockets are freed when they have ended.
  @Override
  public void close() {
    if (client != null) {
      client.shutdown();
    }
    if (tokenClient != null) {
      tokenClient.shutdown();
    }
  }

  /// What came back.
  public sealed interface Outcome {
    /// An answer with a status of 2xx.
    record Answered(int status, String body) implements Outcome {}

    /// An answer with another status.
    ///
    /// @param result as most receivers mean it: 429 and 5xx may work later, others not
    record Refused(int status, String body, NotifyResult result) implements Outcome {}

    /// No answer.
    record Failed(NotifyResult result) implements Outcome {}

    /// What it means for the notification, where answers of 2xx are judged by their body.
    default NotifyResult judge(Function<String, NotifyResult> body) {
      return switch (this) {
        case Answered answered -> body.apply(answered.body());
        case Refused refused -> refused.result();
        case Failed failed -> failed.result();
      };
    }
  }

  /// One attempt to post JSON.
  ///
  /// @param url where to; a secret
  /// @param timeout how long it may take; zero for up to the deadline
  public Outcome post(
      HttpConfig config,
      String url,
      String json,
      String deliveryId,
      Duration timeout,
      Instant deadline) {
    return call(config, HttpCall.post(url, json), deliveryId, timeout, deadline);
  }

  /// One attempt.
  ///
  /// @param timeout how long it may take; zero for up to the deadline
  public Outcome call(
      HttpConfig config, HttpCall call, String deliveryId, Duration timeout, Instant deadline) {
    Duration left = Duration.between(clock.instant(), deadline);
    Duration limit = timeout.isZero() || timeout.compareTo(left) > 0 ? left : timeout;
    if (limit.isNegative() || limit.isZero()) {
      return retryable("no time left before the deadline", Optional.empty());
    }
    Outcome outcome = follow(config, call, deliveryId, limit);
    if (config.oauth2() != null
        && tokens != null
        && outcome instanceof Outcome.Refused(int status, _, var result)
        && status == UNAUTHORIZED) {
      // The token was taken back before its time; the next attempt fetches another.
      tokens.forget();
      return retryable(reason(result), Optional.empty());
    }
    return outcome;
  }

  private static String reason(NotifyResult result) {
    return switch (result) {
      case NotifyResult.Sent(String answer) -> answer;
      case NotifyResult.Retryable(String reason, _) -> reason;
      case NotifyResult.Rejected(String reason) -> reason;
      case NotifyResult.NotConfigured(String reason) -> reason;
    };
  }

  /// Calls, and calls where the answer says instead, if that is allowed.
  private Outcome follow(HttpConfig config, HttpCall first, String deliveryId, Duration limit) {
    Instant end = clock.instant().plus(limit);
    HttpCall call = first;
    Optional<URI> origin = Optional.empty();
    for (int hop = 0; ; hop++) {
      Duration left = hop == 0 ? limit : Duration.between(clock.instant(), end);
      HttpRequest request;
      String place;
      URI uri;
      try {
        uri = URI.create(call.url());
        place = place(uri);
        boolean home = origin.isEmpty() || isSameOrigin(origin.get(), uri);
        if (left.isNegative() || left.isZero()) {
          return late(place, limit);
        }
        request = request(config, uri, call, deliveryId, left, home);
      } catch (IllegalArgumentException _) {
        // The exception shows the address, which may hold a token.
        return new Outcome.Failed(
            new NotifyResult.Rejected("the address is not a URL, expected http(s)://host/…"));
      } catch (AccessTokens.RefusedException e) {
        return new Outcome.Failed(e.result());
      } catch (IOException e) {
        return retryable(String.valueOf(e.getMessage()), Optional.empty());
      }
      switch (exchange.send(request, call.body(), place, left)) {
        case Reply.Ended(Outcome outcome) -> {
          return outcome;
        }
        case Reply.Response(HttpResponse<byte[]> response) -> {
          Optional<URI> next = config.followRedirects() ? next(uri, response) : Optional.empty();
          if (next.isEmpty() || hop == MOST_REDIRECTS) {
            return classify(response, place);
          }
          origin = Optional.of(origin.orElse(uri));
          call = call.redirected(next.get().toString(), response.statusCode());
        }
      }
    }
  }

  /// Where an answer says that the call should go instead; never from HTTPS to HTTP.
  private static Optional<URI> next(URI uri, HttpResponse<?> response) {
    boolean redirects =
        switch (response.statusCode()) {
          case 301, 302, 303, 307, 308 -> true;
          default -> false;
        };
    if (!redirects) {
      return Optional.empty();
    }
    try {
      return response
          .headers()
          .firstValue("Location")
          .map(uri::resolve)
          .filter(next -> next.getHost() != null)
          .filter(
              next ->
                  "https".equals(next.getScheme())
                      || ("http".equals(next.getScheme()) && "http".equals(uri.getScheme())));
    } catch (IllegalArgumentException _) { // it leads nowhere, and the status says the rest
      return Optional.empty();
    }
  }

  private static boolean isSameOrigin(URI a, URI b) {
    return String.valueOf(a.getScheme()).equals(b.getScheme())
        && String.valueOf(a.getHost()).equalsIgnoreCase(b.getHost())
        && a.getPort() == b.getPort();
  }

  /// What came of one request.
  private sealed interface Reply {
    record Response(HttpResponse<byte[]> response) implements Reply {}

    record Ended(Outcome outcome) implements Reply {}
  }

  private static Reply send(
      RenewedClient client, HttpRequest request, String place, Duration limit) {
    // The request's own timeout ends with the headers; this one is for the whole exchange.
    CompletableFuture<HttpResponse<byte[]>> exchange =
        client.sendAsync(request, _ -> new BoundedBody(MAX_ANSWER));
    try {
      return new Reply.Response(exchange.get(limit.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException _) {
      exchange.cancel(true);
      return new Reply.Ended(late(place, limit));
    } catch (InterruptedException _) {
      exchange.cancel(true);
      Thread.currentThread().interrupt();
      return new Reply.Ended(retryable(place + ": interrupted", Optional.empty()));
    } catch (ExecutionException e) {
      if (isNoContent(e.getCause())) {
        return new Reply.Ended(new Outcome.Answered(NO_CONTENT, ""));
      }
      // The client's own timer and ours run out together; who notices first does not matter.
      return new Reply.Ended(
          e.getCause() instanceof HttpTimeoutException timeout
                  && !(timeout instanceof HttpConnectTimeoutException)
              ? late(place, limit)
              : retryable(place + ": " + failure(e.getCause()), Optional.empty()));
    }
  }

  /* The client takes a 204 that announces a body for no answer at all; the receiver took the message
   * all the same. */
  private static boolean isNoContent(@Nullable Throwable cause) {
    return cause instanceof IOException
        && String.valueOf(cause.getMessage())
            .contains("unexpected content length header with 204 response");
  }

  private static Outcome late(String place, Duration limit) {
    return retryable(
        place + " did not answer within " + limit.toMillis() + " ms", Optional.empty());
  }

  /// The kind of failure, and its text where that can't show the address.
  private static String failure(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpTimeoutException _ -> "timed out";
      case java.net.ConnectException _ -> "connection refused or host not found";
      case javax.net.ssl.SSLException tls ->
          "TLS: " + Clip.line(SHOWN, String.valueOf(tls.getMessage()));
      case null -> "failed";
      default -> cause.getClass().getSimpleName();
    };
  }

  private Outcome classify(HttpResponse<byte[]> response, String place) {
    int status = response.statusCode();
    String body = new String(response.body(), StandardCharsets.UTF_8);
    if (status / 100 == 2) {
      return new Outcome.Answered(status, body);
    }
    String reason = place + " answered " + status + shown(body);
    return new Outcome.Refused(
        status,
        body,
        status == 429 || status / 100 == 5
            ? new NotifyResult.Retryable(reason, retryAfter(response))
            : new NotifyResult.Rejected(reason));
  }

  private static Outcome retryable(String reason, Optional<Duration> after) {
    return new Outcome.Failed(new NotifyResult.Retryable(reason, after));
  }

  /// The beginning of an answer for a reason, or nothing for an empty one.
  public static String shown(String body) {
    String line = Clip.line(SHOWN, body);
    return line.isEmpty() ? "" : ": " + line;
  }

  /// Seconds or a date; at most an hour is believed.
  private Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .flatMap(this::parseRetryAfter)
        .filter(wait -> !wait.isNegative())
        .map(wait -> wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait);
  }

  private Optional<Duration> parseRetryAfter(String text) {
    String value = text.strip();
    if (value.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      // Whole seconds by the book; Discord sends fractions.
      return Optional.of(Duration.ofMillis((long) Math.ceil(1000 * Double.parseDouble(value))));
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Optional.of(Duration.between(clock.instant(), date.toInstant()));
    } catch (DateTimeParseException _) {
      // A header that can't be read is as good as none.
      return Optional.empty();
    }
  }

  private HttpRequest request(
      HttpConfig config, URI uri, HttpCall call, String deliveryId, Duration limit, boolean home)
      throws IOException, AccessTokens.RefusedException {
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(limit)
            .header("User-Agent", "Pharos")
            .method(
                call.method(),
                call.body().isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(call.body()));
    if (!call.contentType().isEmpty()) {
      request.header("Content-Type", call.contentType());
    }
    if ("http".equals(uri.getScheme())) {
      request.version(HttpClient.Version.HTTP_1_1); // else each request would offer an upgrade
    }
    if (deliveryId.matches("[!-~]+")) {
      request.header(DELIVERY_HEADER, deliveryId);
    }
    if (!home) {
      return request.build(); // another host is told nothing that is meant for the receiver
    }
    call.headers().forEach(request::header);
    for (var header : config.headers().entrySet()) {
      for (String value : values(header.getValue())) {
        request.header(header.getKey(), value);
      }
    }
    // Alertmanager's order: what the receiver itself asks for stands over http_config.
    if (!call.headers().containsKey(AUTHORIZATION)) {
      String authorization = authorization(config, uri, limit);
      if (!authorization.isEmpty()) {
        request.header(AUTHORIZATION, authorization);
      }
    }
    return request.build();
  }

  private static List<String> values(HttpConfig.Header header) throws IOException {
    var values = new ArrayList<>(header.values());
    for (SecretValue value : header.secrets()) {
      values.add(secret(value));
    }
    for (SecretValue value : header.files()) {
      values.add(secret(value));
    }
    return values;
  }

  private String authorization(HttpConfig config, URI uri, Duration limit)
      throws IOException, AccessTokens.RefusedException {
    HttpConfig.BasicAuth basic = config.basicAuth();
    if (basic != null) {
      String user = basic.usernameFile().read().orElse(basic.username());
      return basic(user, secret(basic.password()));
    }
    OAuth2Config oauth2 = config.oauth2();
    if (oauth2 != null && tokens != null) {
      return tokens.authorization(oauth2, limit);
    }
    HttpConfig.Authorization authorization = config.authorization();
    if (authorization == null && uri.getUserInfo() != null) {
      String[] pair = uri.getUserInfo().split(":", 2);
      return basic(pair[0], pair.length == 1 ? "" : pair[1]);
    }
    return authorization == null
        ? ""
        : authorization.type() + " " + secret(authorization.credentials());
  }

  static String basic(String user, String password) {
    String pair = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String secret(SecretValue value) throws IOException {
    return value.read().orElse("");
  }

  /// Scheme and host, without path and query: tokens stand there.
  static String place(URI uri) {
    String host = uri.getHost();
    String scheme = uri.getScheme();
    if (host == null || scheme == null || !scheme.matches("https?")) {
      throw new IllegalArgumentException("no host");
    }
    return scheme + "://" + host + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + "/…";
  }
}
