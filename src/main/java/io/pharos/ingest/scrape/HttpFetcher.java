package io.pharos.ingest.scrape;

import static io.pharos.ingest.scrape.ScrapeFailure.Reason.BODY_SIZE;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.CONNECT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.CREDENTIALS;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.FORMAT;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.STATUS;
import static io.pharos.ingest.scrape.ScrapeFailure.Reason.TIMEOUT;
import static java.util.Objects.requireNonNull;

import io.pharos.config.prometheus.Credentials;
import io.pharos.config.prometheus.HttpOptions;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.ScrapeProtocol;
import io.pharos.config.prometheus.SecretSource;
import io.pharos.http.RenewedClient;
import io.pharos.ingest.exposition.Format;
import io.pharos.limits.heap.Allotment;
import io.pharos.limits.heap.Budget;
import io.pharos.limits.heap.Budgets;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.heap.Pool;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.trouble.Fault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLException;

/// Gets pages by the JDK's HTTP client. The deadline covers everything from the name to the last
/// byte; secrets in files are read anew for each request.
final class HttpFetcher implements Fetcher {
  private static final int MOST_REDIRECTS = 10;
  private static final int INFLATE_FIRST = 64 * 1024;

  private final ClientPool clients;
  private final ScrapeOptions options;
  private final Pool pages;

  HttpFetcher(ClientPool clients, ScrapeOptions options, Budgets budgets) {
    this.clients = clients;
    this.options = options;
    this.pages = budgets.pool(Budget.PAGES);
  }

  @Override
  public Page fetch(ScrapeConfig config, Target target) throws ScrapeFailure, InterruptedException {
    long deadline = System.nanoTime() + target.timeout().toNanos();
    int limit =
        config.limits().bodyBytes() > 0
            ? (int) Math.min(config.limits().bodyBytes(), options.largestBody())
            : options.largestBody();
    RenewedClient client;
    try {
      client = clients.client(config.http());
    } catch (IOException | RuntimeException | Error e) {
      if (Fault.of(e) instanceof Fault.Own own) {
        throw new ScrapeFailure(own, e);
      }
      throw new ScrapeFailure(CREDENTIALS, "TLS: " + e.getMessage(), e);
    }
    URI url = target.url();
    for (int hop = 0; ; hop++) {
      boolean sameHost =
          url.getRawAuthority().equals(target.url().getRawAuthority())
              && (url.getScheme().equals("https") || target.url().getScheme().equals("http"));
      HttpRequest request = request(config, target, url, sameHost);
      Allotment memory = pages.open();
      boolean handedOver = false;
      Optional<URI> next;
      try {
        HttpResponse<BodyReader.Body> response =
            send(client, request, new Bound(limit, memory), deadline, target);
        next = redirect(config.http(), url, response);
        if (next.isEmpty()) {
          Page page = page(response, new Bound(limit, memory));
          handedOver = true;
          return page;
        }
      } catch (OverBudgetException e) {
        throw overBudget(e);
      } finally {
        if (!handedOver) {
          memory.close();
        }
      }
      if (hop == MOST_REDIRECTS) {
        throw new ScrapeFailure(STATUS, "stopped after " + MOST_REDIRECTS + " redirects");
      }
      url = next.get();
    }
  }

  /// What a body may have.
  ///
  /// @param bytes by the configuration
  private record Bound(int bytes, Allotment memory) {}

  /// The bound is ours: nothing is known of the target.
  private static ScrapeFailure overBudget(OverBudgetException e) {
    return new ScrapeFailure(
        new Fault.Own(Fault.Kind.LIMIT, "the page of this target is " + e.reason()), e);
  }

  private static Optional<URI> redirect(HttpOptions http, URI url, HttpResponse<?> response)
      throws ScrapeFailure {
    boolean redirects =
        switch (response.statusCode()) {
          case 301, 302, 303, 307, 308 -> true;
          default -> false;
        };
    Optional<String> location = response.headers().firstValue("Location");
    if (!redirects || !http.followRedirects() || location.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI next = url.resolve(location.get());
      String scheme = String.valueOf(next.getScheme());
      if (next.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
        throw new IllegalArgumentException("expected an HTTP address");
      }
      return Optional.of(next);
    } catch (IllegalArgumentException e) {
      throw new ScrapeFailure(
          STATUS, "redirected to " + Quoted.of(location.get()) + ": " + e.getMessage(), e);
    }
  }

  private HttpRequest request(ScrapeConfig config, Target target, URI url, boolean sameHost)
      throws ScrapeFailure {
    var request = HttpRequest.newBuilder(url).GET();
    request.setHeader(
        "Accept",
        Format.accept(config.protocols().stream().map(ScrapeProtocol::mediaRange).toList()));
    request.setHeader("Accept-Encoding", config.enableCompression() ? "gzip" : "identity");
    request.setHeader("User-Agent", options.userAgent());
    request.setHeader("X-Prometheus-Scrape-Timeout-Seconds", seconds(target.timeout()));
    try {
      // Another host, where a redirect led, is told nothing that is meant for the target.
      if (sameHost) {
        for (HttpOptions.HttpHeader header : config.http().headers()) {
          for (SecretSource value : header.values()) {
            request.header(header.name(), value.read().reveal());
          }
        }
        authorization(config.http().credentials())
            .ifPresent(value -> request.setHeader("Authorization", value));
      }
    } catch (IOException e) {
      if (Fault.of(e) instanceof Fault.Own own) {
        throw new ScrapeFailure(own, e);
      }
      throw new ScrapeFailure(CREDENTIALS, String.valueOf(e.getMessage()), e);
    } catch (IllegalArgumentException _) {
      // The JDK's message would show the secret.
      throw new ScrapeFailure(CREDENTIALS, "a header value has characters that HTTP forbids");
    }
    return request.build();
  }

