package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.SeriesShare;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records the outcomes of one target's scrapes: status, observation gap, metrics and log lines.
/// Changed by one loop only; any thread may read the status.
final class ScrapeOutcomes {
  /// The outcome of the last scrape.
  record Status(
      TargetsSnapshot.Health health, String error, @Nullable Instant began, Duration took) {
    static final Status NONE = new Status(TargetsSnapshot.Health.UNKNOWN, "", null, Duration.ZERO);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ScrapeOutcomes.class);

  private final ScrapeMetrics metrics;
  private final ObservationGaps.Source source;
  private String job;
  private URI url;
  volatile Status status = Status.NONE;
  final ScrapeRecord.Log log = new ScrapeRecord.Log();

  ScrapeOutcomes(ScrapeConfig config, Target target, ScrapeLoop.Context context) {
    this.metrics = context.metrics();
    this.source = context.observationGaps().source(labels(config, target), target.interval());
    this.job = config.jobName();
    this.url = target.url();
    source.awaits(Instant.ofEpochMilli(target.nextDue(context.clock().millis())));
  }

  /* Returns labels that all series of the target have; with honor_labels the series may have any
   * labels, so the result is empty. */
  private static Labels labels(ScrapeConfig config, Target target) {
    return config.honorLabels() ? Labels.empty() : target.labels().withoutMetricName();
  }

  /// Continues these records under a changed configuration.
  ScrapeOutcomes successor(ScrapeConfig config, Target target) {
    source.change(labels(config, target), target.interval());
    job = config.jobName();
    url = target.url();
    return this;
  }

  /// Records a scrape that failed because of trouble in Pharos or its machine. The target is not
  /// reported as down, and its series do not end.
  ///
  /// @param outcome value of the label `outcome` in `pharos_scrapes_total`
  /// @param names metric names of the target's series; empty if unknown
  void unknown(
      String outcome, FailureOrigin.Own fault, Set<String> names, Instant began, Duration took) {
    metrics.scraped(job, outcome);
    if (!source.isLost() || !status.error().equals(fault.reason())) {
      LOG.error("target {} of job {} can't be observed: {}", url, job, fault.reason());
    }
    source.lost(fault, began, names);
    conclude(new Status(TargetsSnapshot.Health.UNKNOWN, fault.reason(), began, took));
  }

  /// Records a scrape that had more new series than allowed. Known series were stored; queries for
  /// the names of the rejected series would be incomplete.
  void partial(
      SampleIntake.RejectedSeries rejected, MemoryBounds budgets, Instant began, Duration took) {
    String reason =
        "%d new series of this target are not stored: it has used its share of the %d series that Pharos keeps in memory (--%s), or the heap is nearly full; drop series or add memory"
            .formatted(
                rejected.series(), budgets.of(MemoryBound.SERIES), MemoryBound.SERIES.flag());
    budgets.refuse(MemoryBound.SERIES, url + ": " + reason);
    metrics.scraped(job, ScrapeFailure.Reason.OWN_TROUBLE.label);
    if (!status.error().equals(reason)) {
      LOG.error("target {} of job {}: {}", url, job, reason);
    }
    source.lost(new FailureOrigin.Own(FailureOrigin.Kind.LIMIT, reason), began, rejected.names());
    conclude(new Status(TargetsSnapshot.Health.UNKNOWN, reason, began, took));
  }

  /// Records that a scrape begins.
  void begins(long dueMillis) {
    source.begins(Instant.ofEpochMilli(dueMillis));
  }

  void succeeded(Instant began, Duration took) {
    source.seen(began);
    metrics.scraped(job, "success");
    if (status.health() == TargetsSnapshot.Health.DOWN) {
      LOG.info("target {} of job {} is up", url, job);
    }
    conclude(new Status(TargetsSnapshot.Health.UP, "", began, took));
  }

  /// Records a scrape that failed because of the target.
  void failed(ScrapeFailure failure, Instant began, Duration took) {
    source.failed(began);
    metrics.scraped(job, failure.reason.label);
    if (failure.reason == ScrapeFailure.Reason.SAMPLE_LIMIT) {
      metrics.sampleLimit.increment();
    } else if (failure.reason == ScrapeFailure.Reason.BUCKET_LIMIT) {
      metrics.bucketLimit.increment();
    }
    String message = String.valueOf(failure.getMessage());
    if (status.health() != TargetsSnapshot.Health.DOWN) {
      LOG.warn("target {} of job {} is down: {}", url, job, message);
    }
    conclude(new Status(TargetsSnapshot.Health.DOWN, message, began, took));
  }

  private void conclude(Status next) {
    log.add(next);
    if (next.health() != status.health()) {
      metrics.healthChanges.increment();
    }
    status = next;
  }

  /// Ends the observation gap, because the target is no longer scraped.
  void end() {
    source.end();
  }

  /// The series that report the result of each scrape of one target: `up` and others, as in
  /// Prometheus.
  static final class Report {
    static final List<String> NAMES =
        List.of(
            "up",
            "scrape_duration_seconds",
            "scrape_samples_scraped",
            "scrape_samples_post_metric_relabeling",
            "scrape_series_added");

    private final List<TargetSeries.Series> series;
    private boolean stored;

    /// @param stored whether it was stored before
    Report(Labels target, boolean stored) {
      this.stored = stored;
      series =
          NAMES.stream()
              .map(name -> new TargetSeries.Series(target.with(Labels.METRIC_NAME, name)))
              .toList();
    }

    /// Returns the reported number of new series: a staleness marker if some were refused, from
    /// which the next process knows that these may be older than their samples.
    static double added(int stored, SampleIntake.RejectedSeries rejected) {
      return rejected.series() == 0 ? stored : StaleMarker.VALUE;
    }

    boolean isStored() {
      return stored;
    }

    /// Stores that Pharos lost a scrape before the first report, from which the next process knows
    /// that the target is not new.
    void lost(Appendable storage, SeriesShare share, long timestamp) {
      if (!stored) {
        try (Appender appender = storage.appender()) {
          appender.share(share);
          appender.useReserve();
          appender.append(series.getLast(), timestamp, StaleMarker.VALUE);
          appender.commit();
        } catch (RuntimeException | Error e) {
          LOG.debug("can't store that a scrape was lost", e);
        }
      }
    }

    void append(
        Appender appender,
        long timestamp,
        boolean up,
        Duration took,
        int scraped,
        int kept,
        double added) {
      stored = true;
      double[] values = {up ? 1 : 0, took.toNanos() / 1e9, scraped, kept, added};
      for (int i = 0; i < values.length; i++) {
        appender.append(series.get(i), timestamp, values[i]);
      }
    }

    /// Ends the series of the report.
    void end(Appender appender, long timestamp) {
      series.forEach(reportSeries -> appender.append(reportSeries, timestamp, StaleMarker.VALUE));
    }
  }
}
