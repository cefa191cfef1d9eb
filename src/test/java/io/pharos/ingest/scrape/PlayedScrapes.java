package io.pharos.ingest.scrape;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.ingest.discovery.TargetDiscovery;
import io.pharos.ingest.discovery.TargetLimit;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.Appendable;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
                new PageParsers(1),
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
  /// @param gaps records which targets fail
  /// @param pages the page of a URL; empty if the target does not answer
  /// @return ends the series of the targets, which leave the configuration; call it once their jobs
  ///   are closed
  public static Runnable start(
      PrometheusConfig config,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      ObservationGaps gaps,
      Function<URI, Optional<String>> pages) {
    var loops = new ArrayList<ScrapeLoop>();
    var _ =
        start(
            config,
            storage,
            scheduler,
            clock,
            registry,
            gaps,
            new TimeContinuity(clock, new ObservationGaps()),
            (_, target, _) -> page(pages.apply(target.url())),
            loops);
    return () -> loops.forEach(ScrapeLoop::end);
  }

  /// Answers scrapes.
  @FunctionalInterface
  public interface Pages {
    /// Returns the page of a URL; empty if the target does not answer.
    ///
    /// @throws IOException if this process could not ask the target
    Optional<String> page(URI url) throws IOException;
  }

  /// Starts scraping as a process that can be ended.
  ///
  /// @param gaps records what can't be observed
  /// @return the scrapes; closing them ends the process, not the targets
  public static List<JobScheduler.Job> start(
      PrometheusConfig config,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      ObservationGaps gaps,
      TimeContinuity continuity,
      Pages pages) {
    return start(
        config,
        storage,
        scheduler,
        clock,
        registry,
        gaps,
        continuity,
        (_, target, _) -> {
          try {
            return page(pages.page(target.url()));
          } catch (IOException e) {
            throw new ScrapeFailure(ScrapeFailure.own(e, FailureOrigin.Kind.UNFORESEEN), e);
          }
        },
        new ArrayList<>());
  }

  private static List<JobScheduler.Job> start(
      PrometheusConfig config,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      ObservationGaps gaps,
      TimeContinuity continuity,
      ScrapedPage.Fetcher fetcher,
      List<ScrapeLoop> loops) {
    var metrics = new ScrapeMetrics(registry);
    var context =
        new ScrapeLoop.Context(
            clock,
            _ -> {},
            fetcher,
            storage,
            new PageParsers(1),
            metrics,
            gaps,
            continuity,
            new LoopRegistry(clock, () -> clock.millis() * 1_000_000, registry),
            MemoryBounds.unbounded(),
            new DescriptorGate(0),
            ArrivalListener.IGNORED);
    var jobs = new ArrayList<JobScheduler.Job>();
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
          loops.add(loop);
          jobs.add(
              scheduler.schedule(
                  "scrape " + target.url() + " " + job.jobName(),
                  target.interval(),
                  Duration.ofMillis(target.offsetMillis()),
                  slot -> scrape(loop, slot, clock.instant())));
        }
      }
    }
    return jobs;
  }

  private static void scrape(ScrapeLoop loop, Instant slot) {
    scrape(loop, slot, slot);
  }

  private static void scrape(ScrapeLoop loop, Instant slot, Instant now) {
    try {
      loop.scrape(slot.toEpochMilli(), now.toEpochMilli());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ScrapedPage page(Optional<String> page) throws ScrapeFailure {
    byte[] body =
        page.orElseThrow(() -> new ScrapeFailure(ScrapeFailure.Reason.CONNECT, "connection closed"))
            .getBytes(StandardCharsets.UTF_8);
    return new ScrapedPage(body, body.length, "text/plain; version=0.0.4");
  }
}
