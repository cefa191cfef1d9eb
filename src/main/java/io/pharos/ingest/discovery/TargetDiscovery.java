package io.pharos.ingest.discovery;

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
  private final DiscoveryMetrics metrics;
  private final Runnable onChange;

  /// @param onChange runs when a source has other targets, or another problem
  public TargetDiscovery(
      ClientPool clients,
      String userAgent,
      TargetLimit limit,
      InstantSource clock,
      DiscoveryMetrics metrics,
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
}
