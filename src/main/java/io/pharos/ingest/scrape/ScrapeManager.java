package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.prometheus.FileSdConfig;
import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.ingest.discovery.TargetDiscovery;
import io.pharos.ingest.discovery.TargetLimit;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.Appendable;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Scrapes the targets of a Prometheus configuration. Thread-safe.
public final class ScrapeManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapeManager.class);

  /// Maximum interval at which files of targets are checked.
  private static final Duration MAX_REFRESH_INTERVAL = Duration.ofSeconds(5);

  private static final Duration MIN_REFRESH_INTERVAL = Duration.ofMillis(100);

  private final ScrapeOptions options;
  private final ScrapeMetrics metrics;
  private final ClientPool clients;
  private final ScrapeLoop.Context context;
  private final TargetDiscovery discovery;
  private final Map<String, ScrapePool> pools = new LinkedHashMap<>();
  private PrometheusConfig config;
  private final JobScheduler scheduler;
  private Duration refreshInterval = MAX_REFRESH_INTERVAL;
  private JobScheduler.@Nullable Job refreshJob;
  private boolean running;

  /// Creates a manager; it begins to scrape at [#start].
  ///
  /// @param storage stores samples; each scrape is one batch
  /// @param observationGaps records when targets can't be observed because of trouble in Pharos or
  ///   its machine
  /// @param continuity detects steps of the clock
  /// @param budgets limits the memory of pages, series and targets
  /// @param arrivals is notified of each stored scrape
  public ScrapeManager(
      PrometheusConfig config,
      Appendable storage,
      InstantSource clock,
      Clients clients,
      MeterRegistry registry,
      ObservationGaps observationGaps,
      TimeContinuity continuity,
      JobScheduler scheduler,
      LoopRegistry loops,
      ScrapeOptions options,
      MemoryBounds budgets,
      ArrivalListener arrivals) {
    this.config = config;
    this.options = options;
    this.scheduler = scheduler;
    metrics = new ScrapeMetrics(registry);
    this.clients = new ClientPool(clients);
    context =
        new ScrapeLoop.Context(
            clock,
            Pacer.parking(clock),
            new HttpFetcher(this.clients, options, budgets),
            storage,
            new PageParsers(options.parsers()),
            metrics,
            observationGaps,
            continuity,
            loops,
            budgets,
            new DescriptorGate(options.descriptorReserve()),
            arrivals);
    var limit = new TargetLimit(budgets);
    budgets.watch(MemoryBound.TARGETS, limit::total);
    discovery =
        new TargetDiscovery(
            this.clients,
            options.userAgent(),
            limit,
            clock,
            new TargetDiscovery.Metrics(registry),
            this::refresh);
  }

  /// Finds the targets and starts scraping them, each within its first interval.
  public synchronized void start() {
    if (running) {
      throw new IllegalStateException("the scrape manager has been started already");
    }
    running = true;
    apply();
  }

  /// Applies another configuration. Scrapes of unchanged targets continue; the series of removed
  /// targets end with staleness markers.
  public synchronized void reload(PrometheusConfig newConfig) {
    config = newConfig;
    if (running) {
      apply();
    }
  }

  private void apply() {
    try {
      Map<String, ScrapeConfig> configured = new LinkedHashMap<>();
      config
          .scrapeConfigs()
          .forEach(scrapeConfig -> configured.put(scrapeConfig.jobName(), scrapeConfig));
      for (String job : List.copyOf(pools.keySet())) {
        if (!configured.containsKey(job)) {
          ScrapePool pool = requireNonNull(pools.remove(job));
          pool.interrupt();
          pool.join();
          pool.end();
          discovery.limit().remove(job);
        }
      }
      for (ScrapeConfig scrapeConfig : configured.values()) {
        ScrapePool pool = pools.get(scrapeConfig.jobName());
        if (pool == null) {
          pool = new ScrapePool(scrapeConfig, context, options.externalHost(), discovery);
          pools.put(scrapeConfig.jobName(), pool);
          pool.refresh();
        } else {
          pool.reload(scrapeConfig);
        }
      }
      Set<HttpOptions> used =
          configured.values().stream()
              .flatMap(scrapeConfig -> scrapeConfig.allHttp().stream())
              .collect(Collectors.toSet());
      clients.retain(used);
      metrics.retain(configured.keySet());
    } catch (InterruptedException _) {
      // The caller is shutting down. Only the targets that were found so far are scraped.
      Thread.currentThread().interrupt();
    }
    scheduleRefresh();
  }

  private void scheduleRefresh() {
    Duration interval = refreshInterval();
    if (refreshJob != null && interval.equals(refreshInterval)) {
      return;
    }
    if (refreshJob != null) {
      refreshJob.close();
    }
    refreshInterval = interval;
    refreshJob = scheduler.schedule("scrape-discovery", interval, Duration.ZERO, _ -> refresh());
  }

  private Duration refreshInterval() {
    return config.scrapeConfigs().stream()
        .flatMap(
            scrapeConfig ->
                Stream.concat(
                    scrapeConfig.fileSdConfigs().stream().map(FileSdConfig::refreshInterval),
                    scrapeConfig.polledSdConfigs().stream().map(PolledSdConfig::refreshInterval)))
        .filter(interval -> interval.compareTo(MAX_REFRESH_INTERVAL) < 0)
        .min(Comparator.naturalOrder())
        .map(
            interval ->
                interval.compareTo(MIN_REFRESH_INTERVAL) < 0 ? MIN_REFRESH_INTERVAL : interval)
        .orElse(MAX_REFRESH_INTERVAL);
  }

  private synchronized void refresh() {
    if (!running) {
      return;
    }
    for (ScrapePool pool : pools.values()) {
      if (pool.config.isDiscovered()) {
        try {
          pool.refresh();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          return;
        } catch (RuntimeException | Error e) {
          metrics.loopFailures.increment();
          LOG.error(
              "refreshing the targets of job {} failed unexpectedly; its last targets are kept",
              pool.config.jobName(),
              e);
        }
      }
    }
  }

  /// Returns the current targets.
  public synchronized TargetsSnapshot targets() {
    var active = new ArrayList<TargetsSnapshot.ActiveTarget>();
    var dropped = new ArrayList<TargetsSnapshot.DroppedTarget>();
    var problems = new ArrayList<String>();
    for (ScrapePool pool : pools.values()) {
      active.addAll(pool.active());
      dropped.addAll(pool.dropped);
      problems.addAll(pool.problems);
    }
    return new TargetsSnapshot(active, dropped, problems);
  }

  /// Returns how often the health of a target changed; for readers that wait for changes.
  public long healthChanges() {
    return metrics.healthChanges.sum();
  }

  /// Returns the names of the scrape configurations, in the order of the configuration.
  public synchronized List<String> scrapePools() {
    return List.copyOf(pools.keySet());
  }

  /// Stops all scrapes and waits until they have ended. Writes no staleness markers, because the
  /// targets still exist.
  @Override
  public void close() {
    List<ScrapePool> open;
    synchronized (this) {
      running = false;
      if (refreshJob != null) {
        refreshJob.close();
      }
      open = List.copyOf(pools.values());
      pools.clear();
    }
    try {
      open.forEach(ScrapePool::interrupt);
      for (ScrapePool pool : open) {
        pool.join();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    clients.close();
  }
}
