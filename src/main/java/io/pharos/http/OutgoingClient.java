package io.pharos.http;

import static java.util.Objects.requireNonNullElse;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.model.PromDuration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Sends requests with one set of options: TLS, proxy, headers, credentials, redirects, timeouts.
/// The JDK client is replaced when a file of the TLS options changes. Thread-safe.
public final class OutgoingClient implements AutoCloseable {
  private static final int UNAUTHORIZED = 401;

  private final Clients clients;
  private final HttpOptions options;
  private final Optional<OutgoingClient> tokenClient;
  private final RequestIdentity identity;
  private final boolean isDirect;
  private @Nullable Stamped<RenewedClient> client;
  private @Nullable Stamped<TlsLayer> layer;

  OutgoingClient(Clients clients, HttpOptions options, InstantSource clock) {
    this.clients = clients;
    this.options = options;
    isDirect = clients.isDirect(options);
    tokenClient =
        options.credentials() instanceof Credentials.OAuth2 oauth2
            ? Optional.of(clients.open(oauth2.http()))
            : Optional.empty();
    identity =
        new RequestIdentity(
            options, tokenClient.map(tokenServer -> new AccessTokens(tokenServer, clock)));
  }

  /// Creates the JDK client now, so that unusable files are found before the first request.
  ///
  /// @throws CredentialsException if a file of the TLS options is unusable
  /// @throws IllegalArgumentException if an environment variable names a proxy that is not an HTTP
  ///   proxy
  public void prepare() throws CredentialsException {
    current();
    if (tokenClient.isPresent()) {
      tokenClient.get().prepare();
    }
  }

  /// An object created from files, and the modification times of these files.
  private record Stamped<T>(T object, List<FileTime> stamps) {}

  /// Creates an object from the files of the TLS options.
  private interface Factory<T> {
    T create() throws IOException;
  }

  /// Returns the existing object, or a new one if a file has changed since it was created.
  private <T> Stamped<T> current(@Nullable Stamped<T> existing, Factory<T> factory)
      throws CredentialsException {
    try {
      List<FileTime> now = stamps();
      return existing != null && existing.stamps.equals(now)
          ? existing
          : new Stamped<>(factory.create(), now);
    } catch (IOException e) {
      throw new CredentialsException("tls_config: " + e.getMessage(), false, e);
    }
  }

  private synchronized RenewedClient current() throws CredentialsException {
    Stamped<RenewedClient> existing = client;
    Stamped<RenewedClient> now =
        current(existing, () -> RenewedClient.of(() -> clients.create(options)));
    client = now;
    if (existing != null && existing.object != now.object) {
      existing.object.shutdown();
    }
    return now.object;
  }

  /* Returns the TLS layer for a [KeptConnection]; null for plain HTTP. */
  private synchronized @Nullable TlsLayer layer(URI url) throws CredentialsException {
    if ("http".equalsIgnoreCase(url.getScheme())) {
      return null;
    }
    layer = current(layer, () -> TlsLayer.of(options.tls()));
    return layer.object;
  }

  private List<FileTime> stamps() throws IOException {
    var found = new ArrayList<FileTime>();
    for (Path file : options.tls().files()) {
      try {
        found.add(OutsideFiles.modified(file));
      } catch (IOException e) {
        throw new IOException("unable to read file " + file + ": " + e, e);
      }
    }
    return found;
  }

  /// Sends a request and follows redirects if the options allow it. A redirect itself is returned
  /// as the response if its target is invalid, if the limit on redirects is reached, or if a body
  /// that was sent over TLS would be sent again over plain HTTP.
  ///
  /// @param request request that every server receives
  /// @param firstHeaders headers that only the first server receives
  /// @param body reads all response bodies, including those of redirects
  /// @param limit timeout from name resolution to the last byte
  /// @throws CredentialsException if the credentials or the files of the TLS options are
  ///   unavailable, or the server rejected the access token
  /// @throws HttpTimeoutException if the response is not complete in time
  /// @throws RedirectedException if the target of a redirect fails
  /// @throws IOException if there is no response
  public <T> HttpResponse<T> send(
      HttpRequest request,
      Map<String, String> firstHeaders,
      HttpResponse.BodyHandler<T> body,
      Duration limit)
      throws IOException, InterruptedException {
    return send(request, firstHeaders, body, limit, null);
  }

