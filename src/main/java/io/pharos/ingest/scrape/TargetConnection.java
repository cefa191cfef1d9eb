package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/// A loop's connection to its target, with the request, which is the same for all scrapes. Not
/// thread-safe; belongs to the loop.
final class TargetConnection implements AutoCloseable {
  private final KeptConnection connection = new KeptConnection();
  private @Nullable HttpRequest request;

  KeptConnection connection() {
    return connection;
  }

  /// The request; null before the first scrape.
  @Nullable HttpRequest request() {
    return request;
  }

  void request(HttpRequest newRequest) {
    request = newRequest;
  }

  /// Closes the connection; the next request opens another.
  @Override
  public void close() {
    connection.close();
  }
}
