package io.pharos.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/// An HTTP client that regularly replaces its JDK client, because the JDK client leaks sockets.
/// Thread-safe.
///
/// If the JDK's client (up to 25) cannot parse the head of a response, the socket stays in
/// CLOSE_WAIT until the client is closed. A target whose port is used by SSH would exhaust the file
/// descriptors within hours.
final class RenewedClient implements AutoCloseable {
  /// Number of possibly leaked sockets after which the JDK client is replaced.
  static final int MAX_LEAKED = 16;

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
  private int leaked;
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
      // The lock prevents another thread from shutting the client down first: a client that is shut
      // down rejects requests.
      answer = client.sendAsync(request, body);
    }
    CompletableFuture<?> _ =
        answer.whenComplete(
            (_, problem) -> {
              if (problem != null && mayHaveLeakedASocket(problem)) {
                countLeak();
              }
            });
    return answer;
  }

  /// Returns a builder of WebSocket connections.
  synchronized WebSocket.Builder newWebSocketBuilder() {
    return client.newWebSocketBuilder();
  }

  private static boolean mayHaveLeakedASocket(Throwable problem) {
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

  private synchronized void countLeak() {
    if (++leaked < MAX_LEAKED || closed) {
      return;
    }
    HttpClient old = client;
    try {
      client = maker.make();
      leaked = 0;
      old.shutdown();
    } catch (IOException | RuntimeException _) {
      // The new client could not be created. The next leaked socket triggers another attempt.
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
