package io.pharos.oncall.episode;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records episodes beside the deliveries, and keeps their acknowledgements. Deliveries never wait
/// for it: it remembers which groups have changed, and [#tick] records them. Thread-safe.
public final class EpisodeService implements EpisodeKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(EpisodeService.class);

  /// How often [#tick] must be called.
  public static final Duration INTERVAL = Duration.ofMillis(500);

  /// How often [#collectGarbage] must be called.
  public static final Duration GC_INTERVAL = Duration.ofMinutes(10);

  /// How long an episode is kept after its end.
  public static final Duration RETENTION = Duration.ofDays(400);

  /// Maximum number of episodes.
  static final int MAX_EPISODES = 100_000;

  /// An open episode whose group no replica has seen for so long ends: routes have changed.
  private static final Duration GONE = Duration.ofHours(6);

  private static final int TRIES = 5;
  private static final long NOT_LOADED = -1;

  private final EpisodeStore store;
  private final InstantSource clock;
  private final EpisodeRecorder recorder;
  private final Instant startedAt;
  private final Counter failures;
  private final FollowedGroups followed;
  private final Map<String, Acknowledgement> acknowledgements = new ConcurrentHashMap<>();
  private final Object changing = new Object();
  /* What [#due] last returned a group for. */
  private final Map<String, String> flushed = new ConcurrentHashMap<>();
  private volatile AcknowledgementRules rules = AcknowledgementRules.NONE;
  private volatile long version = NOT_LOADED;
  private volatile boolean failing;

  /// Creates a service that knows nothing before [#tick].
  ///
  /// @param outbox only its ledger is read
  /// @param courses knows when alerts began, and their worst values
  public EpisodeService(
      EpisodeStore store,
      OutboxStore outbox,
      AlertCourse.Source courses,
      InstantSource clock,
      MeterRegistry registry) {
    this.store = store;
    this.clock = clock;
    this.recorder = new EpisodeRecorder(courses);
    this.startedAt = clock.instant();
    this.followed = new FollowedGroups(store, outbox, recorder, registry);
    this.failures =
        Counter.builder("pharos.episodes.failures")
            .description("Failed attempts to record episodes; they are repeated.")
            .register(registry);
  }

  @Override
  public @Nullable Acknowledged acknowledged(String groupKey) {
    @Nullable Acknowledgement known =
        acknowledgements.isEmpty() ? null : acknowledgements.get(groupKey);
    return known == null ? null : new HeldAcknowledgement(known, rules);
  }

  @Override
  public void install(AcknowledgementRules newRules) {
    rules = newRules;
  }

  @Override
  public void flushed(
      FlushContext context, List<TrackedAlert> alerts, Map<Fingerprint, String> muted) {
    followed.flushed(context, alerts, muted);
    if (!acknowledgements.isEmpty()
        && alerts.stream().allMatch(alert -> alert.isResolved(context.now()))) {
      // From now on, in this process, the acknowledgement is of an earlier episode.
      acknowledgements.computeIfPresent(
          context.groupKey(),
          (_, it) -> it.ended(Acknowledgement.End.EPISODE_ENDED, context.now()));
    }
  }

  /// Records the groups that have changed, and loads the acknowledgements that other replicas made.
  /// If the store does not answer, the next call tries again.
  public void tick() {
    try {
      refresh();
      Instant now = clock.instant();
      acknowledgements.forEach(
          (key, it) -> {
            if (it.isExpired(now)) {
              followed.delivering(key);
            }
          });
      followed.record(now, this::save);
      failing = false;
    } catch (StoreUnavailableException e) {
      failures.increment();
      if (!failing) {
        LOG.warn("episodes cannot be recorded now; retrying: {}", e.getMessage());
      }
      failing = true;
    }
  }

  /// Returns the groups whose acknowledgement has ended, or whose owner is to be asked, since the
  /// last call. A flush of them tells the receivers.
  public List<String> due() {
    Instant now = clock.instant();
    var due = new ArrayList<String>();
    flushed.keySet().retainAll(acknowledgements.keySet());
    acknowledgements.forEach(
        (key, it) -> {
          boolean hasEnded = !it.holds(now);
          if (hasEnded || new HeldAcknowledgement(it, rules).asksSince(now) != null) {
            String reason = (hasEnded ? "ended " : "asked ") + it.at();
            if (!reason.equals(flushed.put(key, reason))) {
              due.add(key);
            }
          }
        });
    return due;
  }

  /// Loads the acknowledgements, if they have changed.
  private void refresh() {
    long current = store.version();
    if (current == version) {
      return;
    }
    synchronized (changing) {
      List<Episode> open = store.open();
      acknowledgements
          .keySet()
          .retainAll(
              open.stream()
                  .filter(episode -> episode.acknowledgement() != null)
                  .map(Episode::groupKey)
                  .toList());
      open.forEach(this::adopt);
      if (version == NOT_LOADED) {
        open.forEach(episode -> followed.delivering(episode.groupKey()));
      }
      version = current;
    }
  }

  @Override
  public void delivering(String groupKey) {
    followed.delivering(groupKey);
  }

  private Set<String> save(List<EpisodeStore.Change> changes) {
    synchronized (changing) {
      Set<String> overtaken = store.save(changes);
      changes.stream()
          .map(EpisodeStore.Change::after)
          .filter(after -> !overtaken.contains(after.groupKey()))
          .filter(after -> after.isOpen() || acknowledgements.containsKey(after.groupKey()))
          .forEach(this::adopt);
      return overtaken;
    }
  }

  /* The end of an episode is known here before it is stored. */
  private void adopt(Episode episode) {
    Acknowledgement stored = episode.acknowledgement();
    if (stored == null || !episode.isOpen() || stored.missing() > 0) {
      acknowledgements.remove(episode.groupKey());
      return;
    }
    acknowledgements.merge(
        episode.groupKey(),
        stored,
        (known, loaded) ->
            known.end() == Acknowledgement.End.EPISODE_ENDED && !loaded.at().isAfter(known.at())
                ? known
                : loaded);
  }

  /// Result of a change by a person.
  public sealed interface Outcome {
    /// The change is stored.
    record Done(Episode episode) implements Outcome {}

    /// The person is one of several who must acknowledge, see [Acknowledgement#missing]. The
    /// episode is not acknowledged yet.
    record Partly(Episode episode) implements Outcome {}

    /// There is no such episode.
    record NotFound() implements Outcome {}

    /// The link was used before.
    record Replayed() implements Outcome {}

    /// The episode does not permit the change.
    record Refused(String reason) implements Outcome {}
  }

  /// Acknowledges an episode, or takes over its acknowledgement.
  ///
  /// @param length null until the episode ends, or until its owner does not answer a question
  /// @param link id of the delivery whose link was used; empty for other ways
  public Outcome acknowledge(
      long number, String owner, String comment, @Nullable Duration length, String link) {
    return change(number, episode -> acknowledge(episode, owner, comment, length, link));
  }

  private Step acknowledge(
      Episode episode, String owner, String comment, @Nullable Duration length, String link) {
    Instant now = clock.instant();
    if (!episode.isOpen()) {
      return new Step.Refused("the episode " + episode.number() + " has ended");
    }
    if (!link.isEmpty() && isUsed(episode, link)) {
      return new Step.Replayed();
    }
    Optional<Acknowledgement> joined = episode.partly();
    if (joined.filter(it -> it.isOf(owner)).isPresent()) {
      return new Step.Unchanged();
    }
    boolean isHeld = episode.holding(now).isPresent();
    int missing =
        isHeld
            ? 0
            : joined.map(Acknowledgement::missing).orElse(rules.people(episode.receiver())) - 1;
    @Nullable Instant until = length == null ? rules.end(now) : now.plus(length);
    var taken = Acknowledgement.of(episode, owner, comment, now, until, missing, link);
    return new Step.Made(
        episode.with(taken),
        new EpisodeEvent(
            link.isEmpty() ? "ack:" + now.toEpochMilli() + ":" + episode.version() : key(link),
            missing > 0 ? EpisodeEvent.Kind.PARTLY_ACKNOWLEDGED : EpisodeEvent.Kind.ACKNOWLEDGED,
            now,
            owner,
            comment,
            taken.until(),
            ""));
  }

  /// Acknowledges an episode, or releases its acknowledgement, by a button. Nothing changes if the
  /// episode is no longer in the round in which the button was shown.
  ///
  /// @param round see [Episode#round]
  /// @param wanted the change
  public Outcome press(long number, long round, Press wanted) {
    return change(
        number,
        episode ->
            !episode.isOpen() || episode.round() == round
                ? step(episode, wanted)
                : new Step.Replayed());
  }

  /// What a button does.
  public sealed interface Press {
    /// See [EpisodeService#acknowledge].
    record Acknowledge(String owner, @Nullable Duration length, String link) implements Press {}

    /// See [EpisodeService#release].
    record Release(String by) implements Press {}
  }

  private Step step(Episode episode, Press wanted) {
    return switch (wanted) {
      case Press.Acknowledge(String owner, Duration length, String link) ->
          acknowledge(episode, owner, "", length, link);
      case Press.Release(String by) -> release(episode, by);
    };
  }

  /// Whether the link of a delivery was used to acknowledge the episode.
  public boolean isUsed(Episode episode, String link) {
    return store.events(episode.number()).stream().anyMatch(it -> it.key().equals(key(link)));
  }

  private static String key(String link) {
    return "link:" + link;
  }

  /// Ends the acknowledgement of an episode.
  ///
  /// @param by the person who ends it
  public Outcome release(long number, String by) {
    return change(number, episode -> release(episode, by));
  }

  private Step release(Episode episode, String by) {
    Instant now = clock.instant();
    return episode
        .holding(now)
        .<Step>map(
            held ->
                new Step.Made(
                    episode.with(held.ended(Acknowledgement.End.RELEASED, now)),
                    EpisodeRecorder.ackEnded(held, Acknowledgement.End.RELEASED, by, now)))
        .orElseGet(
            () -> new Step.Refused("nobody has acknowledged the episode " + episode.number()));
  }

  /// Adds a comment to the timeline of an episode.
  public Outcome comment(long number, String by, String text) {
    return change(
        number,
        episode -> {
          Instant now = clock.instant();
          return new Step.Made(
              episode,
              new EpisodeEvent(
                  "comment:" + now.toEpochMilli() + ":" + episode.version(),
                  EpisodeEvent.Kind.COMMENTED,
                  now,
                  by,
                  text));
        });
  }

  /// Adds events to the timeline of a group's newest episode, if it was open at their time.
  ///
  /// @return false if there is no such episode, or another process changed it first
  public boolean note(String groupKey, List<EpisodeEvent> events) {
    Instant first = events.getFirst().at();
    return store
        .latest(groupKey)
        .filter(it -> it.endedAt() == null || !it.endedAt().isBefore(first))
        .map(it -> save(List.of(new EpisodeStore.Change(it, events))).isEmpty())
        .orElse(false);
  }

  private sealed interface Step {
    record Made(Episode after, EpisodeEvent event) implements Step {}

    record Refused(String reason) implements Step {}

    record Replayed() implements Step {}

    record Unchanged() implements Step {}
  }

  private interface Change {
    Step of(Episode episode);
  }

  private Outcome change(long number, Change wanted) {
    for (int i = 0; i < TRIES; i++) {
      Optional<Episode> found = store.find(number);
      if (found.isEmpty()) {
        return new Outcome.NotFound();
      }
      switch (wanted.of(found.get())) {
        case Step.Unchanged _ -> {
          return new Outcome.Partly(found.get());
        }
        case Step.Replayed _ -> {
          return new Outcome.Replayed();
        }
        case Step.Refused(String reason) -> {
          return new Outcome.Refused(reason);
        }
        case Step.Made(Episode after, EpisodeEvent event) -> {
          if (save(List.of(new EpisodeStore.Change(after, List.of(event)))).isEmpty()) {
            return event.kind() == EpisodeEvent.Kind.PARTLY_ACKNOWLEDGED
                ? new Outcome.Partly(after)
                : new Outcome.Done(after);
          }
        }
      }
    }
    return new Outcome.Refused(
        "the episode " + number + " changes all the time; try again in a moment");
  }

  /// Returns the episode with a number.
  public Optional<Episode> find(long number) {
    return store.find(number);
  }

  /// Returns the newest episode of a group.
  ///
  /// @param groupHash SHA-256 of the group's key, in hexadecimal
  public Optional<Episode> latestByHash(String groupHash) {
    return store.latestByHash(groupHash);
  }

  /// Returns the newest episodes of all groups with these labels, newest first.
  ///
  /// @param groupLabels fingerprint of the labels
  public List<Episode> ofLabels(Fingerprint groupLabels, int limit) {
    return store.ofLabels(groupLabels, limit);
  }

  /// Returns the titles of the open episodes without an acknowledgement that holds.
  public List<String> unowned() {
    return store.unowned(clock.instant());
  }

  /// Returns the open episodes, in the order of their numbers.
  public List<Episode> open() {
    return store.open();
  }

  /// Returns the episodes that a search finds, newest first.
  public List<Episode> search(EpisodeStore.Search search) {
    return store.search(search);
  }

  /// The timeline of an episode.
  ///
  /// @param isComplete whether every delivery of the ledger is in it
  public record Timeline(List<EpisodeEvent> events, boolean isComplete) {
    public Timeline {
      events = List.copyOf(events);
    }

    /// Returns a copy with only the status and the length of each receiver's answer.
    public Timeline withoutAnswers() {
      return new Timeline(
          events.stream()
              .map(
                  event ->
                      event.kind() == EpisodeEvent.Kind.NOTIFIED
                          ? event.withText(LedgerEntry.redacted(event.text()))
                          : event)
              .toList(),
          isComplete);
    }
  }

  /// Returns the timeline of an episode, oldest first.
  public Timeline timeline(Episode episode) {
    List<EpisodeEvent> events = store.events(episode.number());
    Map<String, EpisodeEvent> byKey = new HashMap<>();
    events.forEach(event -> byKey.put(event.key(), event));
    Instant end = episode.endedAt() == null ? Instant.MAX : episode.endedAt();
    boolean isComplete =
        episode.omitted() == 0
            && followed.ledger(episode, clock.instant()).stream()
                .filter(entry -> !entry.decidedAt().isBefore(episode.startedAt()))
                .filter(entry -> !entry.decidedAt().isAfter(end))
                .allMatch(
                    entry -> {
                      EpisodeEvent event = byKey.get(EpisodeRecorder.deliveryKey(entry));
                      return event != null
                          && (event.finishedAt() == null) == (entry.finishedAt() == null);
                    });
    return new Timeline(events, isComplete);
  }

  /// Ends episodes whose groups no longer exist, and deletes old episodes.
  public void collectGarbage() {
    Instant now = clock.instant();
    try {
      var changes = new ArrayList<EpisodeStore.Change>();
      boolean isSettled = Duration.between(startedAt, now).compareTo(Duration.ofHours(1)) > 0;
      for (Episode episode : store.open()) {
        if (followed.contains(episode.groupKey(), now)) {
          changes.add(new EpisodeStore.Change(episode.withSeenAt(now), List.of()));
        } else if (isSettled && episode.seenAt().plus(GONE).isBefore(now)) {
          changes.add(recorder.gone(episode, now));
        }
      }
      followed.forgetGone(now);
      if (!changes.isEmpty()) {
        save(changes);
      }
      store.prune(now.minus(RETENTION), MAX_EPISODES);
    } catch (StoreUnavailableException e) {
      failures.increment();
      LOG.warn("old episodes cannot be deleted now; retrying later: {}", e.getMessage());
    }
  }
}
