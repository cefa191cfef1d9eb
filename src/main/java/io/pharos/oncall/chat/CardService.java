package io.pharos.oncall.chat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.CardChat.Edited;
import io.pharos.alerting.channel.CardChat.Posted;
import io.pharos.alerting.message.CardState;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the cards in chats as their episodes are. Deliveries post cards and short replies through
/// [CardNotifier]; [#tick] finds the cards whose state has changed and edits them, several at a
/// time, always to the newest state. A chat that does not answer delays its own cards only.
/// Thread-safe.
public final class CardService {
  private static final Logger LOG = LoggerFactory.getLogger(CardService.class);

  /// How often [#tick] must be called.
  public static final Duration INTERVAL = Duration.ofMillis(500);

  /// How often [#collectGarbage] must be called.
  public static final Duration GC_INTERVAL = Duration.ofMinutes(10);

  /// How long a card is kept: Feishu permits edits for so long.
  static final Duration RETENTION = Duration.ofDays(14);

  /// How long one edit may take.
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /// Edits at the same time in one chat: about 30 edits each second, if the chat answers in 100 ms.
  private static final int AT_ONCE = 3;

  /// Cards that one call looks at: those that a chat can edit until the next call, and those that
  /// wait for another attempt.
  private static final int BATCH = 100;

  /// Attempts to change a card that edits change too.
  private static final int REWRITES = 5;

  /// An edit that was refused, not for want of time or of a connection, is tried again after this
  /// time.
  private static final Duration REFUSED = Duration.ofMinutes(10);

  /// A chat of an integration.
  ///
  /// @param mask removes the secrets of the integration from a text
  /// @param buttons whether clicks in the chat are received
  public record Room(
      Integration.Id id, CardChat chat, UnaryOperator<String> mask, Buttons buttons) {}

  /// Whether cards have buttons.
  public enum Buttons {
    SHOWN,
    NONE
  }

  /// What a room waits for.
  private static final class Pace {
    final Semaphore free = new Semaphore(AT_ONCE);
    volatile Instant pausedUntil = Instant.EPOCH;
  }

  private record Retry(Integration.Id room, int failures, Instant at) {}

  private final CardStore store;
  private final EpisodeService episodes;
  private final CardButtons buttons;
  private final ShardOwnership ownership;
  private final InstantSource clock;
  private final Executor executor;
  private final Backoff backoff;
  private final MeterRegistry registry;
  private final Map<String, Retry> retries = new ConcurrentHashMap<>();
  private final Map<String, ReentrantLock> editing = new ConcurrentHashMap<>();
  private final Map<Integration.Id, Pace> paces = new ConcurrentHashMap<>();
  private volatile Map<Integration.Id, Room> rooms = Map.of();
  private volatile boolean failing;

  /// @param ownership tells which groups' cards this process edits
  /// @param executor runs edits, which block
  CardService(
      CardStore store,
      EpisodeService episodes,
      CardButtons buttons,
      ShardOwnership ownership,
      InstantSource clock,
      Executor executor,
      Backoff backoff,
      MeterRegistry registry) {
    this.store = store;
    this.episodes = episodes;
    this.buttons = buttons;
    this.ownership = ownership;
    this.clock = clock;
    this.executor = executor;
    this.backoff = backoff;
    this.registry = registry;
    Gauge.builder("pharos_chat_cards_behind", retries, Map::size)
        .description("Cards in chats that do not show the newest state, because edits failed.")
        .register(registry);
  }

  /// Replaces the rooms.
  public void install(List<Room> newRooms) {
    var byId = new ConcurrentHashMap<Integration.Id, Room>();
    newRooms.forEach(room -> byId.put(room.id(), room));
    rooms = Map.copyOf(byId);
    paces.keySet().retainAll(byId.keySet());
    retries.values().removeIf(retry -> !byId.containsKey(retry.room()));
  }

  /// Returns the room of an integration.
  Optional<Room> room(Integration.Id id) {
    return Optional.ofNullable(rooms.get(id));
  }

  /// Starts the edits that are due.
  public void tick() {
    Instant now = clock.instant();
    try {
      for (Room room : rooms.values()) {
        Pace pace = paces.computeIfAbsent(room.id(), _ -> new Pace());
        if (pace.free.availablePermits() > 0 && !pace.pausedUntil.isAfter(now)) {
          var waiting = new ConcurrentLinkedQueue<String>();
          store.due(room.id(), now, BATCH).stream()
              .filter(card -> ownership.isCertain(ShardOwnership.shard(card.groupKey())))
              .filter(card -> isDue(card.key(), now))
              .forEach(card -> waiting.add(card.key()));
          for (int i = Math.min(AT_ONCE, waiting.size()); i > 0; i--) {
            start(room, waiting, pace);
          }
        }
      }
      failing = false;
    } catch (StoreUnavailableException e) {
      if (!failing) {
        LOG.warn("the cards in chats cannot be read now; retrying: {}", e.getMessage());
      }
      failing = true;
    }
  }

  private boolean isDue(String key, Instant now) {
    Retry retry = retries.get(key);
    return (retry == null || !retry.at().isAfter(now)) && !editing.containsKey(key);
  }

