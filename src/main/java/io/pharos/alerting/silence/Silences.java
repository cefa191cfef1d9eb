package io.pharos.alerting.silence;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All silences, with Alertmanager's rules of change: a change that would alter what is muted makes
/// a new silence and expires the old one.
///
/// Thread-safe. Every change is stored before it takes effect.
public final class Silences {
  /// How long an expired silence is kept.
  public static final Duration RETENTION = Duration.ofDays(5);

  private static final Logger LOG = LoggerFactory.getLogger(Silences.class);

  /// One silence has no more characters than this, each matcher's own weight included.
  private static final long MOST_CHARS = 64 * 1024;

  private static final int CHARS_PER_UNIT = 1024;
  private static final int CHARS_PER_MATCHER = 50;

  private static final long NOT_LOADED = -1;

  private final SilenceStore store;
  private final InstantSource clock;
  private final Supplier<String> ids;
  private final MemoryBounds budgets;
  private final Object changing = new Object();
  private final Map<String, Silence> silences = new ConcurrentHashMap<>();
  private volatile @Nullable SilenceIndex index;
  private volatile long version = NOT_LOADED;

  /// The silences that the store has. Where it does not answer there are none that mute, and none
  /// that are shown, until [#refresh] works.
  ///
  /// @param ids makes a new id, a UUID
  public Silences(SilenceStore store, InstantSource clock, Supplier<String> ids) {
    this(store, clock, ids, MemoryBounds.unbounded());
  }

