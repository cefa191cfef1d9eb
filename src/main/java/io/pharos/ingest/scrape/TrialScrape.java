package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.trouble.DescriptorGate;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;

/// Scrapes a target once, outside of any loop, with the same headers, credentials, TLS, redirects
/// and limits as a loop.
public final class TrialScrape {
  /// The page of a target: the first `length` bytes of `body`, uncompressed.
  ///
  /// @param contentType value of the header Content-Type; empty if it is missing
  public record Answer(URI url, String contentType, byte[] body, int length) {}

  private TrialScrape() {}

  /// Fetches the page within the configuration's timeout and size limit.
  ///
  /// @param address `host:port`
  /// @throws IOException if there is no page; the message says why
  public static Answer get(ScrapeConfig config, String address)
      throws IOException, InterruptedException {
    Target target =
        switch (Target.resolve(config, Labels.empty(), address)) {
          case Target.Resolution.Active(Target active) -> active;
          case Target.Resolution.Dropped(var labels) ->
              throw new IOException("relabelling drops " + labels);
          case Target.Resolution.Invalid(var _, String reason) -> throw new IOException(reason);
        };
    try (var clients = new Clients(InstantSource.system());
        var pool = new ClientPool(clients);
        var connection = new TargetConnection(new DescriptorGate(0))) {
      ScrapedPage page =
          new HttpFetcher(pool, ScrapeOptions.DEFAULT, MemoryBounds.unbounded())
              .fetch(config, target, connection);
      return new Answer(target.url(), page.contentType(), page.body(), page.length());
    } catch (ScrapeFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
