package io.pharos.access;

import io.pharos.access.SessionStore.Session;
import io.pharos.model.Sha256;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sessions of people who logged in. The browser stores a random id, and the store its hash.
/// What was read is used for [#FRESH], so a session that ends at one replica ends at the others
/// within that time; while the store does not answer, for [#STALE]. Thread-safe.
final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /// Maximum duration of a session.
  static final Duration LIFE = Duration.ofHours(12);

  /// Maximum number of sessions.
  static final int MAX_SESSIONS = 1000;

  /// Maximum number of sessions of one holder: enough for a token that a team shares, and ten
  /// tokens must be misused before others can't log in.
  static final int MAX_PER_HOLDER = MAX_SESSIONS / 10;

  static final Duration FRESH = Duration.ofSeconds(2);
  static final Duration STALE = Duration.ofMinutes(15);

  private static final int ID_BYTES = 32;
  private static final int ID_LENGTH = 43;

  private record Known(Session session, Instant readAt) {}

  private final SessionStore store;
  private final RandomGenerator random;

  /// The sessions that were read, oldest first. Looking up the hash instead of the id prevents
  /// timing attacks on ids.
  private final LinkedHashMap<String, Known> known = new LinkedHashMap<>();

  /// @param random must be cryptographically secure
  Sessions(SessionStore store, RandomGenerator random) {
    this.store = store;
    this.random = random;
  }

  /// Starts a session. If the holder or the store has too many, the holder's oldest session ends.
  ///
  /// @return the secret id of the session; empty if there is no room without ending a session of
  ///   another holder
  Optional<String> begin(
      SessionStore.Kind kind, String holder, String name, String proof, Instant now) {
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    var session = new Session(Sha256.hex(id), kind, holder, name, proof, now, now.plus(LIFE));
    return store.add(session, MAX_PER_HOLDER, MAX_SESSIONS) ? Optional.of(id) : Optional.empty();
  }

  /// Returns a session by its secret id; empty if it has ended.
  ///
  /// @throws StoreUnavailableException if the store does not answer and the session was not read
  ///   lately
  Optional<Session> find(String id, Instant now) {
    if (id.length() != ID_LENGTH) {
      return Optional.empty();
    }
    return read(Sha256.hex(id), now).filter(session -> now.isBefore(session.endsAt()));
  }

  private Optional<Session> read(String hash, Instant now) {
    Known before = known(hash);
    if (before != null && isWithin(before, FRESH, now)) {
      return Optional.of(before.session());
    }
    Optional<Session> session;
    try {
      session = store.find(hash);
    } catch (StoreUnavailableException e) {
      if (before != null && isWithin(before, STALE, now)) {
        return Optional.of(before.session());
      }
      throw e;
    }
    remember(hash, session, now);
    return session;
  }

  private static boolean isWithin(Known read, Duration age, Instant now) {
    return !now.isBefore(read.readAt()) && now.isBefore(read.readAt().plus(age));
  }

  private synchronized @Nullable Known known(String hash) {
    return known.get(hash);
  }

  private synchronized void remember(String hash, Optional<Session> session, Instant now) {
    known.remove(hash);
    session.ifPresent(it -> known.put(hash, new Known(it, now)));
    if (known.size() > MAX_SESSIONS) {
      known.pollFirstEntry();
    }
  }

  /// Ends a session everywhere, if it exists.
  void end(String id) {
    String hash = Sha256.hex(id);
    remember(hash, Optional.empty(), Instant.EPOCH);
    store.delete(List.of(hash));
  }

  /// Ends all sessions that have no rights any more. If the store does not answer, they remain
  /// stored, without rights.
  void retain(Predicate<Session> hasRights, Instant now) {
    try {
      List<String> others =
          store.open(now).stream().filter(hasRights.negate()).map(Session::id).toList();
      if (!others.isEmpty()) {
        store.delete(others);
      }
    } catch (StoreUnavailableException e) {
      LOG.warn("sessions without rights remain stored: {}", e.getMessage());
    }
  }

  /// Returns the number of open sessions; NaN if the store does not answer.
  double size(Instant now) {
    try {
      return store.open(now).size();
    } catch (StoreUnavailableException _) {
      return Double.NaN;
    }
  }
}