  /// As above, with a bound on how many there may be. Expired ones make room.
  public Silences(
      SilenceStore store, InstantSource clock, Supplier<String> ids, MemoryBounds budgets) {
    this.budgets = requireNonNull(budgets, "budgets is null");
    this.store = requireNonNull(store, "store is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.ids = requireNonNull(ids, "ids is null");
    budgets.watch(MemoryBound.SILENCES, this::weight);
    try {
      refresh();
    } catch (RuntimeException e) {
      LOG.error("silences are not known yet, nothing is muted by them", e);
    }
  }

  /// Creates a silence, or changes the one whose id it has.
  public SetOutcome set(Silence wanted) {
    synchronized (changing) {
      requireLoaded();
      Instant now = clock.instant();
      Silence previous = silences.get(wanted.id());
      if (!wanted.id().isEmpty() && previous == null) {
        return new SetOutcome.NotFound(wanted.id());
      }
      Optional<String> problem = problem(wanted);
      if (problem.isPresent()) {
        return new SetOutcome.Invalid(problem.get());
      }
      boolean inPlace = previous != null && canChangeInPlace(previous, wanted, now);
      long more = weight(wanted) - (previous != null && inPlace ? weight(previous) : 0);
      if (!makeRoom(more, wanted.id(), now)) {
        String text =
            "there are as many silences as there may be, %d (--%s): expire some"
                .formatted(budgets.of(MemoryBound.SILENCES), MemoryBound.SILENCES.flag());
        budgets.refuse(MemoryBound.SILENCES, text);
        return new SetOutcome.Full(text);
      }
      if (inPlace) {
        write(List.of(wanted.with(wanted.id(), wanted.startsAt(), wanted.endsAt(), now)));
        return new SetOutcome.Stored(wanted.id());
      }
      var changes = new ArrayList<Silence>();
      if (previous != null && previous.state(now) != Silence.State.EXPIRED) {
        changes.add(expired(previous, now));
      }
      Instant start = wanted.startsAt().isBefore(now) ? now : wanted.startsAt();
      Silence created = wanted.with(ids.get(), start, wanted.endsAt(), now);
      changes.add(created);
      write(changes);
      return new SetOutcome.Stored(created.id());
    }
  }

  /// Forgets expired silences where a new one needs their room, those that ended first.
  private boolean makeRoom(long more, String changed, Instant now) {
    long over = weight() + more - budgets.of(MemoryBound.SILENCES);
    if (over <= 0) {
      return true;
    }
    var expired = new ArrayList<Silence>();
    for (Silence silence : list().reversed()) {
      if (over <= 0 || silence.state(now) != Silence.State.EXPIRED) {
        break;
      }
      if (!silence.id().equals(changed)) {
        expired.add(silence);
        over -= weight(silence);
      }
    }
    if (over > 0) {
      return false;
    }
    LOG.warn("{} expired silences are forgotten to make room", expired.size());
    List<String> old = expired.stream().map(Silence::id).toList();
    store.delete(old);
    old.forEach(silences::remove);
    return true;
  }

  private long weight() {
    return silences.values().stream().mapToLong(Silences::weight).sum();
  }

  /// One, and one more for each whole KiB of texts.
  private static long weight(Silence silence) {
    return 1 + chars(silence) / CHARS_PER_UNIT;
  }

  private static long chars(Silence silence) {
    long chars = (long) silence.comment().length() + silence.createdBy().length();
    for (LabelMatcher matcher : silence.matchers()) {
      chars += (long) matcher.name().length() + matcher.value().length() + CHARS_PER_MATCHER;
    }
    return chars;
  }

  private static Optional<String> problem(Silence silence) {
    long chars = chars(silence);
    if (chars > MOST_CHARS) {
      return Optional.of(
          "invalid silence: too large: about "
              + chars
              + " characters, expected at most "
              + MOST_CHARS);
    }

    if (silence.matchers().isEmpty()) {
      return Optional.of("invalid silence: at least one matcher required");
    }
    for (int i = 0; i < silence.matchers().size(); i++) {
      if (silence.matchers().get(i).name().isEmpty()) {
        return Optional.of(
            "invalid silence: invalid label matcher " + i + ": invalid label name \"\"");
      }
    }
    if (silence.matchers().stream().allMatch(Silences::takesTheMissingLabel)) {
      return Optional.of("invalid silence: at least one matcher must not match the empty string");
    }
    if (silence.endsAt().isBefore(silence.startsAt())) {
      return Optional.of("invalid silence: end time must not be before start time");
    }
    return Optional.empty();
  }

  /// Whether the matcher asks for nothing. A negative one always asks for something: that a value
  /// is another, which is what a silence of "all but these" says.
  private static boolean takesTheMissingLabel(LabelMatcher matcher) {
    return switch (matcher.type()) {
      case EQUAL, REGEX -> matcher.matches("");
      case NOT_EQUAL, NOT_REGEX -> false;
    };
  }

  private static boolean canChangeInPlace(Silence previous, Silence wanted, Instant now) {
    if (!previous.matchers().equals(wanted.matchers())) {
      return false;
    }
    return switch (previous.state(now)) {
      case ACTIVE ->
          previous.startsAt().getEpochSecond() == wanted.startsAt().getEpochSecond()
              && !wanted.endsAt().isBefore(now);
      case PENDING -> !wanted.startsAt().isBefore(now);
      case EXPIRED -> false;
    };
  }

  private static Silence expired(Silence silence, Instant now) {
    return silence.state(now) == Silence.State.PENDING
        ? silence.with(silence.id(), now, now, now)
        : silence.with(silence.id(), silence.startsAt(), now, now);
  }

  /// Ends a silence now. One that has ended stays as it is.
  ///
  /// @return the silence as it is now; empty if there is none of that id
  public Optional<Silence> expire(String id) {
    synchronized (changing) {
      requireLoaded();
      Silence silence = silences.get(id);
      Instant now = clock.instant();
      if (silence != null && silence.state(now) != Silence.State.EXPIRED) {
        write(List.of(expired(silence, now)));
      }
      return Optional.ofNullable(silences.get(id));
    }
  }

  /// Takes note of what other replicas have changed, and of all where nothing is known yet.
  public void refresh() {
    long current = store.version();
    if (current == version) {
      return;
    }
    synchronized (changing) {
      List<Silence> all = store.load();
      silences.keySet().retainAll(all.stream().map(Silence::id).toList());
      all.forEach(silence -> silences.put(silence.id(), silence));
      index = null;
      version = current;
    }
  }

  private void write(List<Silence> changes) {
    store.save(changes);
    changes.forEach(silence -> silences.put(silence.id(), silence));
    index = null;
  }

  /* That there is none is not said before that is known: the store throws what people are told. */
  private void requireLoaded() {
    if (version == NOT_LOADED) {
      refresh();
    }
  }

  public Optional<Silence> get(String id) {
    requireLoaded();
    return Optional.ofNullable(silences.get(id));
  }

  /// All silences: the active ones by end, then the pending ones by start, then the expired ones,
  /// the latest end first.
  public List<Silence> list() {
    requireLoaded();
    Instant now = clock.instant();
    var sorted = new ArrayList<>(silences.values());
    sorted.sort(
        Comparator.comparing((Silence silence) -> silence.state(now))
            .thenComparing((a, b) -> compareInState(a, b, now))
            .thenComparing(Silence::id));
    return sorted;
  }

  private static int compareInState(Silence a, Silence b, Instant now) {
    return switch (a.state(now)) {
      case ACTIVE -> a.endsAt().compareTo(b.endsAt());
      case PENDING -> a.startsAt().compareTo(b.startsAt());
      case EXPIRED -> b.endsAt().compareTo(a.endsAt());
    };
  }

  /// The ids of the silences that are active now and match, in order.
  public List<String> mutedBy(Labels labels) {
    SilenceIndex current = index;
    Instant now = clock.instant();
    if (current == null) {
      synchronized (changing) {
        current = new SilenceIndex(unexpired(silences.values(), now));
        index = current;
      }
    }
    return current.activeMatches(labels, now);
  }

  private static List<Silence> unexpired(Collection<Silence> all, Instant now) {
    return all.stream().filter(s -> s.state(now) != Silence.State.EXPIRED).toList();
  }

  /// How many silences are in a state.
  public long count(Silence.State state) {
    Instant now = clock.instant();
    return silences.values().stream().filter(s -> s.state(now) == state).count();
  }

  /// Forgets silences that ended longer than [#RETENTION] ago.
  public void collectGarbage() {
    synchronized (changing) {
      Instant limit = clock.instant().minus(RETENTION);
      List<String> old =
          silences.values().stream()
              .filter(silence -> silence.endsAt().isBefore(limit))
              .map(Silence::id)
              .toList();
      if (!old.isEmpty()) {
        store.delete(old);
        old.forEach(silences::remove);
        index = null;
      }
    }
  }

  /// The silences that contain an equal matcher for each of the given ones.
  public List<Silence> containing(List<LabelMatcher> wanted) {
    return list().stream().filter(s -> s.matchers().containsAll(wanted)).toList();
  }
}
