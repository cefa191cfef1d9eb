package io.pharos.http;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
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

/// Asks servers as one set of options says: by TLS and proxy, with headers and credentials, along
/// redirects, and within a time. The client below is made anew when a file of its TLS options
/// changes. Thread-safe.
public final class OutgoingClient implements AutoCloseable {
  private static final int UNAUTHORIZED = 401;

  private final Clients clients;
  private final HttpOptions options;
  private final Optional<OutgoingClient> tokenClient;
  private final RequestIdentity identity;
  private final boolean isDirect;
  private @Nullable RenewedClient client;
  private List<FileTime> stamps = List.of();
  private @Nullable TlsLayer layer;
  private List<FileTime> layerStamps = List.of();

  OutgoingClient(Clients clients, HttpOptions options, InstantSource clock) {
    this.clients = requireNonNull(clients, "clients is null");
    this.options = requireNonNull(options, "options is null");
    isDirect = clients.isDirect(options);
    tokenClient =
        options.credentials() instanceof Credentials.OAuth2 oauth2
            ? Optional.of(clients.open(oauth2.http()))
            : Optional.empty();
    identity =
        RequestIdentity.of(options, tokenClient.map(asked -> new AccessTokens(asked, clock)));
  }

  /// Makes ready, so that what can't be read is found before the first request.
  ///
  /// @throws CredentialsException when a file of the TLS options can't be used
  /// @throws IllegalArgumentException when the environment's proxy is no HTTP proxy
  public void prepare() throws CredentialsException {
    current();
    if (tokenClient.isPresent()) {
      tokenClient.get().prepare();
    }
  }

  private synchronized RenewedClient current() throws CredentialsException {
    try {
      List<FileTime> now = stamps();
      RenewedClient known = client;
      if (known != null && stamps.equals(now)) {
        return known;
      }
      RenewedClient fresh = RenewedClient.of(() -> clients.create(options));
      client = fresh;
      stamps = now;
      if (known != null) {
        known.shutdown();
      }
      return fresh;
    } catch (IOException e) {
      throw new CredentialsException("tls_config: " + e.getMessage(), false, e);
    }
  }

  /* What a connection of somebody's own goes by; null in clear. */
  private synchronized @Nullable TlsLayer layer(URI url) throws CredentialsException {
    if ("http".equalsIgnoreCase(url.getScheme())) {
      return null;
    }
    try {
      List<FileTime> now = stamps();
      TlsLayer known = layer;
      if (known != null && layerStamps.equals(now)) {
        return known;
      }
      TlsLayer fresh = TlsLayer.of(options.tls());
      layer = fresh;
      layerStamps = now;
      return fresh;
    } catch (IOException e) {
      throw new CredentialsException("tls_config: " + e.getMessage(), false, e);
    }
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

  /// Asks, and asks where the answer sends, if the options allow that. An answer that leads
  /// nowhere, or one too often, is given as it is; so is one that would have a body sent in clear
  /// that was first sent by TLS.
  ///
  /// @param request what every server is told
  /// @param own headers that only the first server is told
  /// @param body reads the answers' bodies, those of redirects too
  /// @param limit for everything, from the name to the last byte
  /// @throws CredentialsException when the request was not made
  /// @throws HttpTimeoutException when the last byte is not there in time
  /// @throws RedirectedException when a server fails that a redirect led to
  /// @throws IOException when there is no answer
  public <T> HttpResponse<T> send(
      HttpRequest request,
      Map<String, String> own,
      HttpResponse.BodyHandler<T> body,
      Duration limit)
      throws IOException, InterruptedException {
    return send(request, own, body, limit, null);
  }

  private <T> HttpResponse<T> send(
      HttpRequest request,
      Map<String, String> own,
      HttpResponse.BodyHandler<T> body,
      Duration limit,
      @Nullable KeptConnection kept)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    URI first = request.uri();
    HttpRequest plain = request;
    for (int hop = 0; ; hop++) {
      URI url = plain.uri();
      Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      boolean home = Redirect.isHome(first, url);
      HttpResponse<T> response;
      try {
        HttpRequest whole = home ? identity.put(plain, own, left) : plain;
        response =
            kept != null && home && isDirect && kept.takes(whole)
                ? exchange(whole, body, deadline, limit, kept)
                : exchange(finished(whole), body, deadline, limit);
      } catch (CredentialsException e) {
        throw e;
      } catch (IOException e) {
        throw hop == 0 ? e : new RedirectedException(url, e);
      }
      if (home && response.statusCode() == UNAUTHORIZED && identity.forgetToken()) {
        throw new CredentialsException(
            LoggableAddress.of(url) + " answered 401: it takes the access token no more", false);
      }
      Optional<URI> next = next(plain, response);
      if (next.isEmpty() || hop == Redirect.MOST) {
        return response;
      }
      plain = redirected(plain, next.get(), response.statusCode());
    }
  }

