package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.HttpOptions;
import io.pharos.http.TlsContext;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The JDK's clients over HTTP/1.1, without a proxy.
public final class JdkClients implements ClientFactory, AutoCloseable {
  /* Platform threads, not virtual ones: a client resolves names on its executor, and that blocks
   * the carrier of a virtual thread. With two carriers, two slow resolvers would stop everything. */
  private final ExecutorService executor =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("scrape-client-", 0).factory());

  @Override
  public HttpClient create(HttpOptions options) throws IOException {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .executor(executor)
        .sslContext(TlsContext.create(options.tls()))
        .sslParameters(TlsContext.parameters(options.tls()))
        .build();
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
