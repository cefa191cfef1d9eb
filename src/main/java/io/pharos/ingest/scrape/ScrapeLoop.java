package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.SeriesShare;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Scrapes one target at its interval on its own virtual thread.
final class ScrapeLoop implements Runnable {
  /// The dependencies that all loops have in common.
  record Context(
      InstantSource clock,
      Pacer pacer,
      ScrapedPage.Fetcher fetcher,
      Appendable storage,
      PageParsers parsers,
      ScrapeMetrics metrics,
      ObservationGaps observationGaps,
      TimeContinuity continuity,
      LoopRegistry loops,
      MemoryBounds budgets,
      DescriptorGate descriptors,
      ArrivalListener arrivals) {}

  private static final Logger LOG = LoggerFactory.getLogger(ScrapeLoop.class);

  /// If a scrape begins at most this late, its samples have the time at which the scrape was due,
  /// because evenly spaced timestamps compress well.
  private static final long HIDDEN_LATENESS_MILLIS = 10;

  /// Maximum interval at which a connection remains open between two scrapes. The JDK's clients
  /// close connections over a proxy earlier; their file descriptors are still counted as used.
  private static final Duration MAX_INTERVAL_TO_KEEP_OPEN = Duration.ofMinutes(2);

  /// Maximum time between two checks whether the clock was set. Each check costs a thread switch.
  /// With many targets, more checks would cost more than the scrapes.
  private static final long MAX_WAIT_MILLIS = 10_000;

  /// The clock was set back if the next scrape is due in more than an interval plus this time.
  private static final long CLOCK_SLACK_MILLIS = 1000;

  private static final long PAUSE_AFTER_ERROR_MILLIS = 1000;

  /// The times of one scrape.
  ///
  /// @param timestamp timestamp of its samples in Unix milliseconds
  private record ScrapeTimes(long timestamp, Instant began, long startNanos) {
    Duration took() {
      return Duration.ofNanos(System.nanoTime() - startNanos);
    }
  }

  private final ScrapeConfig config;
  final Target target;
  private final Context context;
  private final TargetSeries series;
  private final SeriesShare share;
  final TargetMetadata metadata;
  private final ScrapeOutcomes outcomes;
  private final ScrapeOutcomes.Report report;
  private final ArrivalListener.Source arrivals;
  private final TargetConnection connection;
  private final TargetConnection.ClosedConnectionPolicy closings;
  private volatile @Nullable ScrapeFailure forcedFailure;
  private volatile @Nullable Thread thread;
  private volatile boolean stopped;
  private volatile long skewMillis;
  private long lastTimestamp;
  private boolean storing;

  ScrapeLoop(ScrapeConfig config, Target target, Context context) {
    this(config, target, context, null);
  }

  /// @param predecessor stopped loop that this loop continues, or null
  private ScrapeLoop(
      ScrapeConfig config, Target target, Context context, @Nullable ScrapeLoop predecessor) {
    this.config = config;
    this.target = target;
    this.context = context;
    this.series = predecessor == null ? new TargetSeries() : predecessor.series;
    this.share = predecessor == null ? context.storage().newSource() : predecessor.share;
    this.metadata = predecessor == null ? new TargetMetadata() : predecessor.metadata;
    this.outcomes =
        predecessor == null
            ? new ScrapeOutcomes(config, target, context)
            : predecessor.outcomes.successor(config, target);
    this.lastTimestamp = predecessor == null ? 0 : predecessor.lastTimestamp;
    this.connection = new TargetConnection(context.descriptors());
    this.closings = new TargetConnection.ClosedConnectionPolicy(target.interval().toMillis());
    boolean isReported = predecessor != null && predecessor.report.isStored();
    this.report = new ScrapeOutcomes.Report(target.labels(), isReported);
    Labels labels = target.labels().withoutMetricName();
    boolean keepsLabels =
        !config.honorLabels()
            && config.metricRelabelConfigs().stream()
                .allMatch(step -> step.preserves(labels.names()));
    this.arrivals = context.arrivals().source(labels, keepsLabels);
  }

