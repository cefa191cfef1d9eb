package io.pharos.ingest.scrape;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.pharos.model.PromDuration;
import io.pharos.storage.AppendOutcome;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// The metrics of scraping, named as in Prometheus if Prometheus has the same metric.
final class ScrapeMetrics {
  private record JobGauges(AtomicInteger targets, AtomicInteger discovered) {}

  private final MeterRegistry registry;
  final Counter sampleLimit;
  final Counter bucketLimit;
  final Counter duplicateTimestamp;
  private final Counter outOfOrder;
  final Counter outOfBounds;
  final Counter exemplarOutOfOrder;
  private final Counter seriesLimit;
  final Counter missed;
  final Counter commitFailures;
  final Counter loopFailures;
  final LongAdder healthChanges = new LongAdder();
  /* The counters are cached, because looking a meter up in the registry is slow. */
  private final Map<String, Map<String, Counter>> outcomes = new ConcurrentHashMap<>();
  private final Map<Duration, DistributionSummary> intervals = new ConcurrentHashMap<>();
  private final Map<String, JobGauges> jobs = new ConcurrentHashMap<>();

  ScrapeMetrics(MeterRegistry registry) {
    this.registry = registry;
    sampleLimit =
        counter(
            "prometheus_target_scrapes_exceeded_sample_limit",
            "Scrapes rejected because of sample_limit");
    bucketLimit =
        counter(
            "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit",
            "Scrapes rejected because of native_histogram_bucket_limit");
    duplicateTimestamp =
        counter(
            "prometheus_target_scrapes_sample_duplicate_timestamp",
            "Samples rejected because their series has another sample at that time");
    outOfOrder =
        counter(
            "prometheus_target_scrapes_sample_out_of_order",
            "Samples rejected because their series has a newer sample");
    outOfBounds =
        counter(
            "prometheus_target_scrapes_sample_out_of_bounds",
            "Samples rejected because they are too far in the future");
    exemplarOutOfOrder =
        counter(
            "prometheus_target_scrapes_exemplar_out_of_order",
            "Exemplars rejected because their series has a newer exemplar");
    seriesLimit =
        counter(
            "pharos_scrapes_sample_series_limit",
            "Samples rejected because the limit on series is reached");
    missed = counter("pharos_scrapes_missed", "Scrapes skipped because the previous one ran late");
    commitFailures =
        counter("pharos_scrape_commit_failures", "Scrapes lost because the store rejected them");
    loopFailures =
        counter("pharos_scrape_loop_failures", "Unexpected errors in a scrape loop; each is a bug");
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  void scraped(String job, String outcome) {
    outcomes
        .computeIfAbsent(job, _ -> new ConcurrentHashMap<>())
        .computeIfAbsent(
            outcome, _ -> registry.counter("pharos_scrapes", "job", job, "outcome", outcome))
        .increment();
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

  /// Records the time between two scrapes of a target.
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
        .description("Scraped targets")
        .register(registry);
    Gauge.builder("prometheus_sd_discovered_targets", gauges.discovered, AtomicInteger::get)
        .tags("name", "scrape", "config", job)
        .description("Targets found, before relabelling")
        .register(registry);
    return gauges;
  }

  /// Removes the gauges of all jobs that are not in `remaining`.
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
