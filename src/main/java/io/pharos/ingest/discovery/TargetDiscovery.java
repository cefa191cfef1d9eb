package io.pharos.ingest.discovery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.http.ClientPool;
import java.time.InstantSource;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;

/// Creates the discovery sources of all jobs.
public final class TargetDiscovery {
  private final ClientPool clients;
  private final String userAgent;
  private final TargetLimit limit;
  private final InstantSource clock;
  private final Metrics metrics;
  private final Runnable onChange;

  /// @param onChange runs when a source has other targets, or another problem
  public TargetDiscovery(
      ClientPool clients,
      String userAgent,
      TargetLimit limit,
      InstantSource clock,
      Metrics metrics,
      Runnable onChange) {
    this.clients = clients;
    this.userAgent = userAgent;
    this.limit = limit;
    this.clock = clock;
    this.metrics = metrics;
    this.onChange = onChange;
  }

  /// The limit of targets of all jobs.
  public TargetLimit limit() {
    return limit;
  }

  /// Creates the reader of a job's target files.
  public FileDiscovery files() {
    return new FileDiscovery(metrics::fileError, limit);
  }

  /// Creates a source for one server or one DNS name.
  public DiscoveredTargets of(PolledSdConfig config) {
    DiscoveredTargets.Source source =
        switch (config) {
          case PolledSdConfig.OverHttp http ->
              new HttpTargetSource(http, clients, userAgent, limit);
          case PolledSdConfig.OverDns dns ->
              new DnsTargetSource(dns, TargetDiscovery::resolver, metrics::dnsLookup);
        };
    return new DiscoveredTargets(
        config,
        source,
        clock,
        task -> Thread.ofVirtual().name("discovery-" + source).start(task),
        metrics,
        onChange);
  }

  /* Reads the system's files each time, since a container's network may change. */
  private static Resolver resolver() {
    ResolverConfig.refresh();
    return new ExtendedResolver();
  }

  /// The counters of target discovery, under Prometheus' names if it has the same one.
  public static final class Metrics {
    private final Counter fileErrors;
    private final Counter httpFailures;
    private final Counter dnsLookups;
    private final Counter dnsFailures;
    private final Counter unexpected;

    /// Registers the counters.
    public Metrics(MeterRegistry registry) {
      fileErrors =
          counter(registry, "prometheus_sd_file_read_errors", "file_sd files that can't be read");
      httpFailures =
          counter(registry, "prometheus_sd_http_failures", "Failed queries of http_sd servers");
      dnsLookups = counter(registry, "prometheus_sd_dns_lookups", "Lookups of dns_sd names");
      dnsFailures =
          counter(registry, "prometheus_sd_dns_lookup_failures", "Failed lookups of dns_sd names");
      unexpected =
          counter(
              registry,
              "pharos_scrape_loop_failures",
              "Unexpected errors in a scrape loop; each is a bug");
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
      return Counter.builder(name).description(description).register(registry);
    }

    /// Counts an unreadable file of targets.
    public void fileError() {
      fileErrors.increment();
    }

    void failed(PolledSdConfig config) {
      switch (config) {
        case PolledSdConfig.OverHttp _ -> httpFailures.increment();
        case PolledSdConfig.OverDns _ -> dnsFailures.increment();
      }
    }

    void failedUnexpectedly() {
      unexpected.increment();
    }

    void dnsLookup() {
      dnsLookups.increment();
    }
  }
}