  /// Creates a loop that continues this stopped loop with another configuration.
  ScrapeLoop successor(ScrapeConfig newConfig, Target newTarget) {
    arrivals.close();
    series.forgetTexts();
    return new ScrapeLoop(newConfig, newTarget, context, this);
  }

  long skewMillis() {
    return skewMillis;
  }

  ScrapeOutcomes.Status status() {
    return outcomes.status;
  }

  ScrapeRecord record() {
    return outcomes.log.record();
  }

  /// Makes every scrape fail with `failure`, without contacting the target; null makes scrapes
  /// contact the target again.
  void force(@Nullable ScrapeFailure failure) {
    forcedFailure = failure;
  }

  void start() {
    thread = Thread.ofVirtual().name("scrape-" + config.jobName() + "-" + target.url()).start(this);
  }

  /// Makes the loop end; [#join] waits until it has ended. A loop that is storing samples is not
  /// interrupted, because an interrupt closes the file channel to which it writes.
  synchronized void interrupt() {
    stopped = true;
    Thread running = thread;
    if (running != null && !storing) {
      running.interrupt();
    }
  }

  private synchronized void beginStoring() throws InterruptedException {
    if (stopped) {
      throw new InterruptedException();
    }
    storing = true;
  }

  private synchronized void endStoring() {
    storing = false;
  }

  void join() throws InterruptedException {
    Thread running = thread;
    if (running != null) {
      running.join();
    }
  }

  @Override
  public void run() {
    try (var loop =
        context
            .loops()
            .begin("scrape " + config.jobName(), target.url().toString(), target.interval())) {
      while (!stopped) {
        try {
          run(loop);
        } catch (RuntimeException | Error e) {
          // All errors are caught, because the next scrape may succeed.
          context.metrics().loopFailures.increment();
          LOG.error("the scrape loop of {} failed unexpectedly and continues", target.url(), e);
          context.pacer().await(context.clock().millis() + PAUSE_AFTER_ERROR_MILLIS);
        }
      }
    } catch (InterruptedException _) {
      // The loop was stopped: the result of a scrape in progress is discarded.
    } finally {
      connection.close();
    }
  }

  private void run(LoopRegistry.Loop loop) throws InterruptedException {
    long interval = target.interval().toMillis();
    long due = target.nextDue(context.clock().millis());
    arrivals.awaits(due);
    long began = 0;
    long idleSince = context.clock().millis();
    while (!stopped) {
      long now = context.clock().millis();
      if (now < due) {
        if (due - now > interval + CLOCK_SLACK_MILLIS) {
          // The clock was set back.
          due = target.nextDue(now);
        }
        long until = Math.min(due, now + MAX_WAIT_MILLIS);
        if (context.pacer().await(until, connection.connection)) {
          scrapeEarly(idleSince, due);
        }
        continue;
      }
      if (connection.connection.isOpen()) {
        closings.leftOpen(now - idleSince);
      }
      if (began > 0) {
        context.metrics().intervalLength(target.interval(), now - began);
      }
      began = now;
      loop.ran();
      scrape(due, now);
      now = context.clock().millis();
      idleSince = now;
      long next = due + interval;
      if (next <= now) {
        context.metrics().missed.increment((double) ((now - next) / interval + 1));
        next = target.nextDue(now);
      }
      due = next;
    }
  }

  /* Called when the target has closed the connection. If the target has died, a scrape detects that
   * at once. If it only closes idle connections, the scrape succeeds. A target that restarts should
   * not alert, so it counts as down only if a second scrape after a pause fails too. */
  private void scrapeEarly(long idleSince, long due) throws InterruptedException {
    long now = context.clock().millis();
    if (now >= due
        || status().health() != TargetsSnapshot.Health.UP
        || !closings.justifiesScrape(now, now - idleSince)) {
      return;
    }
    if (scrape(now, now, true)) {
      if (status().health() == TargetsSnapshot.Health.UP) {
        closings.closedWhileUp(now - idleSince);
      }
      return;
    }
    long retryAt = context.clock().millis() + closings.pauseMillis();
    if (retryAt < due) {
      context.pacer().await(retryAt);
      retryAt = context.clock().millis();
    }
    if (retryAt < due) {
      scrape(retryAt, retryAt);
    }
  }

