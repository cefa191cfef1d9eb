package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Scrapes one target again and again on a virtual thread of its own.
final class ScrapeLoop implements Runnable {
  /// What all loops share.
  record Context(
      InstantSource clock,
      Pacer pacer,
      Fetcher fetcher,
      Appendable storage,
      BlockingQueue<PageParser> parsers,
      ScrapeMetrics metrics,
      ObservationGaps blindness,
      TimeContinuity continuity,
      LoopRegistry loops,
      MemoryBounds budgets,
      DescriptorGate descriptors,
      ArrivalListener arrivals) {}

  /// What the last scrape gave.
  record Status(TargetHealth health, String error, @Nullable Instant began, Duration took) {
    static final Status NONE = new Status(TargetHealth.UNKNOWN, "", null, Duration.ZERO);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ScrapeLoop.class);
  private static final List<String> REPORT =
      List.of(
          "up",
          "scrape_duration_seconds",
          "scrape_samples_scraped",
          "scrape_samples_post_metric_relabeling",
          "scrape_series_added");

  /// A scrape that begins this much late at most is stored with the time that it was due at, so
  /// that timestamps are evenly spaced, which is what compresses well.
  private static final long LATENESS_HIDDEN_MILLIS = 10;

  /// A connection of a target with a longer interval is not kept. The JDK's clients give one by a
  /// proxy up sooner; its place is kept all the same.
  private static final Duration CONNECTION_KEPT = Duration.ofMinutes(2);

  /// The clock is looked at this often while a loop waits, so that one that is set is noticed. Each
  /// look costs a switch of threads, which with many targets is more than their scrapes.
  private static final long LONGEST_WAIT_MILLIS = 10_000;

  /// A turn that is farther away than the next can be by more than this was reckoned by a clock
  /// that was set back meanwhile.
  private static final long CLOCK_SLACK_MILLIS = 1000;

  private static final long PAUSE_AFTER_ERROR_MILLIS = 1000;

  private final ScrapeConfig config;
  private final Target target;
  private final Context context;
  private final TargetSeries series;
  private final TargetMetadata metadata;
  private final List<TargetSeries.Series> report;
  private final ObservationGaps.Source source;
  private final ArrivalListener.Source arrivals;
  private final TargetConnection line = new TargetConnection();
  private final ClosedConnectionPolicy closings;
  private volatile Status status;
  private volatile @Nullable ScrapeFailure forced;
  private volatile @Nullable Thread thread;
  private volatile boolean stopped;
  private long lastTimestamp;
  private boolean reported;
  private boolean storing;

  /// Whether a descriptor is counted as this target's.
  private boolean place;

  ScrapeLoop(ScrapeConfig config, Target target, Context context) {
    this(
        config,
        target,
        context,
        new TargetSeries(),
        new TargetMetadata(),
        Status.NONE,
        0,
        false,
        context.blindness().source(sourceLabels(config, target)));
  }

  private ScrapeLoop(
      ScrapeConfig config,
      Target target,
      Context context,
      TargetSeries series,
      TargetMetadata metadata,
      Status status,
      long lastTimestamp,
      boolean reported,
      ObservationGaps.Source source) {
    this.config = config;
    this.target = target;
    this.context = context;
    this.series = series;
    this.metadata = metadata;
    this.status = status;
    this.lastTimestamp = lastTimestamp;
    this.reported = reported;
    this.source = source;
    this.closings = new ClosedConnectionPolicy(target.interval().toMillis());
    this.report =
        REPORT.stream()
            .map(name -> target.labels().with(Labels.METRIC_NAME, name))
            .map(TargetSeries.Series::new)
            .toList();
    Labels labels = target.labels().withoutMetricName();
    this.arrivals = context.arrivals().source(labels, leavesLabels(config, labels));
  }

  /* A target whose labels are honoured may give any. */
  private static Labels sourceLabels(ScrapeConfig config, Target target) {
    return config.honorLabels() ? Labels.empty() : target.labels().withoutMetricName();
  }

  private static boolean leavesLabels(ScrapeConfig config, Labels labels) {
    return !config.honorLabels()
        && config.metricRelabelConfigs().stream().allMatch(step -> step.preserves(labels.names()));
  }

  /// A loop that goes on where this one was stopped, under another configuration.
  ScrapeLoop successor(ScrapeConfig newConfig, Target newTarget) {
    arrivals.close();
    series.forgetTexts();
    return new ScrapeLoop(
        newConfig,
        newTarget,
        context,
        series,
        metadata,
        status,
        lastTimestamp,
        reported,
        source.successor(sourceLabels(newConfig, newTarget)));
  }

