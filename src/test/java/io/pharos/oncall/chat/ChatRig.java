package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AuditEntry;
import io.pharos.access.AuditStore;
import io.pharos.access.AuditTrail;
import io.pharos.access.LinkSignatures;
import io.pharos.access.LinkSigningKey;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.http.Clients;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.episode.EpisodeStore;
import io.pharos.schedule.LoopRegistry;
import io.pharos.schedule.ThreadJobs;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/// A notifier with episodes and cards on the wall clock, an embedded store and real sockets. It can
/// end as a killed process does, and start again.
final class ChatRig implements AutoCloseable {
  /// Patience of tests; no scenario depends on it.
  static final Duration LONG = Duration.ofSeconds(30);

  final Path folder;
  private final String receiver;
  private final String pharos;
  private final InstantSource clock = InstantSource.system();

  SimpleMeterRegistry registry;
  Store store;
  EpisodeService episodes;
  ChatRooms rooms;
  NotifierService notifier;
  private ThreadJobs jobs;
  private ExecutorService executor;
  private Clients clients;

  /// Whether this process may receive from services that allow one receiver.
  volatile boolean isMine;

  /// Whether the process has ended, so that nothing it does counts.
  volatile boolean isDead;

  /// @param receiver the integrations of the receiver `on-call` in `alertmanager.yml`
  /// @param pharos lines of `pharos.yml`
  ChatRig(Path folder, String receiver, String pharos, boolean isMine) throws IOException {
    this.isMine = isMine;
    this.folder = folder;
    this.receiver = receiver;
    this.pharos = pharos;
    start();
  }

  void start() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("alertmanager.yml"),
            """
            route:
              receiver: on-call
              group_by: [job]
              group_wait: 0s
              group_interval: 1s
              repeat_interval: 1h
            receivers:
              - name: on-call
            """
                + receiver.indent(4));
    Files.writeString(folder.resolve("pharos.yml"), pharos);
    isDead = false;
    registry = new SimpleMeterRegistry();
    var loops = new LoopRegistry(clock, System::nanoTime, registry);
    jobs = new ThreadJobs();
    executor = Executors.newVirtualThreadPerTaskExecutor();
    clients = new Clients(clock);
    store = Store.open(new StoreConfig.Embedded(folder.resolve("data")));
    episodes =
        new EpisodeService(
            store.episodes(), store.notifier().outbox(), AlertCourse.Source.NONE, clock, registry);
    rooms =
        new ChatRooms(
            untilDeath(store.cards()),
            episodes,
            new LinkSignatures(LinkSigningKey.of("k".repeat(32))),
            new AuditTrail(store.audit(), clock, registry),
            ownership(),
            clock,
            executor,
            new Backoff(new Random(1)),
            loops,
            registry);
    notifier =
        new NotifierService(
            file,
            MessageSettings.ALERTMANAGER,
            "http://pharos.example",
            store.notifier(),
            config -> (name, integration) -> notifier(config, name, (Channel.Config) integration),
            _ -> Escalations.NONE,
            clock,
            registry,
            jobs,
            loops,
            MemoryBounds.unbounded(),
            episodes);
    episodes.tick();
    notifier.start();
    jobs.schedule("episodes", Duration.ofMillis(100), Duration.ZERO, _ -> episodes.tick());
    jobs.schedule("cards", Duration.ofMillis(100), Duration.ZERO, _ -> tick());
  }

  private void tick() {
    if (!isDead) {
      rooms.tick(notifier.dispatcher().config(), _ -> tools());
    }
  }

  /* A killed process stores nothing. */
  private CardStore untilDeath(CardStore cards) {
    return (CardStore)
        java.lang.reflect.Proxy.newProxyInstance(
            ChatRig.class.getClassLoader(),
            new Class<?>[] {CardStore.class},
            (_, method, arguments) -> {
              if (isDead) {
                throw new StoreUnavailableException("this process has ended", new IOException());
              }
              try {
                return method.invoke(cards, arguments);
              } catch (java.lang.reflect.InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private ShardOwnership ownership() {
    return new ShardOwnership() {
      @Override
      public boolean owns(int shard) {
        return isMine;
      }

      @Override
      public boolean isCertain(int shard) {
        return isMine;
      }
    };
  }

  private io.pharos.alerting.pipeline.Notifier notifier(
      AlertmanagerConfig config, String name, Channel.Config integration) {
    ChannelTools tools = tools();
    var cards = rooms.notifier(config, name, integration, tools, integration.notifier(tools));
    return (notification, deadline) -> {
      NotifyResult result = cards.notify(notification, deadline);
      return isDead ? new NotifyResult.Retryable("this process has ended") : result;
    };
  }

  ChannelTools tools() {
    return new ChannelTools(
        options -> new HttpPoster(clients.open(options), clock),
        (_, _) -> new NotifyResult.Sent(""),
        MessageTemplates.standard(),
        MessageComposer.english(),
        clock,
        DeviceSource.NONE);
  }

  /// Ends the process without letting it finish anything.
  void kill() {
    isDead = true;
    close();
  }

  @Override
  public void close() {
    jobs.close();
    rooms.close();
    executor.close(); // an interrupt would make H2 close its files
    notifier.close();
    store.close();
    clients.close();
  }

  void fire(String job, String name, String severity) {
    accept(job, name, severity, Duration.ofHours(1));
  }

  void resolve(String job, String name, String severity) {
    accept(job, name, severity, Duration.ZERO);
  }

  private void accept(String job, String name, String severity, Duration end) {
    Instant now = clock.instant();
    notifier
        .dispatcher()
        .accept(
            List.of(
                new Alert(
                    Labels.of("alertname", name, "job", job, "severity", severity),
                    Labels.of("summary", name + " is broken"),
                    end.isZero() ? null : now,
                    now.plus(end),
                    "")));
  }

  /// Returns the newest episode of a job.
  Optional<Episode> episode(String job) {
    return episodes
        .search(
            new EpisodeStore.Search(
                job, Optional.empty(), "", Optional.empty(), Optional.empty(), 1, clock.instant()))
        .stream()
        .findFirst();
  }

  String owner(String job) {
    return episode(job).flatMap(it -> it.holding(clock.instant())).map(it -> it.owner()).orElse("");
  }

  /// Whether the card with a button is stored, so that presses count.
  boolean isStored(String data) {
    return store.cards().find(data.split("\\.")[1]).isPresent();
  }

  /// Whether the card with a button shows the end.
  boolean isClosed(String data) {
    return store.cards().find(data.split("\\.")[1]).orElseThrow().closedAt() != null;
  }

  List<String> audit() {
    return store
        .audit()
        .find(new AuditStore.Search("", Optional.empty(), Optional.empty(), 100))
        .stream()
        .map(ChatRig::line)
        .toList();
  }

  private static String line(AuditEntry entry) {
    return "%s %s %s %s %d"
        .formatted(
            entry.actor(), entry.means().text(), entry.action(), entry.subject(), entry.status());
  }

  /// Waits until something is so.
  static void until(String what, BooleanSupplier condition) {
    Instant end = Instant.now().plus(LONG);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waiting until " + what).isBefore(end);
      pause(Duration.ofMillis(20));
    }
  }

  /// Lets the process work for a while, to see that it does nothing.
  static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