  /// Scrapes once and stores the result.
  void scrape(long dueMillis, long nowMillis) throws InterruptedException {
    boolean _ = scrape(dueMillis, nowMillis, false);
  }

  /// Scrapes once.
  ///
  /// @param tentative if true, nothing is stored if the target fails
  /// @return false if the scrape was tentative and the target failed
  private boolean scrape(long dueMillis, long nowMillis, boolean tentative)
      throws InterruptedException {
    try {
      return scrapeOnce(dueMillis, nowMillis, tentative);
    } finally {
      if (!keepsConnection()) {
        connection.close();
      }
    }
  }

  private boolean scrapeOnce(long dueMillis, long nowMillis, boolean tentative)
      throws InterruptedException {
    if (!tentative) {
      outcomes.begins(dueMillis);
    }
    int gaps = context.continuity().check();
    long hidden = Math.min(HIDDEN_LATENESS_MILLIS, target.interval().toMillis() / 100);
    long timestamp = nowMillis - dueMillis <= hidden ? dueMillis : nowMillis;
    var times = new ScrapeTimes(timestamp, Instant.ofEpochMilli(nowMillis), System.nanoTime());
    Optional<Instant> setBackFrom =
        timestamp <= lastTimestamp
            ? Optional.of(Instant.ofEpochMilli(lastTimestamp))
            : context.continuity().setBackFrom();
    if (setBackFrom.isPresent()) {
      // The store does not accept samples that are older than the stored ones.
      unknown(
          "clock_set_back",
          new FailureOrigin.Own(
              FailureOrigin.Kind.CLOCK,
              "the clock was set back: samples of this target are stored up to "
                  + setBackFrom.get()),
          times);
      return true;
    }
    ScrapedPage page = null;
    ScrapeFailure failure = forcedFailure;
    if (failure == null) {
      try {
        page = fetch();
      } catch (ScrapeFailure e) {
        failure = e;
      }
    }
    if (failure != null && context.continuity().check() != gaps) {
      // The failure may have been caused by the pause, not by the target.
      unknown(
          ScrapeFailure.Reason.OWN_TROUBLE.label,
          new FailureOrigin.Own(
              FailureOrigin.Kind.PAUSE, FailureOrigin.Kind.PAUSE.text() + " during the scrape"),
          new ScrapeTimes(
              timestamp, Instant.ofEpochMilli(context.clock().millis()), times.startNanos()));
      return true;
    }
    if (failure != null && failure.fault instanceof FailureOrigin.Own own) {
      unknown(failure.reason.label, own, times);
      return true;
    }
    if (failure != null && tentative) {
      return false;
    }
    try (ScrapedPage _ = page) {
      store(page, failure, times);
    }
    return true;
  }

  private ScrapedPage fetch() throws ScrapeFailure, InterruptedException {
    if (!connection.acquireDescriptor()) {
      throw new ScrapeFailure(
          new FailureOrigin.Own(
              FailureOrigin.Kind.DESCRIPTORS,
              "%s: the last %d file descriptors are reserved for messages and requests; raise the limit of the process"
                  .formatted(
                      FailureOrigin.Kind.DESCRIPTORS.text(), context.descriptors().reserve())),
          null);
    }
    try {
      return context.fetcher().fetch(config, target, connection);
    } catch (RuntimeException | Error e) {
      LOG.error("the scrape of {} failed unexpectedly", target.url(), e);
      throw new ScrapeFailure(ScrapeFailure.own(e, FailureOrigin.Kind.UNFORESEEN), e);
    }
  }

  /* Only the connection to a healthy target remains open, with its file descriptor. If the
   * connections to hanging targets remained open too, each further scrape would need another file
   * descriptor. */
  private boolean keepsConnection() {
    return status().health() == TargetsSnapshot.Health.UP
        && target.interval().compareTo(MAX_INTERVAL_TO_KEEP_OPEN) <= 0;
  }

  private void unknown(String outcome, FailureOrigin.Own fault, ScrapeTimes times) {
    Set<String> names = series.names();
    if (!names.isEmpty()) {
      names.addAll(ScrapeOutcomes.Report.NAMES);
    }
    outcomes.unknown(outcome, fault, names, times.began(), times.took());
    report.lost(context.storage(), share, times.timestamp());
  }

