package io.pharos.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/// An HTTP client that regularly replaces its JDK client, because that one leaks sockets.
/// Thread-safe.
///
/// If the JDK's client (up to 25) cannot parse the head of a response, the socket stays in
/// CLOSE_WAIT until the client is closed. If a target's port were one of SSH, the file descriptors
/// would be exhausted within hours.
final class RenewedClient implements AutoCloseable {
  /// Number of sockets that may have leaked after which the client is replaced.
  static final int MAX_LOST = 16;

  /// Creates JDK clients.
  @FunctionalInterface
  interface Maker {
    /// Returns a new client.
    ///
    /// @throws IOException if a file is unreadable
    HttpClient make() throws IOException;
  }

  private final Maker maker;
  private HttpClient client;
  private int lost;
  private boolean closed;

  private RenewedClient(Maker maker, HttpClient client) {
    this.maker = maker;
    this.client = client;
  }

  /// Creates the first client.
  ///
  /// @throws IOException if a file is unreadable
  static RenewedClient of(Maker maker) throws IOException {
    return new RenewedClient(maker, maker.make());
  }

  /// Sends a request like [HttpClient#sendAsync(HttpRequest, HttpResponse.BodyHandler)].
  <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, HttpResponse.BodyHandler<T> body) {
    CompletableFuture<HttpResponse<T>> answer;
    synchronized (this) {
      // Under the lock, because a client that was shut down meanwhile would reject the request.
      answer = client.sendAsync(request, body);
    }
    CompletableFuture<?> _ =
        answer.whenComplete(
            (_, problem) -> {
              if (problem != null && mayHaveLostASocket(problem)) {
                noteLost();
              }
            });
    return answer;
  }

  private static boolean mayHaveLostASocket(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ConnectException _,
            HttpTimeoutException _,
            SSLException _,
            CancellationException _ -> {
          return false;
        }
        default -> {}
      }
    }
    return true;
  }

  private synchronized void noteLost() {
    if (++lost < MAX_LOST || closed) {
      return;
    }
    HttpClient old = client;
    try {
      client = maker.make();
      lost = 0;
      old.shutdown();
    } catch (IOException | RuntimeException _) {
      // The new client could not be created: after the next leaked socket it is tried again.
    }
  }

  /// Rejects new requests; running requests complete.
  synchronized void shutdown() {
    closed = true;
    client.shutdown();
  }

  /// Closes the client and aborts running requests.
  @Override
  public synchronized void close() {
    closed = true;
    client.shutdownNow();
  }
}
