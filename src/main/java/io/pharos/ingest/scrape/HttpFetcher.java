package io.pharos.ingest.scrape;

import static io.pharos.ingest.scrape.ScrapeFailure.Reason.BODY_SIZE;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.CONNECT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.CREDENTIALS;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.FORMAT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.STATUS;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.TIMEOUT;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.ScrapeProtocol;
import io.pharos.http.ClientPool;
import io.pharos.http.OutgoingClient.CredentialsException;
import io.pharos.http.OutgoingClient.RedirectedException;
import io.pharos.http.Redirect;
import io.pharos.ingest.exposition.Format;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.MemoryPool;
import io.pharos.limits.heap.MemoryReservation;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.trouble.FailureOrigin;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// Fetches pages with an [io.pharos.http.OutgoingClient], or, without a proxy, over the
/// [io.pharos.http.KeptConnection] of the target's loop. The timeout includes everything from name
/// resolution to the last byte. Secret files are read for each request.
final class HttpFetcher implements ScrapedPage.Fetcher {
  private static final int MIN_INFLATE_BYTES = 64 * 1024;

  private final ClientPool clients;
  private final ScrapeOptions options;
  private final MemoryPool memory;
  private final BodyReader.Buffers buffers;

  HttpFetcher(ClientPool clients, ScrapeOptions options, MemoryBounds budgets) {
    this.clients = clients;
    this.options = options;
    this.memory = budgets.pool(MemoryBound.PAGES);
    this.buffers = new BodyReader.Buffers(options.parsers());
  }

  @Override
  public ScrapedPage fetch(ScrapeConfig config, Target target, TargetConnection connection)
      throws ScrapeFailure, InterruptedException {
    int limit =
        config.limits().bodyBytes() > 0
            ? (int) Math.min(config.limits().bodyBytes(), options.maxBodyBytes())
            : options.maxBodyBytes();
    MemoryReservation reservation = memory.open();
    boolean handedOver = false;
    Optional<Path> tokenFile = tokenFile(config.http());
    long tokenVersion =
        tokenFile
            .map(options.tokens()::version)
            .orElse(ScrapeOptions.TokenRejectionListener.UNKNOWN);
    try {
      HttpResponse<BodyReader.Body> response =
          clients
              .client(config.http())
              .send(
                  request(config, target, connection),
                  _ -> new BodyReader(limit, reservation, buffers),
                  target.timeout(),
                  connection.connection);
      if (tokenVersion != ScrapeOptions.TokenRejectionListener.UNKNOWN
          && response.statusCode() == 401) {
        checkToken(tokenFile.orElseThrow(), tokenVersion, 401, new ScrapedPage(new byte[0], 0, ""));
      }
      connection.certificateExpiry = response.sslSession().map(HttpFetcher::expiry).orElse(null);
      checkStatus(config.http(), response);
      ScrapedPage page = page(response, new Bound(limit, reservation, buffers));
      if (tokenVersion != ScrapeOptions.TokenRejectionListener.UNKNOWN) {
        checkToken(tokenFile.orElseThrow(), tokenVersion, 200, page);
      }
      handedOver = true;
      return page;
    } catch (OverBudgetException e) {
      throw overBudget(e);
    } catch (RedirectedException e) {
      throw failure(e.url(), target, e, limit);
    } catch (IOException e) {
      throw failure(target.url(), target, e, limit);
    } catch (RuntimeException | Error e) {
      if (FailureOrigin.of(e) instanceof FailureOrigin.Own own) {
        throw new ScrapeFailure(own, e);
      }
      throw e;
    } finally {
      if (!handedOver) {
        reservation.close();
      }
    }
  }

  private static @Nullable Instant expiry(SSLSession session) {
    try {
      return Stream.of(session.getPeerCertificates())
          .map(X509Certificate.class::cast)
          .map(certificate -> certificate.getNotAfter().toInstant())
          .min(Comparator.naturalOrder())
          .orElse(null);
    } catch (SSLPeerUnverifiedException _) { // the server has no certificate
      return null;
    }
  }

