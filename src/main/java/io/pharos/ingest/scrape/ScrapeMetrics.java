package io.pharos.ingest.scrape;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.model.PromDuration;
import io.pharos.storage.AppendOutcome;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The meters of scraping; Prometheus' own names where it has the same thing.
final class ScrapeMetrics {
  private record JobGauges(AtomicInteger targets, AtomicInteger discovered) {}

  private final MeterRegistry registry;
  private final Counter sampleLimit;
  private final Counter bucketLimit;
  private final Counter duplicateTimestamp;
  private final Counter outOfOrder;
  private final Counter outOfBounds;
  private final Counter exemplarOutOfOrder;
  private final Counter seriesLimit;
  private final Counter fileErrors;
  private final Counter httpDiscoveryFailures;
  private final Counter dnsLookups;
  private final Counter dnsLookupFailures;
  private final Counter missed;
  private final Counter commitFailures;
  private final Counter loopFailures;
  /* The registry takes long to find a meter. */
  private final Map<String, Map<String, Counter>> outcomes = new ConcurrentHashMap<>();
  private final Map<Duration, DistributionSummary> intervals = new ConcurrentHashMap<>();
  private final Map<String, JobGauges> jobs = new ConcurrentHashMap<>();

  ScrapeMetrics(MeterRegistry registry) {
    this.registry = registry;
    sampleLimit = counter("prometheus_target_scrapes_exceeded_sample_limit", "Scrapes refused");
    bucketLimit =
        counter(
            "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit", "Scrapes refused");
    duplicateTimestamp =
        counter("prometheus_target_scrapes_sample_duplicate_timestamp", "Samples refused");
    outOfOrder = counter("prometheus_target_scrapes_sample_out_of_order", "Samples refused");
    outOfBounds = counter("prometheus_target_scrapes_sample_out_of_bounds", "Samples refused");
    exemplarOutOfOrder =
        counter("prometheus_target_scrapes_exemplar_out_of_order", "Exemplars refused");
    seriesLimit = counter("pharos_scrapes_sample_series_limit", "Samples refused");
    fileErrors = counter("prometheus_sd_file_read_errors", "file_sd files that could not be read");
    httpDiscoveryFailures =
        counter("prometheus_sd_http_failures", "http_sd servers that gave no targets");
    dnsLookups = counter("prometheus_sd_dns_lookups", "dns_sd names that were looked up");
    dnsLookupFailures =
        counter("prometheus_sd_dns_lookup_failures", "dns_sd names that could not be resolved");
    missed = counter("pharos_scrapes_missed", "Scrapes left out because the one before ran late");
    commitFailures =
        counter("pharos_scrape_commit_failures", "Scrapes lost because the store refused them");
    loopFailures =
        counter("pharos_scrape_loop_failures", "Errors that a loop went on after; a bug each");
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  void scraped(String job, String outcome) {
    Map<String, Counter> ofJob = outcomes.get(job);
    if (ofJob == null) {
      ofJob = outcomes.computeIfAbsent(job, _ -> new ConcurrentHashMap<>());
    }
    Counter known = ofJob.get(outcome);
    if (known == null) {
      known =
          ofJob.computeIfAbsent(
              outcome, _ -> registry.counter("pharos_scrapes", "job", job, "outcome", outcome));
    }
    known.increment();
  }

  void sampleLimitExceeded() {
    sampleLimit.increment();
  }

  void bucketLimitExceeded() {
    bucketLimit.increment();
  }

  /// Counts a sample that is too far in the future.
  void outOfBounds() {
    outOfBounds.increment();
  }

  void appended(AppendOutcome outcome) {
    switch (outcome) {
      case APPENDED, DUPLICATE -> {}
      case DUPLICATE_TIMESTAMP -> duplicateTimestamp.increment();
      case OUT_OF_ORDER, LATE_LIMIT -> outOfOrder.increment();
      case TOO_OLD -> outOfBounds.increment();
      case SERIES_LIMIT -> seriesLimit.increment();
    }
  }

  /// Counts exemplars of a sample all of which came before its newest.
  void exemplarsOutOfOrder(int count) {
    exemplarOutOfOrder.increment(count);
  }

  void duplicates(int count) {
    duplicateTimestamp.increment(count);
  }

  void missed(long count) {
    missed.increment((double) count);
  }

  void commitFailed() {
    commitFailures.increment();
  }

  void failed() {
    loopFailures.increment();
  }

  void fileError() {
    fileErrors.increment();
  }

  /// Counts an answer that was none.
  void discoveryFailed(PolledSdConfig config) {
    switch (config) {
      case PolledSdConfig.OverHttp _ -> httpDiscoveryFailures.increment();
      case PolledSdConfig.OverDns _ -> dnsLookupFailures.increment();
    }
  }

  void dnsLookup() {
    dnsLookups.increment();
  }

  /// Takes note of the time between two turns of a target.
  void intervalLength(Duration interval, long actualMillis) {
    intervals.computeIfAbsent(interval, this::intervalSummary).record(actualMillis / 1000.0);
  }

  private DistributionSummary intervalSummary(Duration interval) {
    return DistributionSummary.builder("prometheus_target_interval_length_seconds")
        .tag("interval", PromDuration.format(interval))
        .description("Actual intervals between scrapes")
        .register(registry);
  }

  void targets(String job, int active, int discovered) {
    JobGauges gauges = jobs.computeIfAbsent(job, this::register);
    gauges.targets.set(active);
    gauges.discovered.set(discovered);
  }

  private JobGauges register(String job) {
    var gauges = new JobGauges(new AtomicInteger(), new AtomicInteger());
    Gauge.builder("prometheus_target_scrape_pool_targets", gauges.targets, AtomicInteger::get)
        .tags("scrape_job", job)
        .description("Targets that are scraped")
        .register(registry);
    Gauge.builder("prometheus_sd_discovered_targets", gauges.discovered, AtomicInteger::get)
        .tags("name", "scrape", "config", job)
        .description("Targets found, before relabelling")
        .register(registry);
    return gauges;
  }

  /// Lets go of the gauges of jobs that are no longer there.
  void retain(Set<String> remaining) {
    outcomes.keySet().retainAll(remaining);
    for (String job : Set.copyOf(jobs.keySet())) {
      if (!remaining.contains(job)) {
        jobs.remove(job);
        remove("prometheus_target_scrape_pool_targets", Tags.of("scrape_job", job));
        remove("prometheus_sd_discovered_targets", Tags.of("name", "scrape", "config", job));
      }
    }
  }

  private void remove(String name, Tags tags) {
    registry.find(name).tags(tags).gauges().forEach(registry::remove);
  }
}
