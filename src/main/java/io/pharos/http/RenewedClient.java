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

/// An HTTP client that replaces its JDK client regularly, because that leaks sockets. Thread-safe.
///
/// If the JDK's client (up to 25) cannot parse the head of a response, the socket stays in
/// CLOSE_WAIT until the client is closed. A target on an SSH port would exhaust the file
/// descriptors in hours.
final class RenewedClient implements AutoCloseable {
  /// Number of possibly leaked sockets after which the client is replaced.
  static final int MAX_LOST = 16;

  /// Creates a client.
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

  /// As [HttpClient#sendAsync(HttpRequest, HttpResponse.BodyHandler)].
  <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, HttpResponse.BodyHandler<T> body) {
    CompletableFuture<HttpResponse<T>> answer;
    synchronized (this) {
      // under the lock: a client that was shut down rejects requests
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
    HttpClient spoiled = client;
    try {
      client = maker.make();
      lost = 0;
      spoiled.shutdown();
    } catch (IOException | RuntimeException _) {
      // no file or selector available: the next leaked socket triggers another attempt
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
