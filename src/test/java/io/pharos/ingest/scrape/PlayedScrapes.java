package io.pharos.ingest.scrape;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.ingest.discovery.TargetDiscovery;
import io.pharos.ingest.discovery.TargetLimit;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.Appendable;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// Scrapes the targets of a configuration on a virtual clock, with invented pages.
public final class PlayedScrapes {
  private PlayedScrapes() {}

  /// Scrapes one target repeatedly, with a given page each time.
  ///
  /// @param contentType content type of the pages
  /// @return accepts the body of a page and the time of its scrape
  public static BiConsumer<byte[], Instant> scraper(
      PrometheusConfig config, Appendable storage, MeterRegistry registry, String contentType) {
    BlockingQueue<PageParser> parsers = new ArrayBlockingQueue<>(1);
    parsers.add(new PageParser());
    var body = new AtomicReference<>(new byte[0]);
    var now = new AtomicReference<>(Instant.EPOCH);
    InstantSource clock = now::get;
    ScrapeConfig job = config.scrapeConfigs().getFirst();
    StaticConfig group = job.staticConfigs().getFirst();
    var active =
        (Target.Resolution.Active) Target.resolve(job, group.labels(), group.targets().getFirst());
    var loop =
        new ScrapeLoop(
            job,
            active.target(),
            new ScrapeLoop.Context(
                clock,
                _ -> {},
                (_, _, _) -> new ScrapedPage(body.get(), body.get().length, contentType),
                storage,
                parsers,
                new ScrapeMetrics(registry),
                new ObservationGaps(),
                new TimeContinuity(clock, new ObservationGaps()),
                new LoopRegistry(clock, () -> clock.millis() * 1_000_000, registry),
                MemoryBounds.unbounded(),
                new DescriptorGate(0),
                ArrivalListener.IGNORED));
    return (page, time) -> {
      body.set(page);
      now.set(time);
      scrape(loop, time);
    };
  }

  /// Starts scraping.
  ///
  /// @param pages the page of a URL; empty if the target does not answer
  public static void start(
      PrometheusConfig config,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      Function<URI, Optional<String>> pages) {
    BlockingQueue<PageParser> parsers = new ArrayBlockingQueue<>(1);
    parsers.add(new PageParser());
    var metrics = new ScrapeMetrics(registry);
    var context =
        new ScrapeLoop.Context(
            clock,
            _ -> {},
            (_, target, _) -> page(pages, target),
            storage,
            parsers,
            metrics,
            new ObservationGaps(),
            new TimeContinuity(clock, new ObservationGaps()),
            new LoopRegistry(clock, () -> clock.millis() * 1_000_000, registry),
            MemoryBounds.unbounded(),
            new DescriptorGate(0),
            ArrivalListener.IGNORED);
    for (ScrapeConfig job : config.scrapeConfigs()) {
      var groups = new ArrayList<>(job.staticConfigs());
      groups.addAll(
          new FileDiscovery(
                  new TargetDiscovery.Metrics(registry)::fileError,
                  new TargetLimit(MemoryBounds.unbounded()))
              .refresh(job.fileSdConfigs()));
      for (StaticConfig group : groups) {
        for (String address : group.targets()) {
          Target target =
              ((Target.Resolution.Active) Target.resolve(job, group.labels(), address)).target();
          var loop = new ScrapeLoop(job, target, context);
          var _ =
              scheduler.schedule(
                  "scrape " + target.url() + " " + job.jobName(),
                  target.interval(),
                  Duration.ofMillis(target.offsetMillis()),
                  slot -> scrape(loop, slot));
        }
      }
    }
  }

  private static void scrape(ScrapeLoop loop, Instant slot) {
    try {
      loop.scrape(slot.toEpochMilli(), slot.toEpochMilli());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ScrapedPage page(Function<URI, Optional<String>> pages, Target target)
      throws ScrapeFailure {
    byte[] body =
        pages
            .apply(target.url())
            .orElseThrow(() -> new ScrapeFailure(ScrapeFailure.Reason.CONNECT, "connection closed"))
            .getBytes(StandardCharsets.UTF_8);
    return new ScrapedPage(body, body.length, "text/plain; version=0.0.4");
  }
}