  private void store(@Nullable ScrapedPage page, @Nullable ScrapeFailure failure, ScrapeTimes times)
      throws InterruptedException {
    PageParser parser = context.parsers().take(page == null ? 0 : page.length());
    try {
      beginStoring();
      store(page, failure, parser, times);
    } catch (SampleIntake.OverLimitException e) {
      series.drop();
      unknown(
          ScrapeFailure.Reason.OWN_TROUBLE.label,
          new FailureOrigin.Own(FailureOrigin.Kind.LIMIT, String.valueOf(e.getMessage())),
          times);
    } catch (RuntimeException | Error e) {
      // A failure of the store does not tell whether the target works (design rule 1).
      series.abandon();
      context.metrics().commitFailures.increment();
      String reason = "the scrape could not be stored: " + e.getMessage();
      FailureOrigin.Kind kind = ScrapeFailure.own(e, FailureOrigin.Kind.STORE).kind();
      unknown("store_error", new FailureOrigin.Own(kind, reason), times);
    } finally {
      endStoring();
      context.parsers().add(parser);
    }
  }

  private void store(
      @Nullable ScrapedPage page,
      @Nullable ScrapeFailure fetchFailure,
      PageParser parser,
      ScrapeTimes times) {
    ScrapeFailure failure = fetchFailure;
    int scraped = 0;
    int kept = 0;
    double added = 0;
    SampleIntake.RejectedSeries rejected = SampleIntake.RejectedSeries.NONE;
    long timestamp = times.timestamp();
    series.begin();
    if (page != null) {
      try (Appender appender = context.storage().appender()) {
        appender.share(share);
        var intake =
            new SampleIntake(
                config,
                target,
                series,
                metadata,
                context.metrics(),
                appender,
                timestamp,
                context.budgets());
        try {
          intake.read(page, parser);
          rejected = intake.rejected();
          added = ScrapeOutcomes.Report.added(intake.added, rejected);
          outcomes.log.read(intake, page, connection.certificateExpiry);
          skewMillis = intake.skewMillis;
          appender.useReserve();
          report.append(
              appender, timestamp, true, times.took(), intake.scraped, intake.kept, added);
          appender.commit();
          series.commit();
        } catch (ScrapeFailure e) {
          failure = e;
          scraped = intake.scraped;
          kept = intake.kept;
          appender.rollback();
        }
      }
    }
    if (failure != null) {
      try (Appender appender = context.storage().appender()) {
        appender.share(share);
        appender.useReserve();
        // The report comes before the staleness markers: if the target has exposed a series `up`,
        // the marker of that series must not replace the sample of the report.
        report.append(appender, timestamp, false, times.took(), scraped, kept, added);
        series.markAll(appender, timestamp);
        appender.commit();
        series.fail();
      }
    }
    lastTimestamp = timestamp;
    conclude(failure, rejected, times);
  }

  private void conclude(
      @Nullable ScrapeFailure failure, SampleIntake.RejectedSeries rejected, ScrapeTimes times) {
    boolean mayChangeAlerts = failure != null || status().health() != TargetsSnapshot.Health.UP;
    if (failure != null) {
      outcomes.failed(failure, times.began(), times.took());
    } else if (rejected.series() > 0) {
      outcomes.partial(rejected, context.budgets(), times.began(), times.took());
      return;
    } else {
      outcomes.succeeded(times.began(), times.took());
    }
    arrivals.stored(times.timestamp(), target.nextDue(times.timestamp()), mayChangeAlerts);
  }

  /// Ends all series of a target that is no longer scraped. Call it after [#join].
  void end() {
    outcomes.end();
    arrivals.close();
    if (!report.isStored()) {
      return;
    }
    long timestamp = Math.max(context.clock().millis(), lastTimestamp + 1);
    try (Appender appender = context.storage().appender()) {
      series.begin();
      series.markAll(appender, timestamp);
      report.end(appender, timestamp);
      appender.commit();
    } catch (RuntimeException e) {
      context.metrics().commitFailures.increment();
      LOG.error(
          "can't store the staleness markers of the removed target {}; its series end after the lookback",
          target.url(),
          e);
    }
  }
}
