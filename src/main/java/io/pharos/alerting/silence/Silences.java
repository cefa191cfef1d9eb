package io.pharos.alerting.silence;

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

/// All silences. Changes follow Alertmanager's rules: a change that would alter which alerts are
/// muted creates a new silence and expires the old silence.
///
/// Thread-safe. Every change is stored before it takes effect.
public final class Silences {
  /// Time for which an expired silence is kept.
  public static final Duration RETENTION = Duration.ofDays(5);

  private static final Logger LOG = LoggerFactory.getLogger(Silences.class);

  /// Maximum number of characters of one silence, including a fixed number for each matcher.
  private static final long MAX_CHARS = 64 * 1024;

  private static final int CHARS_PER_UNIT = 1024;
  private static final int CHARS_PER_MATCHER = 50;

  private static final long NOT_LOADED = -1;

  private final Store store;
  private final InstantSource clock;
  private final Supplier<String> ids;
  private final MemoryBounds bounds;
  private final Object changing = new Object();
  private final Map<String, Silence> silences = new ConcurrentHashMap<>();
  private volatile @Nullable SilenceIndex index;
  private volatile long version = NOT_LOADED;

  /// Loads the silences of the store. If the store does not respond, no alert is silenced, and
  /// listing silences fails, until [#refresh] succeeds.
  ///
  /// @param ids creates UUIDs
  public Silences(Store store, InstantSource clock, Supplier<String> ids) {
    this(store, clock, ids, MemoryBounds.unbounded());
  }

  /// Loads the silences of the store, with a bound on their memory. Expired silences are deleted if
  /// a new silence needs their memory.
  ///
  /// @param ids creates UUIDs
  public Silences(Store store, InstantSource clock, Supplier<String> ids, MemoryBounds bounds) {
    this.bounds = bounds;
    this.store = store;
    this.clock = clock;
    this.ids = ids;
    bounds.watch(MemoryBound.SILENCES, this::weight);
    try {
      refresh();
    } catch (RuntimeException e) {
      LOG.error("The silences cannot be loaded yet, so nothing is muted; retrying", e);
    }
  }

