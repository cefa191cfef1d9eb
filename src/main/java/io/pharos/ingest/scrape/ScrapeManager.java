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
import io.pharos.ingest.exposition.PageParser;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;

/// Scrapes what a Prometheus configuration names. Safe for use by many threads.
public final class ScrapeManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapeManager.class);

  /// Files of targets are looked at this often at least, whatever the configuration says.
  private static final Duration LONGEST_REFRESH = Duration.ofSeconds(5);

  private static final Duration SHORTEST_REFRESH = Duration.ofMillis(100);

  private final ScrapeOptions options;
  private final ScrapeMetrics metrics;
  private final ClientPool clients;
  private final ScrapeLoop.Context context;
  private final TargetLimit room;
  private final Map<String, ScrapePool> pools = new LinkedHashMap<>();
  private PrometheusConfig config;
  private final JobScheduler scheduler;
  private Duration refreshInterval = LONGEST_REFRESH;
  private JobScheduler.@Nullable Job discovery;
  private boolean running;

  /// A manager that does nothing before [#start].
  ///
  /// @param storage where samples go; each scrape is one batch
  /// @param blindness is told of targets of which nothing is known for reasons of our own
  /// @param continuity tells what samples can't be taken, since the clock was set
  /// @param budgets how much memory pages, series and targets may take
  /// @param arrivals is told of each scrape that is stored
  public ScrapeManager(
      PrometheusConfig config,
      Appendable storage,
      InstantSource clock,
      Clients clients,
      MeterRegistry registry,
      ObservationGaps blindness,
      TimeContinuity continuity,
      JobScheduler scheduler,
      LoopRegistry loops,
      ScrapeOptions options,
      MemoryBounds budgets,
      ArrivalListener arrivals) {
    this.config = requireNonNull(config, "config is null");
    this.options = requireNonNull(options, "options is null");
    this.scheduler = requireNonNull(scheduler, "scheduler is null");
    metrics = new ScrapeMetrics(registry);
    this.clients = new ClientPool(clients);
    BlockingQueue<PageParser> parsers = new ArrayBlockingQueue<>(options.parsers());
    for (int i = 0; i < options.parsers(); i++) {
      parsers.add(new PageParser());
    }
    context =
        new ScrapeLoop.Context(
            clock,
            Pacer.parking(clock),
            new HttpFetcher(this.clients, options, budgets),
            storage,
            parsers,
            metrics,
            requireNonNull(blindness, "blindness is null"),
            requireNonNull(continuity, "continuity is null"),
            requireNonNull(loops, "loops is null"),
            requireNonNull(budgets, "budgets is null"),
            new DescriptorGate(options.descriptorReserve()),
            requireNonNull(arrivals, "arrivals is null"));
    room = new TargetLimit(budgets);
    budgets.watch(MemoryBound.TARGETS, room::taken);
  }

  /// Finds the targets and begins to scrape them, each within its first interval.
  public synchronized void start() {
    if (running) {
      throw new IllegalStateException("started already");
    }
    running = true;
    apply();
  }

  /// Takes over another configuration. Targets that stay the same go on undisturbed; the series of
  /// those that are gone end with staleness markers.
  public synchronized void reload(PrometheusConfig newConfig) {
    config = requireNonNull(newConfig, "newConfig is null");
    if (running) {
      apply();
    }
  }

  private void apply() {
    try {
      Map<String, ScrapeConfig> wanted = new LinkedHashMap<>();
      config.scrapeConfigs().forEach(one -> wanted.put(one.jobName(), one));
      for (String job : List.copyOf(pools.keySet())) {
        if (!wanted.containsKey(job)) {
          ScrapePool pool = requireNonNull(pools.remove(job));
          pool.interrupt();
          pool.join();
          pool.end();
          room.leave(job);
        }
      }
      for (ScrapeConfig one : wanted.values()) {
        ScrapePool pool = pools.get(one.jobName());
        if (pool == null) {
          pool = new ScrapePool(one, context, options.externalHost(), room, this::askedTargets);
          pools.put(one.jobName(), pool);
          pool.refresh();
        } else {
          pool.reload(one);
        }
      }
      Set<HttpOptions> used =
          wanted.values().stream()
              .flatMap(one -> one.allHttp().stream())
              .collect(Collectors.toSet());
      clients.retain(used);
      metrics.retain(wanted.keySet());
    } catch (InterruptedException _) {
      // Whoever waits for the reload wants to stop: targets found so far go on.
      Thread.currentThread().interrupt();
    }
    discover();
  }

  private void discover() {
    Duration interval = refreshInterval();
    if (discovery != null && interval.equals(refreshInterval)) {
      return;
    }
    if (discovery != null) {
      discovery.close();
    }
    refreshInterval = interval;
    discovery = scheduler.schedule("scrape-discovery", interval, Duration.ZERO, _ -> refresh());
  }

  private Duration refreshInterval() {
    Duration shortest = LONGEST_REFRESH;
    for (ScrapeConfig one : config.scrapeConfigs()) {
      for (FileSdConfig files : one.fileSdConfigs()) {
        shortest =
            files.refreshInterval().compareTo(shortest) < 0 ? files.refreshInterval() : shortest;
      }
      for (PolledSdConfig asked : one.polledSdConfigs()) {
        shortest =
            asked.refreshInterval().compareTo(shortest) < 0 ? asked.refreshInterval() : shortest;
      }
    }
    return shortest.compareTo(SHORTEST_REFRESH) < 0 ? SHORTEST_REFRESH : shortest;
  }

  private DiscoveredTargets askedTargets(PolledSdConfig asked) {
    TargetSource source =
        switch (asked) {
          case PolledSdConfig.OverHttp http ->
              new HttpTargetSource(http, clients, options.userAgent(), room);
          case PolledSdConfig.OverDns dns ->
              new DnsTargetSource(dns, ScrapeManager::resolver, metrics::dnsLookup);
        };
    return new DiscoveredTargets(
        asked,
        source,
        context.clock(),
        task -> Thread.ofVirtual().name("discovery-" + source).start(task),
        metrics,
        this::refresh);
  }

  /* The system's files are read anew, since a container's network may change. */
  private static Resolver resolver() {
    ResolverConfig.refresh();
    return new ExtendedResolver();
  }

  private synchronized void refresh() {
    if (!running) {
      return;
    }
    for (ScrapePool pool : pools.values()) {
      if (pool.config().isDiscovered()) {
        try {
          pool.refresh();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          return;
        } catch (RuntimeException | Error e) {
          metrics.failed();
          LOG.error("targets of job {} stay as they are", pool.config().jobName(), e);
        }
      }
    }
  }

  /// All targets as they are now.
  public synchronized TargetsSnapshot targets() {
    var active = new ArrayList<ActiveTarget>();
    var dropped = new ArrayList<TargetsSnapshot.DroppedTarget>();
    var problems = new ArrayList<String>();
    for (ScrapePool pool : pools.values()) {
      active.addAll(pool.active());
      dropped.addAll(pool.dropped());
      problems.addAll(pool.problems());
    }
    return new TargetsSnapshot(active, dropped, problems);
  }

  /// The names of the scrape configurations, in order.
  public synchronized List<String> scrapePools() {
    return List.copyOf(pools.keySet());
  }

  /// Stops all scrapes and waits for them. Series get no staleness markers: this process goes away,
  /// the targets do not.
  @Override
  public void close() {
    List<ScrapePool> open;
    synchronized (this) {
      running = false;
      if (discovery != null) {
        discovery.close();
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