  private static Optional<Path> tokenFile(HttpOptions http) {
    return http.credentials() instanceof Credentials.Header(_, SecretSource.FromFile(Path file))
        ? Optional.of(file)
        : Optional.empty();
  }

  /* Throws if the target rejected its token: a rejected token does not tell whether the target
   * works. */
  private void checkToken(Path file, long version, int status, ScrapedPage page)
      throws ScrapeFailure {
    if (options.tokens().isRefusal(file, version, status, page.body(), page.length())) {
      throw new ScrapeFailure(
          CREDENTIALS, "the target rejects the token of " + file + "; a new one is requested");
    }
  }

  /// Limits and memory for reading a body.
  ///
  /// @param bytes maximum length in bytes
  /// @param memory reserves the memory for the body
  /// @param buffers pool from which arrays are taken, and to which they return after use
  private record Bound(int bytes, MemoryReservation memory, BodyReader.Buffers buffers) {
    ScrapedPage page(byte[] body, int length, String contentType) {
      return new ScrapedPage(body, length, contentType, memory, buffers);
    }
  }

  /// Returns a failure that is caused by Pharos: a memory limit does not tell whether the target
  /// works.
  private static ScrapeFailure overBudget(OverBudgetException e) {
    return new ScrapeFailure(
        new FailureOrigin.Own(FailureOrigin.Kind.LIMIT, "the page of this target is " + e.reason()),
        e);
  }

  private static void checkStatus(HttpOptions http, HttpResponse<?> response) throws ScrapeFailure {
    if (response.statusCode() == 200) {
      return;
    }
    if (http.followRedirects()) {
      Optional<String> location = response.headers().firstValue("Location");
      try {
        if (Redirect.next(response.uri(), response.statusCode(), location).isPresent()) {
          throw new ScrapeFailure(STATUS, "stopped after " + Redirect.MAX_REDIRECTS + " redirects");
        }
      } catch (IllegalArgumentException e) {
        throw new ScrapeFailure(STATUS, String.valueOf(e.getMessage()), e);
      }
    }
    throw new ScrapeFailure(
        STATUS, "server returned HTTP status " + response.statusCode() + ", expected 200");
  }

  private HttpRequest request(ScrapeConfig config, Target target, TargetConnection connection) {
    HttpRequest cached = connection.request;
    if (cached == null) {
      cached = request(config, target);
      connection.request = cached;
    }
    return cached;
  }

  private HttpRequest request(ScrapeConfig config, Target target) {
    var request = HttpRequest.newBuilder(target.url());
    if (target.url().getScheme().equals("http")) {
      request.version(HttpClient.Version.HTTP_1_1);
    }
    return request
        .GET()
        .header(
            "Accept",
            Format.accept(config.protocols().stream().map(ScrapeProtocol::mediaRange).toList()))
        .header("Accept-Encoding", config.enableCompression() ? "gzip" : "identity")
        .header("User-Agent", options.userAgent())
        .header(
            "X-Prometheus-Scrape-Timeout-Seconds",
            Double.toString(target.timeout().toMillis() / 1000.0))
        .build();
  }

