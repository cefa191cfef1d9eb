package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import io.pharos.trouble.DescriptorGate;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/// A loop's connection to its target, with its file descriptor and the request, which is the same
/// for all scrapes. Not thread-safe; belongs to the loop.
final class TargetConnection implements AutoCloseable {
  private final DescriptorGate descriptors;
  final KeptConnection connection = new KeptConnection();
  private @Nullable HttpRequest request;
  private boolean hasDescriptor;

  TargetConnection(DescriptorGate descriptors) {
    this.descriptors = descriptors;
  }

  /// Takes a file descriptor, unless the connection has one. Returns false if none is left.
  boolean acquireDescriptor() {
    hasDescriptor = hasDescriptor || descriptors.acquire();
    return hasDescriptor;
  }

  /// The request; null before the first scrape.
  @Nullable HttpRequest request() {
    return request;
  }

  void request(HttpRequest newRequest) {
    request = newRequest;
  }

  /// Closes the connection and returns its descriptor; the next request opens another.
  @Override
  public void close() {
    connection.close();
    if (hasDescriptor) {
      hasDescriptor = false;
      descriptors.release();
    }
  }
}
