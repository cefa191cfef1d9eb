package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.Channels;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.outbox.InMemoryOutboxStore;
import io.pharos.alerting.outbox.NotifyMetrics;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.alerting.silence.InMemorySilenceStore;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.VirtualJobs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The whole notifier on virtual time, with in-memory stores and recording receivers.
public final class NotifierRig {
  public final VirtualTime time = new VirtualTime();
  public final InMemoryOutboxStore outboxStore = new InMemoryOutboxStore();
  final InMemoryAlertStore alertStore = new InMemoryAlertStore();
  final InMemorySilenceStore silenceStore = new InMemorySilenceStore();
  public final List<Message> messages = new ArrayList<>();

  /// Time that each attempt had.
  final List<Duration> patience = new ArrayList<>();

  public SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /// Results of the next attempts per receiver; later attempts succeed.
  public final Map<String, Deque<NotifyResult>> answers = new HashMap<>();

  /// What each receiver lacks.
  public final Map<String, String> missing = new HashMap<>();

  /// Runs once during the next attempt, per receiver.
  public final Map<String, Runnable> during = new HashMap<>();

  public Silences silences;
  public Outbox outbox;
  public Dispatcher dispatcher;

  /// Used by the next start.
  public EpisodeKeeper episodes = EpisodeKeeper.NONE;

  /// Used by the next start or reload.
  public Function<AlertmanagerConfig, Escalations> escalations = _ -> Escalations.NONE;

  /// Flushes a group at once; returns false if there is none with this key.
  public Predicate<String> flushGroup = key -> dispatcher.flush(key);

  /// Used by the next start.
  ShardOwnership ownership = ShardOwnership.ALL;

  NotifierClock clock = new NotifierClock(time, time);
  private List<JobScheduler.Job> recurring = List.of();
  private int ids;

  private MemoryBounds budgets = MemoryBounds.unbounded();

  private Supplier<NotifierService.Stores> stores =
      () -> new NotifierService.Stores(alertStore, silenceStore, outboxStore);

  /// Whether the process has ended, so that it sends nothing.
  public BooleanSupplier ended = () -> false;

  /// A delivered message.
  public record Message(double at, String receiver, Notification notification) {
    /// Returns a form like `10.0 a firing A,-B`; resolved alerts have a minus.
    @Override
    public String toString() {
      return at + " " + receiver + " " + names(notification);
    }

    public static String names(Notification notification) {
      return notification.status().text()
          + " "
          + notification.alerts().stream()
              .map(a -> (a.isFiring() ? "" : "-") + name(a))
              .sorted()
              .collect(Collectors.joining(","));
    }

    private static String name(NotifiedAlert alert) {
      return alert.labels().get("alertname");
    }
  }

  /// Starts with a configuration; `hook: NAME` in it means a webhook.
  public NotifierRig(String yaml) {
    start(config(yaml));
  }

  public static AlertmanagerConfig config(String yaml) {
    return Channels.parse("alertmanager.yml", yaml, Path.of("/etc/pharos"));
  }

  /// Reads a configuration with `pharos.yml` in a separate folder.
  public static AlertmanagerConfig config(Path folder, String yaml, String pharosYaml)
      throws IOException {
    Files.writeString(folder.resolve("pharos.yml"), pharosYaml);
    return Channels.load(Files.writeString(folder.resolve("alertmanager.yml"), yaml));
  }

  /// Starts with memory bounds.
  public NotifierRig(String yaml, MemoryBounds budgets) {
    this.budgets = budgets;
    start(config(yaml));
  }

  public NotifierRig(AlertmanagerConfig config) {
    start(config);
  }

  /// Creates a notifier that [#start] starts.
  ///
  /// @param stores opens the stores at each start
  public NotifierRig(Supplier<NotifierService.Stores> stores) {
    this.stores = stores;
  }

  /// Starts a notifier that does not run.
  public void start(String yaml) {
    start(config(yaml));
    time.settle();
  }

  private void start(AlertmanagerConfig config) {
    registry = new SimpleMeterRegistry();
    NotifierService.Stores opened = stores.get();
    clock = new NotifierClock(time, time);
    silences =
        new Silences(
            opened.silences(), clock, () -> "00000000-0000-4000-8000-%012d".formatted(++ids));
    outbox =
        new Outbox(
            opened.outbox(),
            opened.outbox() == outboxStore ? outboxStore : journal(opened.outbox()),
            clock,
            time,
            time,
            time,
            () -> "delivery-" + ++ids,
            new Random(1),
            new NotifyMetrics(registry, Channels.types()),
            ShardOwnership.ALL,
            episodes);
    adoptAll(outbox);
    dispatcher =
        new Dispatcher(
            config,
            pipeline(config),
            outbox,
            opened.alerts(),
            silences,
            clock,
            time,
            time,
            registry,
            ownership,
            budgets);
    dispatcher.start();
    recurring.forEach(JobScheduler.Job::close);
    recurring =
        List.of(
            every(
                Outbox.UNDECIDED_INTERVAL,
                () -> outbox.undecided().forEach(group -> flushGroup.test(group))),
            every(Dispatcher.CHECKPOINT_INTERVAL, dispatcher::writeCheckpoint),
            every(Dispatcher.GC_INTERVAL, dispatcher::collectGarbage));
  }

