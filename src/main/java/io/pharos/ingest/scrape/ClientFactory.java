package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.HttpOptions;
import java.io.IOException;
import java.net.http.HttpClient;

/// Makes HTTP clients: one for each distinct set of options in use.
@FunctionalInterface
public interface ClientFactory {
  /// A client that does not follow redirects by itself.
  ///
  /// @throws IOException when a file of the options can't be read; the message has its name
  HttpClient create(HttpOptions options) throws IOException;
}