  private <T> HttpResponse<T> send(
      HttpRequest request,
      Map<String, String> firstHeaders,
      HttpResponse.BodyHandler<T> body,
      Duration limit,
      @Nullable KeptConnection connection)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    URI first = request.uri();
    HttpRequest current = request;
    for (int hop = 0; ; hop++) {
      URI url = current.uri();
      Duration remaining = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      boolean sameServer = Redirect.isSameServer(first, url);
      HttpResponse<T> response;
      try {
        HttpRequest identified =
            sameServer ? identity.apply(current, firstHeaders, remaining) : current;
        response =
            connection != null && sameServer && isDirect && connection.supports(identified)
                ? exchange(identified, body, deadline, limit, connection)
                : exchange(withDefaults(identified), body, deadline, limit);
      } catch (CredentialsException e) {
        throw e;
      } catch (IOException e) {
        throw hop == 0 ? e : new RedirectedException(url, e);
      }
      if (sameServer && response.statusCode() == UNAUTHORIZED && identity.forgetToken()) {
        throw new CredentialsException(
            LoggableAddress.of(url) + " answered 401: it rejected the access token", false);
      }
      Optional<URI> next = next(current, response);
      if (next.isEmpty() || hop == Redirect.MAX_REDIRECTS) {
        return response;
      }
      current = redirected(current, next.get(), response.statusCode());
    }
  }

  /// Sends a request without additional headers.
  public <T> HttpResponse<T> send(
      HttpRequest request, HttpResponse.BodyHandler<T> body, Duration limit)
      throws IOException, InterruptedException {
    return send(request, Map.of(), body, limit);
  }

  /// Sends a request over the caller's own connection, for callers that poll one server. A request
  /// through a proxy is sent by the shared client instead.
  ///
  /// @param body creates subscribers, which must copy the buffers that they receive
  public <T> HttpResponse<T> send(
      HttpRequest request,
      HttpResponse.BodyHandler<T> body,
      Duration limit,
      KeptConnection connection)
      throws IOException, InterruptedException {
    return send(request, Map.of(), body, limit, connection);
  }

  /// Opens a WebSocket connection with the TLS options and the proxy, but without credentials.
  ///
  /// @throws CredentialsException if a file of the TLS options is unusable
  /// @throws IOException if the server does not accept the connection within the limit
  public WebSocketLink webSocket(URI address, Duration limit)
      throws IOException, InterruptedException {
    return WebSocketLink.open(current().newWebSocketBuilder(), address, limit);
  }

  private Optional<URI> next(HttpRequest request, HttpResponse<?> response) {
    if (!options.followRedirects()) {
      return Optional.empty();
    }
    try {
      return Redirect.next(
              request.uri(), response.statusCode(), response.headers().firstValue("Location"))
          .filter(
              url -> request.method().equals("GET") || !Redirect.isDowngrade(request.uri(), url));
    } catch (IllegalArgumentException _) { // the target is invalid: the redirect itself is returned
      return Optional.empty();
    }
  }

  private static HttpRequest redirected(HttpRequest request, URI url, int status) {
    if (Redirect.keepsMethod(status) || request.method().equals("GET")) {
      return HttpRequest.newBuilder(request, (_, _) -> true).uri(url).build();
    }
    return HttpRequest.newBuilder(request, (name, _) -> !name.equalsIgnoreCase("Content-Type"))
        .uri(url)
        .GET()
        .build();
  }

  /// Adds the default User-Agent, and selects HTTP/1.1 for plain HTTP.
  static HttpRequest withDefaults(HttpRequest request) {
    boolean isPlainHttp = "http".equalsIgnoreCase(request.uri().getScheme());
    if (request.headers().firstValue("User-Agent").isPresent()
        && (!isPlainHttp
            || request.version().filter(HttpClient.Version.HTTP_1_1::equals).isPresent())) {
      return request;
    }
    var builder = HttpRequest.newBuilder(request, (_, _) -> true);
    if (request.headers().firstValue("User-Agent").isEmpty()) {
      builder.setHeader("User-Agent", "Pharos");
    }
    if (isPlainHttp) {
      builder.version(HttpClient.Version.HTTP_1_1); // omits the headers for an upgrade to HTTP/2
    }
    return builder.build();
  }

  private <T> HttpResponse<T> exchange(
      HttpRequest request,
      HttpResponse.BodyHandler<T> body,
      long deadline,
      Duration limit,
      KeptConnection connection)
      throws IOException, InterruptedException {
    try {
      TlsLayer tls = layer(request.uri());
      return connection.exchange(request, body, clients::resolve, tls, deadline, limit);
    } catch (KeptConnection.UnsupportedProtocolException _) { // the JDK's client supports HTTP/2
      return exchange(withDefaults(request), body, deadline, limit);
    }
  }

  /* The JDK's timeout ends with the headers, so a server could block the caller during the body.
   * This deadline includes the body. */
  private <T> HttpResponse<T> exchange(
      HttpRequest request, HttpResponse.BodyHandler<T> body, long deadline, Duration limit)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> answer = current().sendAsync(request, body);
    try {
      return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      answer.cancel(true);
      throw new HttpTimeoutException("no complete response within " + PromDuration.format(limit));
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /// Returns the exception for a failed request.
  static IOException failure(ExecutionException problem) {
    Throwable cause = requireNonNullElse(problem.getCause(), problem);
    // The cause's message is not shown, because it may contain text from the server.
    return cause instanceof IOException failed
        ? failed
        : new IOException("the request failed: " + cause.getClass().getName(), cause);
  }

  /// Sets the cause of an exception and returns the exception.
  static <E extends Exception> E caused(E problem, Throwable cause) {
    problem.initCause(cause);
    return problem;
  }

  /// Rejects new requests. Running requests complete; then the sockets are closed.
  public synchronized void shutdown() {
    if (client != null) {
      client.object.shutdown();
    }
    tokenClient.ifPresent(OutgoingClient::shutdown);
  }

  /// Closes the client and aborts running requests.
  @Override
  public synchronized void close() {
    if (client != null) {
      client.object.close();
    }
    tokenClient.ifPresent(OutgoingClient::close);
  }

  /// Thrown if the credentials of a request are unavailable or rejected: a file is unreadable, the
  /// token server returned no token, or the server rejected the access token.
  public static final class CredentialsException extends IOException {
    private static final long serialVersionUID = 1L;
    private final boolean isFinal;

    CredentialsException(String message, boolean isFinal, @Nullable Throwable cause) {
      super(message, cause);
      this.isFinal = isFinal;
    }

    CredentialsException(String message, boolean isFinal) {
      this(message, isFinal, null);
    }

    /// Returns whether retries are pointless until the token server's configuration changes.
    public boolean isFinal() {
      return isFinal;
    }
  }

  /// Thrown if the target of a redirect failed.
  public static final class RedirectedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final URI url;

    RedirectedException(URI url, IOException cause) {
      super(cause.getMessage(), cause);
      this.url = url;
    }

    /// Returns the target of the redirect.
    public URI url() {
      return url;
    }
  }
}