  private static Optional<String> authorization(Credentials credentials) throws IOException {
    return switch (credentials) {
      case Credentials.None() -> Optional.empty();
      case Credentials.Basic(SecretSource username, SecretSource password) -> {
        String pair = username.read().reveal() + ":" + password.read().reveal();
        byte[] bytes = pair.getBytes(StandardCharsets.UTF_8);
        yield Optional.of("Basic " + Base64.getEncoder().encodeToString(bytes));
      }
      case Credentials.Header(String type, SecretSource secret) ->
          Optional.of(type + " " + secret.read().reveal());
    };
  }

  private static String seconds(Duration timeout) {
    return Double.toString(timeout.toMillis() / 1000.0);
  }

  private static HttpResponse<BodyReader.Body> send(
      RenewedClient client, HttpRequest request, Bound limit, long deadline, Target target)
      throws ScrapeFailure, InterruptedException {
    CompletableFuture<HttpResponse<BodyReader.Body>> answer =
        client.sendAsync(request, _ -> new BodyReader(limit.bytes(), limit.memory()));
    try {
      return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new ScrapeFailure(
          TIMEOUT,
          request.uri()
              + ": no complete answer within the timeout of "
              + PromDuration.format(target.timeout()),
          e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      throw failure(request.uri(), e, limit.bytes());
    }
  }

  /// The failure that a chain of causes tells of: the outermost one that is of a known kind.
  private static ScrapeFailure failure(URI url, Throwable problem, int limit) {
    if (Fault.of(problem) instanceof Fault.Own own) {
      return new ScrapeFailure(own, problem);
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case OverBudgetException e -> {
          return overBudget(e);
        }
        case BodyReader.TooLong _ -> {
          return bodyTooLong(limit);
        }
        case UnresolvedAddressException e -> {
          return unresolved(url, e);
        }
        case HttpTimeoutException e -> {
          return new ScrapeFailure(TIMEOUT, url + ": " + e.getMessage(), e);
        }
        case ConnectException e when !isUnresolved(e) -> {
          String message = e.getMessage() == null ? "connection refused" : e.getMessage();
          return new ScrapeFailure(CONNECT, url + ": can't connect: " + message, e);
        }
        case SSLException e -> {
          return new ScrapeFailure(CONNECT, url + ": TLS: " + e.getMessage(), e);
        }
        default -> {}
      }
    }
    Throwable last = problem.getCause() == null ? problem : problem.getCause();
    return new ScrapeFailure(CONNECT, url + ": " + last, last);
  }

  /* The client does not say why a name has no address. Asked again, the resolver does: that it does
   * not know the name, which is the target's, or that it does not answer. */
  private static ScrapeFailure unresolved(URI url, Throwable problem) {
    try {
      InetAddress _ = InetAddress.getByName(url.getHost());
    } catch (UnknownHostException e) {
      if (Fault.of(e) instanceof Fault.Own own) {
        return new ScrapeFailure(own, e);
      }
    }
    return new ScrapeFailure(CONNECT, url + ": no such host " + url.getHost(), problem);
  }

  private static boolean isUnresolved(ConnectException e) {
    return e.getCause() instanceof UnresolvedAddressException;
  }

  private static ScrapeFailure bodyTooLong(int limit) {
    return new ScrapeFailure(
        BODY_SIZE, "body size limit exceeded: the body has more than " + limit + " bytes");
  }

  private static Page page(HttpResponse<BodyReader.Body> response, Bound limit)
      throws ScrapeFailure {
    if (response.statusCode() != 200) {
      throw new ScrapeFailure(
          STATUS, "server returned HTTP status " + response.statusCode() + ", expected 200");
    }
    String contentType = response.headers().firstValue("Content-Type").orElse("");
    String encoding = response.headers().firstValue("Content-Encoding").orElse("identity");
    BodyReader.Body body = response.body();
    return switch (encoding.toLowerCase(Locale.ROOT)) {
      case "identity", "" -> new Page(body.bytes(), body.length(), contentType, limit.memory());
      case "gzip", "x-gzip" -> inflate(body, limit, contentType);
      default ->
          throw new ScrapeFailure(
              FORMAT, "found Content-Encoding " + Quoted.of(encoding) + ", expected gzip or none");
    };
  }

  private static Page inflate(BodyReader.Body body, Bound bound, String contentType)
      throws ScrapeFailure {
    int limit = bound.bytes();
    long packed = body.bytes().length;
    long first = Math.min(limit, Math.max(INFLATE_FIRST, 4L * body.length()));
    int room = bound.memory().grow((int) packed + 1, packed + first);
    byte[] bytes = new byte[room - (int) packed];
    int length = 0;
    try (InputStream in =
        new GZIPInputStream(
            new ByteArrayInputStream(body.bytes(), 0, body.length()), INFLATE_FIRST)) {
      for (int n = 0; n >= 0; n = in.read(bytes, length, bytes.length - length)) {
        length += n;
        if (length == bytes.length) {
          if (length == limit) {
            if (in.read() >= 0) {
              throw bodyTooLong(limit);
            }
            break;
          }
          long whole = packed + Math.min(limit, 2L * length);
          room = bound.memory().grow((int) packed + length + 1, whole);
          bytes = Arrays.copyOf(bytes, room - (int) packed);
        }
      }
    } catch (IOException e) {
      throw new ScrapeFailure(FORMAT, "the body is not gzip: " + e.getMessage(), e);
    }
    return new Page(requireNonNull(bytes), length, contentType, bound.memory());
  }
}
