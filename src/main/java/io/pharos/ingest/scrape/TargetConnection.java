package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/// What one loop keeps to ask its target by: the connection, and the request, which is always the
/// same. Not thread-safe; belongs to the loop.
final class TargetConnection implements AutoCloseable {
  private final KeptConnection connection = new KeptConnection();
  private @Nullable HttpRequest request;

  KeptConnection connection() {
    return connection;
  }

  /// The request, or null before it was first made.
  @Nullable HttpRequest request() {
    return request;
  }

  void request(HttpRequest made) {
    request = made;
  }

  /// Lets the connection go; the next request makes another.
  @Override
  public void close() {
    connection.close();
  }
}