  private JobScheduler.Job every(Duration interval, Runnable work) {
    return new VirtualJobs(time).schedule("", interval, Duration.ZERO, _ -> work.run());
  }

  /* Keeps facts that can't be stored, as the journal of the service does. */
  private OutboxStore.Journal journal(OutboxStore store) {
    var backlog = new ArrayList<OutboxChange>();
    return changes -> {
      backlog.addAll(changes);
      try {
        store.apply(List.copyOf(backlog));
        backlog.clear();
      } catch (RuntimeException e) {
        backlog.removeIf(change -> !change.isFact());
        if (!changes.stream().allMatch(OutboxChange::isFact)) {
          return CompletableFuture.failedFuture(e);
        }
      }
      return CompletableFuture.completedFuture(null);
    };
  }

  /// Creates another outbox on another store, without integrations.
  public Outbox outboxOn(OutboxStore store) {
    var other =
        new Outbox(
            store,
            outboxStore,
            time,
            time,
            time,
            time,
            () -> "other-" + ++ids,
            new Random(1),
            new NotifyMetrics(new SimpleMeterRegistry(), Channels.types()),
            ShardOwnership.ALL,
            EpisodeKeeper.NONE);
    adoptAll(other);
    return other;
  }

  private static void adoptAll(Outbox outbox) {
    outbox.adopt(IntStream.range(0, ShardOwnership.SHARDS).boxed().collect(Collectors.toSet()));
  }

  private Pipeline pipeline(AlertmanagerConfig config) {
    return new Pipeline(
        config,
        (receiver, _) ->
            ((Notifier) (notification, deadline) -> receive(receiver, notification, deadline))
                .whenComplete(() -> Optional.ofNullable(missing.get(receiver))),
        silences,
        outbox,
        escalations.apply(config),
        "http://pharos.example/",
        registry);
  }

  private NotifyResult receive(String receiver, Notification notification, Instant deadline) {
    if (ended.getAsBoolean()) {
      return new NotifyResult.Sent("ok");
    }
    patience.add(Duration.between(time.instant(), deadline));
    messages.add(new Message(time.seconds(), receiver, notification));
    Runnable hook = during.remove(receiver);
    if (hook != null) {
      hook.run();
    }
    Deque<NotifyResult> queue = answers.getOrDefault(receiver, new ArrayDeque<>());
    return queue.isEmpty() ? new NotifyResult.Sent("ok") : queue.poll();
  }

  public void answer(String receiver, NotifyResult... results) {
    answers.put(receiver, new ArrayDeque<>(List.of(results)));
  }

  public void reload(String yaml) {
    AlertmanagerConfig config = config(yaml);
    dispatcher.reload(config, pipeline(config));
    time.settle();
  }

  /// Kills the process, waits, and restarts from the stores.
  public void killAndStart(String yaml, Duration away) {
    killAndStart(config(yaml), away);
  }

  void killAndStart(AlertmanagerConfig config, Duration away) {
    kill();
    time.advance(away);
    outboxStore.revive();
    start(config);
    time.settle();
  }

  /// Work of the killed process no longer changes the stores.
  public void kill() {
    outboxStore.kill();
    recurring.forEach(JobScheduler.Job::close);
    outbox.close();
    dispatcher.close();
  }

  /// Posts alerts that end in an hour unless posted again.
  public void fire(String... names) {
    for (String name : names) {
      post(name, Labels.empty(), time.instant(), time.instant().plusSeconds(3600));
    }
  }

  public void resolve(String... names) {
    for (String name : names) {
      post(name, Labels.empty(), null, time.instant());
    }
  }

  public Dispatcher.AcceptResult post(String name, Labels more, Instant startsAt, Instant endsAt) {
    Labels labels = more.toBuilder().set("alertname", name).build();
    Dispatcher.AcceptResult result =
        dispatcher.accept(List.of(new Alert(labels, Labels.empty(), startsAt, endsAt, "")));
    time.settle();
    return result;
  }

  public void advance(double seconds) {
    time.advance(Duration.ofMillis(Math.round(seconds * 1000)));
  }

  public String silence(String matchers, Duration length) {
    Instant now = time.instant();
    var outcome =
        silences.set(
            new Silence(
                "", MatcherParser.parseMatchers(matchers), now, now.plus(length), now, "t", ""));
    return ((Silences.SetOutcome.Stored) outcome).id();
  }

  /// Returns the messages since the last call.
  public List<String> drain() {
    List<String> texts = messages.stream().map(Message::toString).toList();
    messages.clear();
    return texts;
  }
}