  /// As [#send(HttpRequest, Map, HttpResponse.BodyHandler, Duration)] without further headers.
  public <T> HttpResponse<T> send(
      HttpRequest request, HttpResponse.BodyHandler<T> body, Duration limit)
      throws IOException, InterruptedException {
    return send(request, Map.of(), body, limit);
  }

  /// As [#send(HttpRequest, Map, HttpResponse.BodyHandler, Duration)] without further headers, for
  /// somebody who asks the same server again and again. What is asked by no proxy goes by his own
  /// connection, on his own thread.
  ///
  /// @param body gives readers that copy what they are handed, and keep none of the buffers
  public <T> HttpResponse<T> send(
      HttpRequest request, HttpResponse.BodyHandler<T> body, Duration limit, KeptConnection kept)
      throws IOException, InterruptedException {
    return send(request, Map.of(), body, limit, requireNonNull(kept, "kept is null"));
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
    } catch (IllegalArgumentException _) { // it leads nowhere, and the status says the rest
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

  /// The request with what it lacks.
  static HttpRequest finished(HttpRequest request) {
    boolean clear = "http".equalsIgnoreCase(request.uri().getScheme());
    if (request.headers().firstValue("User-Agent").isPresent()
        && (!clear || request.version().filter(HttpClient.Version.HTTP_1_1::equals).isPresent())) {
      return request;
    }
    var builder = HttpRequest.newBuilder(request, (_, _) -> true);
    if (request.headers().firstValue("User-Agent").isEmpty()) {
      builder.setHeader("User-Agent", "Pharos");
    }
    if (clear) {
      builder.version(HttpClient.Version.HTTP_1_1); // else each request would offer an upgrade
    }
    return builder.build();
  }

  private <T> HttpResponse<T> exchange(
      HttpRequest request,
      HttpResponse.BodyHandler<T> body,
      long deadline,
      Duration limit,
      KeptConnection kept)
      throws IOException, InterruptedException {
    try {
      TlsLayer tls = layer(request.uri());
      return kept.exchange(request, body, clients::resolve, tls, deadline, limit);
    } catch (KeptConnection.UnsuitedException _) { // the JDK's client speaks HTTP/2 too
      return exchange(finished(request), body, deadline, limit);
    }
  }

  /* The JDK's own time-out ends with the headers, so a server that hangs behind them would hold
   * whoever asks for good. */
  private <T> HttpResponse<T> exchange(
      HttpRequest request, HttpResponse.BodyHandler<T> body, long deadline, Duration limit)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> answer = current().sendAsync(request, body);
    try {
      return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) { // told by the exception of this method
      answer.cancel(true);
      throw new HttpTimeoutException("no whole answer in " + limit);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /// What is thrown where a request failed.
  static IOException failure(ExecutionException problem) {
    Throwable cause = requireNonNullElse(problem.getCause(), problem);
    // Not the cause's text: the other side may have said it (see io.pharos.trouble.Fault).
    return cause instanceof IOException failed
        ? failed
        : new IOException("the request failed: " + cause.getClass().getName(), cause);
  }

  /// Takes no more requests; those under way go on. Its sockets are freed when they have ended.
  public synchronized void shutdown() {
    if (client != null) {
      client.shutdown();
    }
    tokenClient.ifPresent(OutgoingClient::shutdown);
  }

  /// Ends requests under way too.
  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
    }
    tokenClient.ifPresent(OutgoingClient::close);
  }
}