  /// Creates a silence, or changes the silence with the same id.
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
      long addedWeight = weight(wanted) - (previous != null && inPlace ? weight(previous) : 0);
      if (!makeRoom(addedWeight, wanted.id(), now)) {
        return full();
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

  /// Creates a silence with its own id, unless one with this id is known, even an expired one.
  public SetOutcome setOnce(Silence wanted) {
    synchronized (changing) {
      requireLoaded();
      if (silences.containsKey(wanted.id())) {
        return new SetOutcome.Stored(wanted.id());
      }
      Optional<String> problem = problem(wanted);
      if (problem.isPresent()) {
        return new SetOutcome.Invalid(problem.get());
      }
      if (!makeRoom(weight(wanted), "", clock.instant())) {
        return full();
      }
      write(List.of(wanted));
      return new SetOutcome.Stored(wanted.id());
    }
  }

  private SetOutcome full() {
    String text =
        "the maximum number of silences is reached: %d (--%s); expire some silences"
            .formatted(bounds.of(MemoryBound.SILENCES), MemoryBound.SILENCES.flag());
    bounds.refuse(MemoryBound.SILENCES, text);
    return new SetOutcome.Full(text);
  }

  /// Deletes the oldest expired silences if a new silence needs their memory.
  ///
  /// @return false if the new silence still exceeds the bound
  private boolean makeRoom(long addedWeight, String changedId, Instant now) {
    long excess = weight() + addedWeight - bounds.of(MemoryBound.SILENCES);
    if (excess <= 0) {
      return true;
    }
    var expired = new ArrayList<Silence>();
    for (Silence silence : list().reversed()) {
      if (excess <= 0 || silence.state(now) != Silence.State.EXPIRED) {
        break;
      }
      if (!silence.id().equals(changedId)) {
        expired.add(silence);
        excess -= weight(silence);
      }
    }
    if (excess > 0) {
      return false;
    }
    LOG.warn("Deleted {} expired silences to make room", expired.size());
    List<String> old = expired.stream().map(Silence::id).toList();
    store.delete(old);
    old.forEach(silences::remove);
    return true;
  }

  private long weight() {
    return silences.values().stream().mapToLong(Silences::weight).sum();
  }

  /// Returns the weight of a silence: one, plus one for each 1024 characters of its texts.
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
    if (chars > MAX_CHARS) {
      return Optional.of(
          "invalid silence: too large: about %d characters, expected at most %d"
              .formatted(chars, MAX_CHARS));
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
    if (silence.matchers().stream().allMatch(Silences::matchesMissingLabel)) {
      return Optional.of("invalid silence: at least one matcher must not match the empty string");
    }
    if (silence.endsAt().isBefore(silence.startsAt())) {
      return Optional.of("invalid silence: end time must not be before start time");
    }
    return Optional.empty();
  }

  /// Whether a matcher matches alerts that lack its label. Returns false for negative matchers,
  /// because "all but these" is a legitimate silence.
  private static boolean matchesMissingLabel(LabelMatcher matcher) {
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

  /// Ends a silence now; does nothing to an expired silence.
  ///
  /// @return the silence after the change; empty if no silence has the id
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

  /// Moves silences after the clock was set back: those that had begun stay begun, and those that
  /// had ended stay ended. Call [#storeMoved] with the result.
  ///
  /// @param before last time before the step
  /// @param now first time after the step
  /// @return the silences that have changed
  public List<Silence> setBack(Instant before, Instant now) {
    synchronized (changing) {
      List<Silence> moved =
          silences.values().stream()
              .filter(silence -> silence.state(before) != silence.state(now))
              .map(silence -> silence.setBack(before, now))
              .toList();
      moved.forEach(silence -> silences.put(silence.id(), silence));
      index = null;
      return moved;
    }
  }

  /// Stores moved silences, unless they have changed again.
  public void storeMoved(List<Silence> moved) {
    synchronized (changing) {
      try {
        store.save(
            moved.stream().filter(silence -> silence.equals(silences.get(silence.id()))).toList());
      } catch (RuntimeException e) {
        LOG.error(
            "{} silences whose times the clock's step has moved cannot be stored; a restart may"
                + " activate them again. Check the store",
            moved.size(),
            e);
      }
    }
  }

  /// Loads the changes of other replicas, or everything if nothing is loaded yet.
  public void refresh() {
    long current = store.version();
    if (current == version) {
      return;
    }
    synchronized (changing) {
      List<Silence> loaded = store.load();
      silences.keySet().retainAll(loaded.stream().map(Silence::id).toList());
      loaded.forEach(silence -> silences.put(silence.id(), silence));
      index = null;
      version = current;
    }
  }

  private void write(List<Silence> changes) {
    store.save(changes);
    changes.forEach(silence -> silences.put(silence.id(), silence));
    index = null;
  }

  /* Before the first load an empty answer would be wrong. If the store still does not respond, its
   * exception explains the problem. */
  private void requireLoaded() {
    if (version == NOT_LOADED) {
      refresh();
    }
  }

  /// Returns the silence with an id; empty if there is none.
  public Optional<Silence> get(String id) {
    requireLoaded();
    return Optional.ofNullable(silences.get(id));
  }

  /// Returns all silences: first active silences in order of their end, then pending silences in
  /// order of their start, then expired silences, the latest end first.
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

  /// Returns the ids of active silences that match the labels, sorted.
  public List<String> mutedBy(Labels labels) {
    SilenceIndex current = index;
    Instant now = clock.instant();
    if (current == null) {
      synchronized (changing) {
        current =
            new SilenceIndex(
                silences.values().stream()
                    .filter(silence -> silence.state(now) != Silence.State.EXPIRED)
                    .toList());
        index = current;
      }
    }
    return current.activeMatches(labels, now);
  }

  /// Returns the number of silences in a state.
  public long count(Silence.State state) {
    Instant now = clock.instant();
    return silences.values().stream().filter(s -> s.state(now) == state).count();
  }

  /// Deletes silences that ended more than [#RETENTION] ago.
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

  /// Returns the silences that have all given matchers.
  public List<Silence> containing(List<LabelMatcher> wanted) {
    return list().stream().filter(s -> s.matchers().containsAll(wanted)).toList();
  }

  /// Result of creating or changing a silence.
  public sealed interface SetOutcome {
    /// The silence is stored.
    ///
    /// @param id current id of the silence: the old id if an existing silence was changed in place,
    ///   otherwise a new id
    record Stored(String id) implements SetOutcome {}

    /// No silence has the id.
    record NotFound(String id) implements SetOutcome {}

    /// The maximum number of silences is reached.
    record Full(String message) implements SetOutcome {}

    /// The silence is invalid.
    record Invalid(String message) implements SetOutcome {}
  }

  /// Stores silences across restarts. Methods throw unchecked exceptions on failure.
  public interface Store {
    /// Loads all stored silences.
    List<Silence> load();

    /// Writes silences in one transaction; replaces stored silences with the same ids.
    void save(Collection<Silence> silences);

    /// Deletes silences.
    void delete(Collection<String> ids);

    /// Returns a number that changes whenever another replica changes silences.
    default long version() {
      return 0;
    }
  }
}