  /// Returns the failure for the outermost exception in the chain of causes that has a known type.
  private static ScrapeFailure failure(URI url, Target target, IOException problem, int limit) {
    if (FailureOrigin.of(problem) instanceof FailureOrigin.Own own) {
      return new ScrapeFailure(own, problem);
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case CredentialsException e -> {
          return new ScrapeFailure(CREDENTIALS, String.valueOf(e.getMessage()), e);
        }
        case OverBudgetException e -> {
          return overBudget(e);
        }
        case BodyReader.TooLong _ -> {
          return bodyTooLong(limit);
        }
        case UnresolvedAddressException e -> {
          return unresolved(url, e);
        }
        case HttpConnectTimeoutException e -> {
          return new ScrapeFailure(TIMEOUT, url + ": " + e.getMessage(), e);
        }
        case HttpTimeoutException e -> {
          return new ScrapeFailure(
              TIMEOUT,
              "%s: no complete answer within the timeout of %s"
                  .formatted(url, PromDuration.format(target.timeout())),
              e);
        }
        case ConnectException e when !(e.getCause() instanceof UnresolvedAddressException) -> {
          String message = e.getMessage() == null ? "connection refused" : e.getMessage();
          return new ScrapeFailure(CONNECT, url + ": can't connect: " + message, e);
        }
        case EOFException e -> {
          return new ScrapeFailure(CONNECT, url + ": " + e.getMessage(), e);
        }
        case SSLException e -> {
          return new ScrapeFailure(CONNECT, url + ": TLS: " + e.getMessage(), e);
        }
        default -> {}
      }
    }
    return new ScrapeFailure(CONNECT, url + ": " + problem, problem);
  }

  /* The client does not report why a name has no address. Resolving it again distinguishes an
   * unknown name, which is the target's failure, from a resolver that does not answer. */
  private static ScrapeFailure unresolved(URI url, Throwable problem) {
    try {
      InetAddress _ = InetAddress.getByName(url.getHost());
    } catch (UnknownHostException e) {
      if (FailureOrigin.of(e) instanceof FailureOrigin.Own own) {
        return new ScrapeFailure(own, e);
      }
    }
    return new ScrapeFailure(CONNECT, url + ": no such host " + url.getHost(), problem);
  }

  private static ScrapeFailure bodyTooLong(int limit) {
    return new ScrapeFailure(
        BODY_SIZE, "body size limit exceeded: the body has more than " + limit + " bytes");
  }

  private static ScrapedPage page(HttpResponse<BodyReader.Body> response, Bound bound)
      throws ScrapeFailure {
    String contentType = response.headers().firstValue("Content-Type").orElse("");
    String encoding = response.headers().firstValue("Content-Encoding").orElse("identity");
    BodyReader.Body body = response.body();
    return switch (encoding.toLowerCase(Locale.ROOT)) {
      case "identity", "" -> bound.page(body.bytes(), body.length(), contentType);
      case "gzip", "x-gzip" -> inflate(body, bound, contentType);
      default ->
          throw new ScrapeFailure(
              FORMAT, "found Content-Encoding " + Quoted.of(encoding) + ", expected gzip or none");
    };
  }

  private static ScrapedPage inflate(BodyReader.Body body, Bound bound, String contentType)
      throws ScrapeFailure {
    int limit = bound.bytes();
    long compressedBytes = body.bytes().length;
    byte[] bytes = bound.buffers().take(bound.memory(), compressedBytes);
    if (bytes.length == 0) {
      long first = Math.min(limit, Math.max(MIN_INFLATE_BYTES, 4L * body.length()));
      bytes =
          new byte
              [bound.memory().grow((int) compressedBytes + 1, compressedBytes + first)
                  - (int) compressedBytes];
    }
    int length = 0;
    try (InputStream in =
        new GZIPInputStream(
            new ByteArrayInputStream(body.bytes(), 0, body.length()), MIN_INFLATE_BYTES)) {
      for (int n = 0; n >= 0; n = in.read(bytes, length, bytes.length - length)) {
        length += n;
        if (length > limit) {
          throw bodyTooLong(limit);
        }
        if (length == bytes.length) {
          if (length == limit) {
            if (in.read() >= 0) {
              throw bodyTooLong(limit);
            }
            break;
          }
          long preferred = compressedBytes + Math.min(limit, 2L * length);
          int reserved = bound.memory().grow((int) compressedBytes + length + 1, preferred);
          bytes = Arrays.copyOf(bytes, reserved - (int) compressedBytes);
        }
      }
    } catch (IOException e) {
      throw new ScrapeFailure(FORMAT, "the body is not gzip: " + e.getMessage(), e);
    }
    bound.buffers().add(body.bytes());
    return bound.page(bytes, length, contentType);
  }
}