  Target target() {
    return target;
  }

  Status status() {
    return status;
  }

  TargetMetadata metadata() {
    return metadata;
  }

  /// Makes every scrape fail with a reason that lies outside the target; null lets it go.
  void force(@Nullable ScrapeFailure failure) {
    forced = failure;
  }

  void start() {
    thread = Thread.ofVirtual().name("scrape-" + config.jobName() + "-" + target.url()).start(this);
  }

  /// Asks the loop to end; [#join] waits for it. A loop that is storing is not interrupted: an
  /// interrupt closes the file channel that it writes to.
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
          // Whatever it was, the next turn comes.
          context.metrics().failed();
          LOG.error("the loop of {} goes on after an error", target.url(), e);
          context.pacer().await(context.clock().millis() + PAUSE_AFTER_ERROR_MILLIS);
        }
      }
    } catch (InterruptedException _) {
      // Stopped: what the scrape under way had is not wanted any more.
    } finally {
      leavePlace();
    }
  }

  private void run(LoopRegistry.Loop loop) throws InterruptedException {
    long interval = target.interval().toMillis();
    long due = nextDue(context.clock().millis());
    arrivals.awaits(due);
    long began = 0;
    long idleSince = context.clock().millis();
    while (!stopped) {
      long now = context.clock().millis();
      if (now < due) {
        if (due - now > interval + CLOCK_SLACK_MILLIS) {
          // The clock was set back.
          due = nextDue(now);
        }
        long until = Math.min(due, now + LONGEST_WAIT_MILLIS);
        if (context.pacer().await(until, line.connection())) {
          lookBeforeTurn(idleSince, due);
        }
        continue;
      }
      if (line.connection().isOpen()) {
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
        context.metrics().missed((now - next) / interval + 1);
        next = nextDue(now);
      }
      due = next;
    }
  }

  /* The target closed the connection. It may have died, and to know that at once is worth a scrape;
   * or it does not like connections that are idle, and then it is up; or it is being restarted, which
   * is nothing to wake anybody for: so it is down only if it is after a pause too. */
  private void lookBeforeTurn(long idleSince, long due) throws InterruptedException {
    long now = context.clock().millis();
    if (now >= due
        || status.health() != TargetHealth.UP
        || !closings.isNews(now, now - idleSince)) {
      return;
    }
    if (scrape(now, now, true)) {
      if (status.health() == TargetHealth.UP) {
        closings.closedAlive(now - idleSince);
      }
      return;
    }
    long again = context.clock().millis() + closings.pauseMillis();
    if (again < due) {
      context.pacer().await(again);
      again = context.clock().millis();
    }
    if (again < due) {
      scrape(again, again);
    }
  }

  /// The first instant after one that is the target's turn.
  long nextDue(long afterMillis) {
    long interval = target.interval().toMillis();
    long offset = target.offsetMillis();
    return Math.floorDiv(afterMillis - offset, interval) * interval + interval + offset;
  }

  /// One scrape, stored.
  void scrape(long dueMillis, long nowMillis) throws InterruptedException {
    boolean _ = scrape(dueMillis, nowMillis, false);
  }

  /// @param tentative whether nothing is stored where the target fails
  /// @return whether it is known what came of it
  private boolean scrape(long dueMillis, long nowMillis, boolean tentative)
      throws InterruptedException {
    try {
      return scrapeOnce(dueMillis, nowMillis, tentative);
    } finally {
      if (!keepsConnection()) {
        leavePlace();
      }
    }
  }

  private boolean scrapeOnce(long dueMillis, long nowMillis, boolean tentative)
      throws InterruptedException {
    int gaps = context.continuity().look();
    long timestamp = nowMillis - dueMillis <= hidden() ? dueMillis : nowMillis;
    Optional<Instant> setBackFrom =
        timestamp <= lastTimestamp
            ? Optional.of(Instant.ofEpochMilli(lastTimestamp))
            : context.continuity().setBackFrom();
    if (setBackFrom.isPresent()) {
      // The clock was set back: nothing can be stored before what is stored.
      context.metrics().scraped(config.jobName(), "clock_set_back");
      unknown(
          new FailureOrigin.Own(
              FailureOrigin.Kind.CLOCK,
              "the clock was set back: samples of this target are stored up to "
                  + setBackFrom.get()),
          Instant.ofEpochMilli(nowMillis),
          Duration.ZERO);
      return true;
    }
    long start = System.nanoTime();
    ScrapedPage page = null;
    ScrapeFailure failure = forced;
    if (failure == null && !place && !context.descriptors().take()) {
      failure = withoutDescriptor();
    } else if (failure == null) {
      place = true;
      try {
        page = context.fetcher().fetch(config, target, line);
      } catch (ScrapeFailure e) {
        failure = e;
      } catch (RuntimeException | Error e) {
        failure = new ScrapeFailure(own(e, FailureOrigin.Kind.UNFORESEEN), e);
        LOG.error("the scrape of {} failed unexpectedly", target.url(), e);
      }
    }
    Instant began = Instant.ofEpochMilli(nowMillis);
    if (failure != null && context.continuity().look() != gaps) {
      // Whoever stands still misses the answer.
      context.metrics().scraped(config.jobName(), ScrapeFailure.Reason.OWN_TROUBLE.label());
      unknown(
          new FailureOrigin.Own(
              FailureOrigin.Kind.PAUSE, FailureOrigin.Kind.PAUSE.text() + " during the scrape"),
          Instant.ofEpochMilli(context.clock().millis()),
          since(start));
      return true;
    }
    if (failure != null && failure.fault() instanceof FailureOrigin.Own own) {
      context.metrics().scraped(config.jobName(), failure.reason().label());
      unknown(own, began, since(start));
      return true;
    }
    if (failure != null && tentative) {
      return false;
    }
    try (ScrapedPage _ = page) {
      store(page, failure, timestamp, start, began);
    }
    return true;
  }

  /* The connection of a target that answered is kept, and so keeps its place. One that hangs takes
   * another each time. */
  private boolean keepsConnection() {
    return status.health() == TargetHealth.UP && target.interval().compareTo(CONNECTION_KEPT) <= 0;
  }

  private void leavePlace() {
    line.close();
    if (place) {
      place = false;
      context.descriptors().giveBack();
    }
  }

  private ScrapeFailure withoutDescriptor() {
    return new ScrapeFailure(
        new FailureOrigin.Own(
            FailureOrigin.Kind.DESCRIPTORS,
            "%s: the last %d are kept for messages and requests"
                .formatted(FailureOrigin.Kind.DESCRIPTORS.text(), context.descriptors().reserve())),
        null);
  }

  private void store(
      @Nullable ScrapedPage page,
      @Nullable ScrapeFailure failure,
      long timestamp,
      long start,
      Instant began)
      throws InterruptedException {
    PageParser parser = context.parsers().take();
    try {
      beginStoring();
      store(page, failure, parser, timestamp, start, began);
    } catch (CacheLimitException e) {
      series.drop();
      context.metrics().scraped(config.jobName(), ScrapeFailure.Reason.OWN_TROUBLE.label());
      unknown(new FailureOrigin.Own(FailureOrigin.Kind.LIMIT, e.reason()), began, since(start));
    } catch (RuntimeException | Error e) {
      // A store that fails says nothing about the target (design rule 1).
      series.abandon();
      context.metrics().commitFailed();
      context.metrics().scraped(config.jobName(), "store_error");
      FailureOrigin.Own own = own(e, FailureOrigin.Kind.STORE);
      unknown(
          new FailureOrigin.Own(own.kind(), "the scrape could not be stored: " + e.getMessage()),
          began,
          since(start));
    } finally {
      endStoring();
      context.parsers().add(parser);
    }
  }

  private static FailureOrigin.Own own(Throwable problem, FailureOrigin.Kind otherwise) {
    return FailureOrigin.of(problem) instanceof FailureOrigin.Own own
        ? own
        : new FailureOrigin.Own(otherwise, otherwise.text() + ": " + problem);
  }

  /// Nothing is known of the target, for a reason that is not its own: no sample says that it is
  /// down, and its series don't end.
  private void unknown(FailureOrigin.Own fault, Instant began, Duration took) {
    if (!source.isBlind() || !status.error().equals(fault.reason())) {
      LOG.error(
          "nothing is known of target {} of job {}: {}",
          target.url(),
          config.jobName(),
          fault.reason());
    }
    Set<String> names = series.names();
    if (!names.isEmpty()) {
      names.addAll(REPORT);
    }
    source.lost(fault, began, names);
    status = new Status(TargetHealth.UNKNOWN, fault.reason(), began, took);
  }

  private long hidden() {
    return Math.min(LATENESS_HIDDEN_MILLIS, target.interval().toMillis() / 100);
  }

  private static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  private void store(
      @Nullable ScrapedPage page,
      @Nullable ScrapeFailure fetchFailure,
      PageParser parser,
      long timestamp,
      long start,
      Instant began) {
    ScrapeFailure failure = fetchFailure;
    int scraped = 0;
    int kept = 0;
    RefusedSeries unstored = RefusedSeries.NOTHING;
    int added = 0;
    series.begin();
    if (page != null) {
      try (Appender appender = context.storage().appender()) {
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
          scraped = intake.scraped();
          kept = intake.kept();
          added = intake.added();
          unstored = intake.unstored();
          report(appender, timestamp, true, since(start), scraped, kept, added);
          appender.commit();
          series.commit();
        } catch (ScrapeFailure e) {
          failure = e;
          scraped = intake.scraped();
          kept = intake.kept();
          appender.rollback();
        }
      }
    }
    if (failure != null) {
      try (Appender appender = context.storage().appender()) {
        // First: a page may have had an `up` of its own, which ends now.
        report(appender, timestamp, false, since(start), scraped, kept, added);
        series.markAll(appender, timestamp);
        appender.commit();
        series.fail();
      }
    }
    lastTimestamp = timestamp;
    if (failure == null && unstored.series() > 0) {
      partly(unstored, began, since(start));
    } else {
      boolean notable = failure != null || status.health() != TargetHealth.UP;
      conclude(failure, began, since(start));
      arrivals.stored(timestamp, nextDue(timestamp), notable);
    }
  }

  private void report(
      Appender appender,
      long timestamp,
      boolean up,
      Duration took,
      int scraped,
      int kept,
      int added) {
    double[] values = {up ? 1 : 0, took.toNanos() / 1e9, scraped, kept, added};
    for (int i = 0; i < values.length; i++) {
      appender.append(report.get(i), timestamp, values[i]);
    }
    reported = true;
  }

  /// Series that began are not stored, those that were there are: what is called like them can't be
  /// seen as a whole.
  private void partly(RefusedSeries unstored, Instant began, Duration took) {
    String reason =
        "%d new series of this target are not stored: Pharos has as many in memory as it may, %d (--%s)"
            .formatted(
                unstored.series(),
                context.budgets().of(MemoryBound.SERIES),
                MemoryBound.SERIES.flag());
    context.budgets().refuse(MemoryBound.SERIES, target.url() + ": " + reason);
    context.metrics().scraped(config.jobName(), ScrapeFailure.Reason.OWN_TROUBLE.label());
    if (!status.error().equals(reason)) {
      LOG.error("{} of job {}: {}", target.url(), config.jobName(), reason);
    }
    source.lost(new FailureOrigin.Own(FailureOrigin.Kind.LIMIT, reason), began, unstored.names());
    status = new Status(TargetHealth.UNKNOWN, reason, began, took);
  }

  private void conclude(@Nullable ScrapeFailure failure, Instant began, Duration took) {
    source.seen(began);
    if (failure == null) {
      context.metrics().scraped(config.jobName(), "success");
      if (status.health() == TargetHealth.DOWN) {
        LOG.info("target {} of job {} is up", target.url(), config.jobName());
      }
      status = new Status(TargetHealth.UP, "", began, took);
      return;
    }
    context.metrics().scraped(config.jobName(), failure.reason().label());
    if (failure.reason() == ScrapeFailure.Reason.SAMPLE_LIMIT) {
      context.metrics().sampleLimitExceeded();
    } else if (failure.reason() == ScrapeFailure.Reason.BUCKET_LIMIT) {
      context.metrics().bucketLimitExceeded();
    }
    String message = String.valueOf(failure.getMessage());
    if (status.health() != TargetHealth.DOWN) {
      LOG.warn("target {} of job {} is down: {}", target.url(), config.jobName(), message);
    }
    status = new Status(TargetHealth.DOWN, message, began, took);
  }

  /// Ends all series of a target that is no longer scraped. Call after [#join].
  void end() {
    source.end();
    arrivals.close();
    if (!reported) {
      return;
    }
    long timestamp = Math.max(context.clock().millis(), lastTimestamp + 1);
    try (Appender appender = context.storage().appender()) {
      series.begin();
      series.markAll(appender, timestamp);
      report.forEach(one -> appender.append(one, timestamp, StaleMarker.VALUE));
      appender.commit();
    } catch (RuntimeException e) {
      context.metrics().commitFailed();
      LOG.error("the end of target {} could not be stored", target.url(), e);
    }
  }
}
