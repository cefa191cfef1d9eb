package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.Channels;
import io.pharos.alerting.outbox.BatchingJournal;
import io.pharos.alerting.outbox.ExecutorTimers;
import io.pharos.alerting.outbox.NotifyMetrics;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The notifier of one configuration file. Connects dispatcher, silences and outbox, and runs their
/// periodic jobs.
public final class NotifierService implements AutoCloseable {
  private static final Duration OUTBOX_GC_INTERVAL = Duration.ofMinutes(15);
  private static final Duration EXCHANGE_INTERVAL = Duration.ofMillis(500);
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final long CLOSE_SECONDS = 8;

  private final JobScheduler scheduler;
  private final List<JobScheduler.Job> jobs = new ArrayList<>();
  private final LoopRegistry loops;
  private final Path file;
  private final MessageSettings usual;
  private final String externalUrl;
  private final Function<AlertmanagerConfig, Notifier.Factory> factories;
  private final Function<AlertmanagerConfig, Escalations> escalations;
  private final InstantSource clock;
  private final NotifierClock notifierClock;
  private final ConfigMetrics configMetrics;
  private final MeterRegistry registry;
  private final NotifyMetrics metrics;
  private final ExecutorTimers timers = new ExecutorTimers();
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("notify-", 0).factory());
  private final BatchingJournal journal;
  private final Silences silences;
  private final Optional<ShardKeeper> keeper;
  private final Outbox outbox;
  private final Dispatcher dispatcher;
  private final Object reloading = new Object();
  private Notifier.Factory currentFactory;

  /// Loads the configuration; nothing is sent before [#start].
  ///
  /// @param usual the texts if there is no `pharos.yml`
  /// @param factories creates the notifiers of a configuration, with its templates
  /// @param escalations reads the escalations beside a configuration
  /// @param episodes follows the episodes of alert groups
  /// @throws RuntimeException if the configuration cannot be loaded
  public NotifierService(
      Path file,
      MessageSettings usual,
      String externalUrl,
      Stores stores,
      Function<AlertmanagerConfig, Notifier.Factory> factories,
      Function<AlertmanagerConfig, Escalations> escalations,
      InstantSource clock,
      MeterRegistry registry,
      JobScheduler scheduler,
      LoopRegistry loops,
      MemoryBounds bounds,
      EpisodeKeeper episodes) {
    this.scheduler = scheduler;
    this.loops = loops;
    this.file = file;
    this.usual = usual;
    this.externalUrl = externalUrl;
    this.factories = factories;
    this.escalations = escalations;
    this.clock = clock;
    this.configMetrics = new ConfigMetrics(registry);
    this.registry = registry;
    this.metrics = new NotifyMetrics(registry, Channels.types());
    String text = text(file);
    AlertmanagerConfig config = Channels.load(file, usual);
    Notifier.Factory factory = factories.apply(config);
    this.currentFactory = factory;
    this.journal = new BatchingJournal(stores.outbox(), loops);
    this.notifierClock = new NotifierClock(clock, executor);
    this.silences =
        new Silences(stores.silences(), notifierClock, () -> UUID.randomUUID().toString(), bounds);
    this.keeper =
        stores.leases().map(leases -> new ShardKeeper(leases, System::nanoTime, registry));
    ShardOwnership ownership = ownership();
    this.outbox = outbox(stores.outbox(), ownership, episodes);
    if (keeper.isEmpty()) {
      silences.refresh();
      outbox.adopt(IntStream.range(0, ShardOwnership.SHARDS).boxed().collect(Collectors.toSet()));
    }
    this.dispatcher =
        new Dispatcher(
            config,
            pipeline(config, factory),
            outbox,
            stores.alerts(),
            silences,
            notifierClock,
            timers,
            executor,
            registry,
            ownership,
            bounds);
    configMetrics.loaded(text, config, clock.instant());
  }

  private Pipeline pipeline(AlertmanagerConfig config, Notifier.Factory factory) {
    return new Pipeline(
        config, factory, silences, outbox, escalations.apply(config), externalUrl, registry);
  }

  private Outbox outbox(OutboxStore store, ShardOwnership ownership, EpisodeKeeper episodes) {
    return new Outbox(
        store,
        journal,
        notifierClock,
        clock,
        timers,
        executor,
        () -> UUID.randomUUID().toString(),
        RandomGenerator.getDefault(),
        metrics,
        ownership,
        episodes);
  }

  /// Returns the text of the file, to compute its hash; empty if the file is unreadable. The loader
  /// of the configuration reports that error.
  private static String text(Path file) {
    try {
      return OutsideFiles.text(file);
    } catch (IOException _) {
      return "";
    }
  }

  /// Restores the stored state, resumes pending deliveries and starts dispatching.
  public void start() {
    dispatcher.start();
    every("alerts-checkpoint", Dispatcher.CHECKPOINT_INTERVAL, dispatcher::writeCheckpoint);
    every("alerts-garbage", Dispatcher.GC_INTERVAL, dispatcher::collectGarbage);
    every("outbox-garbage", OUTBOX_GC_INTERVAL, outbox::collectGarbage);
    // Each beat proves that the timers and the executor work; all notifications depend on them.
    LoopRegistry.Loop beat = loops.begin("notifier", "timers", BEAT);
    every(
        "notifier",
        BEAT,
        () ->
            timers.schedule(
                Duration.ZERO,
                () ->
                    executor.execute(
                        () -> {
                          beat.ran();
                          var _ = notifierClock.instant();
                        })));
    keeper.ifPresent(
        shards -> {
          every(
              "leases",
              ShardKeeper.INTERVAL,
              () -> {
                shards.tick(dispatcher);
                dispatcher.dropForeign();
              });
          every("replica-exchange", EXCHANGE_INTERVAL, dispatcher::exchange);
        });
  }

  private void every(String name, Duration interval, Runnable work) {
    jobs.add(scheduler.schedule(name, interval, Duration.ZERO, _ -> work.run()));
  }

  /// Loads the file again. If this fails, the current configuration stays in use.
  ///
  /// @throws RuntimeException with the reason why the file was refused
  public void reload() {
    prepareReload().run();
  }

  /// Loads the file and performs every step of a reload that can fail.
  ///
  /// @return a task that activates the new configuration; the caller may discard the task
  /// @throws RuntimeException with the reason why the file was refused
  public Runnable prepareReload() {
    try {
      String text = text(file);
      AlertmanagerConfig config = Channels.load(file, usual);
      Notifier.Factory factory = factories.apply(config);
      Pipeline pipeline = pipeline(config, factory);
      return () -> {
        synchronized (reloading) {
          dispatcher.reload(config, pipeline);
          // If an old notifier starts an attempt from now on, the attempt fails. The delivery is
          // retried with the new notifier.
          currentFactory.close();
          currentFactory = factory;
          configMetrics.loaded(text, config, clock.instant());
        }
      };
    } catch (RuntimeException e) {
      configMetrics.failed();
      throw e;
    }
  }

  /// Returns the dispatcher.
  public Dispatcher dispatcher() {
    return dispatcher;
  }

  /// Returns which groups this process owns.
  public ShardOwnership ownership() {
    return keeper.<ShardOwnership>map(shards -> shards).orElse(ShardOwnership.ALL);
  }

  /// Returns the silences.
  public Silences silences() {
    return silences;
  }

  /// Returns the outbox.
  public Outbox outbox() {
    return outbox;
  }

  /// Returns how long every attempt to deliver a notification has failed, see
  /// [NotifyMetrics#failingSince].
  public Optional<Duration> failingFor() {
    Instant now = timers.now();
    return metrics.failingSince(now).map(since -> Duration.between(since, now));
  }

  /// Stops the notifier. No attempt is started any more, running attempts are interrupted after
  /// eight seconds, and the state is stored. Undelivered notifications are delivered after the next
  /// start.
  @Override
  public void close() {
    jobs.forEach(JobScheduler.Job::close);
    outbox.close();
    dispatcher.close();
    timers.close();
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException _) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
    journal.close();
    keeper.ifPresent(ShardKeeper::leave);
  }

  /// The stores of the notifier's durable state. They are parts of one store, which writes in the
  /// order of calls.
  ///
  /// @param leases leases on shards if several replicas share the work
  public record Stores(
      AlertStore alerts,
      Silences.Store silences,
      OutboxStore outbox,
      Optional<ShardKeeper.LeaseStore> leases) {
    /// Creates the stores of a single process, which needs no leases.
    public Stores(AlertStore alerts, Silences.Store silences, OutboxStore outbox) {
      this(alerts, silences, outbox, Optional.empty());
    }
  }
}