  /// Edits cards one after the other, until the next tick knows better which ones are due.
  private void start(Room room, Queue<String> waiting, Pace pace) {
    if (!pace.free.tryAcquire()) {
      return;
    }
    executor.execute(
        () -> {
          try {
            Instant end = clock.instant().plus(INTERVAL);
            Instant now;
            do {
              String key = waiting.poll();
              if (key == null) {
                return;
              }
              edit(room, key);
              now = clock.instant();
            } while (now.isBefore(end) && !pace.pausedUntil.isAfter(now));
          } finally {
            pace.free.release();
          }
        });
  }

  private void edit(Room room, String key) {
    if (!isDue(key, clock.instant())) { // another thread edits it, or has just failed
      return;
    }
    try {
      Edited _ = refresh(room, key, clock.instant().plus(PATIENCE));
    } catch (StoreUnavailableException e) {
      LOG.warn("a card cannot be edited now; retrying: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("a card cannot be edited; retrying", e);
      store.find(key).ifPresent(card -> retry(card, Optional.empty(), false));
    }
  }

  /// Edits a card that somebody has pressed at once, before the cards that wait, and then those.
  void hurry(ChatCard card) {
    executor.execute(
        () -> {
          Room room = rooms.get(card.integration());
          Pace pace = paces.get(card.integration());
          if (room != null
              && (pace == null || !pace.pausedUntil.isAfter(clock.instant()))
              && ownership.isCertain(ShardOwnership.shard(card.groupKey()))) {
            edit(room, card.key());
          }
          tick();
        });
  }

  /// Lets a card show its newest state. Waits for another edit of the same card: two at the same
  /// time could leave the older state on it.
  Edited refresh(Room room, String key, Instant deadline) {
    ReentrantLock lock = editing.computeIfAbsent(key, _ -> new ReentrantLock());
    lock.lock();
    try {
      if (lock.equals(editing.get(key))) {
        Optional<ChatCard> card = store.find(key).filter(it -> it.closedAt() == null);
        if (card.isEmpty()) {
          retries.remove(key);
        }
        return card.map(it -> show(room, it, deadline)).orElseGet(Edited.Done::new);
      }
    } finally {
      editing.remove(key, lock);
      lock.unlock();
    }
    return refresh(room, key, deadline); // the edit that this one waited for has removed the lock
  }

  private Edited show(Room room, ChatCard card, Instant deadline) {
    CardView view = view(room, card, isContinued(card));
    if (view.fingerprint().equals(card.shown()) && !view.card().state().isOver()) {
      shows(card, card.message(), view);
      return new Edited.Done();
    }
    Edited result = room.chat().edit(card.message(), view.card(), deadline);
    return switch (result) {
      case Edited.Done _ -> {
        shows(card, card.message(), view);
        yield counted(room, "done", result);
      }
      case Edited.Gone(String reason) -> {
        LOG.info("{}: the card {}: {}", room.id(), card.message(), room.mask().apply(reason));
        counted(room, "gone", result);
        yield postAnew(room, card, view, deadline);
      }
      case Edited.Failed(NotifyResult reason) -> {
        LOG.warn("{}: a card is not edited: {}", room.id(), room.mask().apply(reason.text()));
        counted(room, "failed", result);
        boolean isRefused = reason instanceof NotifyResult.Rejected;
        if (isRefused && view.card().state().isOver()) {
          // The end must be visible, if not on the card then below it.
          yield postAnew(room, card, view, deadline);
        }
        retry(card, pause(room, reason), isRefused);
        yield result;
      }
    };
  }

  private Edited postAnew(Room room, ChatCard card, CardView view, Instant deadline) {
    CardState state = view.card().state();
    if (state.isOver() && (card.told() == 0 || state.isContinued())) {
      // A reply has said that all alerts are resolved, or a newer card shows the episode.
      shows(card, card.message(), view);
      return new Edited.Done();
    }
    return switch (room.chat()
        .post(view.card(), card.key() + "-anew-" + card.version(), deadline)) {
      case Posted.Done(String message, _) -> {
        shows(card, message.isEmpty() ? card.message() : message, view);
        yield counted(room, "anew", new Edited.Done());
      }
      case Posted.Failed(NotifyResult reason) -> {
        retry(card, pause(room, reason), reason instanceof NotifyResult.Rejected);
        yield counted(room, "failed", new Edited.Failed(reason));
      }
    };
  }

  private void shows(ChatCard card, String message, CardView view) {
    retries.remove(card.key());
    // If the card was changed meanwhile, the next tick edits it again.
    boolean _ = store.update(card.showing(message, view, clock.instant()));
  }

  private Edited counted(Room room, String result, Edited edited) {
    Counter.builder("pharos_chat_edits")
        .description("Edits of cards in chats: done, failed, gone (deleted) or posted anew.")
        .tag("integration", room.id().type())
        .tag("result", result)
        .register(registry)
        .increment();
    return edited;
  }

  /// Returns the pause that the chat asked for; during it, nothing in the room is edited.
  private Optional<Duration> pause(Room room, NotifyResult reason) {
    Optional<Duration> wait =
        reason instanceof NotifyResult.Retryable(_, Optional<Duration> after)
            ? after
            : Optional.empty();
    Pace pace = paces.get(room.id());
    if (wait.isPresent() && pace != null) {
      pace.pausedUntil = clock.instant().plus(wait.get());
    }
    return wait;
  }

  private void retry(ChatCard card, Optional<Duration> wait, boolean isRefused) {
    Retry last = retries.get(card.key());
    int failures = last == null ? 1 : last.failures() + 1;
    Duration next = isRefused ? REFUSED : wait.orElseGet(() -> backoff.after(failures));
    retries.put(card.key(), new Retry(card.integration(), failures, clock.instant().plus(next)));
  }

  private boolean isContinued(ChatCard card) {
    return store
        .newest(card.groupHash(), card.integration(), card.chat())
        .filter(newest -> newest.decidedAt().isAfter(card.decidedAt()))
        .isPresent();
  }

  private CardView view(Room room, ChatCard card, boolean isContinued) {
    CardView view =
        CardView.of(
            card,
            isContinued,
            episodes.latestByHash(card.groupHash()),
            buttons,
            room.chat(),
            clock.instant());
    return switch (room.buttons()) {
      case SHOWN -> view;
      case NONE -> view.withoutButtons();
    };
  }

  /// Posts the first message of a card, and remembers it. If that fails, the message is no card: it
  /// is not edited.
  NotifyResult post(Room room, MessageDraft draft, Instant deadline) {
    Notification notification = draft.notification();
    var card =
        new ChatCard(
            CardButtons.key(notification.deliveryId()),
            notification.groupHash(),
            notification.groupKey(),
            room.id().receiver(),
            room.id().type(),
            room.id().index(),
            room.chat().chat(),
            "",
            room.chat().body(draft),
            told(notification),
            notification.decidedAt(),
            "",
            null,
            0,
            0,
            null,
            1);
    @Nullable CardView view = tryView(room, card);
    CardChat.Card shown =
        view == null
            ? new CardChat.Card(card.body(), CardState.unknown(card.told()), List.of())
            : view.card();
    return switch (room.chat().post(shown, notification.deliveryId(), deadline)) {
      case Posted.Failed(NotifyResult result) -> result;
      case Posted.Done(String message, String answer) -> {
        if (view != null && !message.isEmpty()) {
          remember(card.showing(message, view, clock.instant()));
        }
        yield new NotifyResult.Sent(answer);
      }
    };
  }

  private @Nullable CardView tryView(Room room, ChatCard card) {
    try {
      return view(room, card, false);
    } catch (StoreUnavailableException _) { // the page matters more than its card
      return null;
    }
  }

  private void remember(ChatCard card) {
    try {
      store.put(card);
    } catch (StoreUnavailableException e) {
      LOG.warn(
          "{}: the message {} will not be edited, because the store is unavailable: {}",
          card.integration(),
          card.message(),
          e.getMessage());
    }
  }

  /// Returns the card that a notification continues: the group's newest, if it is open, or shows
  /// already the end that the notification tells. Empty if there is none or the store does not
  /// answer.
  Optional<ChatCard> current(Room room, Notification notification) {
    try {
      return store
          .newest(notification.groupHash(), room.id(), room.chat().chat())
          .filter(card -> card.closedAt() == null || showsEnd(card, notification));
    } catch (StoreUnavailableException _) { // then the notification is a message of its own
      return Optional.empty();
    }
  }

  /* An episode ends before its last notification is sent, so the card may show the end first. */
  private boolean showsEnd(ChatCard card, Notification notification) {
    return notification.reason() == Notification.Reason.ALL_RESOLVED
        && episodes
            .latestByHash(card.groupHash())
            .filter(latest -> latest.number() == card.episode())
            .isPresent();
  }

  /// Changes the content of a card; the next [#tick] or [#refresh] shows it. If the store does not
  /// answer, the card keeps its content.
  void rewrite(ChatCard card, Room room, MessageDraft draft) {
    String body = room.chat().body(draft);
    int told = told(draft.notification());
    try {
      for (int attempt = 0; attempt < REWRITES; attempt++) {
        Optional<ChatCard> stored = store.find(card.key());
        if (stored.isEmpty() || store.update(stored.get().with(body, told))) {
          return;
        }
      }
    } catch (StoreUnavailableException e) {
      LOG.warn("{}: the card keeps its text: {}", room.id(), e.getMessage());
    }
  }

  private static int told(Notification notification) {
    int firing = notification.firing().size();
    return firing == 0 ? 0 : firing + notification.truncated();
  }

  /// Deletes old cards, and forgets the failures of cards that are deleted or closed.
  public void collectGarbage() {
    try {
      store.prune(clock.instant().minus(RETENTION));
      retries
          .keySet()
          .removeIf(key -> store.find(key).filter(card -> card.closedAt() == null).isEmpty());
    } catch (StoreUnavailableException e) {
      LOG.warn("old cards cannot be deleted now; retrying later: {}", e.getMessage());
    }
  }

  /// Returns the store of cards.
  CardStore store() {
    return store;
  }
}
