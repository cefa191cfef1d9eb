package io.pharos.ingest.discovery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.prometheus.PolledSdConfig;

/// The counters of target discovery, under Prometheus' names if it has the same one.
public final class DiscoveryMetrics {
  private final Counter fileErrors;
  private final Counter httpFailures;
  private final Counter dnsLookups;
  private final Counter dnsFailures;
  private final Counter unexpected;

  /// Registers the counters.
  public DiscoveryMetrics(MeterRegistry registry) {
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
