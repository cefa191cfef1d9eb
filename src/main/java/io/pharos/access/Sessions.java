package io.pharos.access;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Who has logged in with a token: a random id stands for it, so that the token itself does not
/// stay in a browser. Kept in memory only. Thread-safe.
final class Sessions {
  /// How long a session lasts at most.
  static final Duration LIFE = Duration.ofHours(12);

  /// How many there are at most; the oldest makes room. About 300 bytes each.
  static final int MOST = 1000;

  private static final int ID_BYTES = 32;

  private record Session(String tokenSha256, Instant ends) {}

  private final RandomGenerator random;

  /// By the hash of their id, oldest first: an id that is not known is not found out by timing.
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  /// @param random must be one that nobody can foresee
  Sessions(RandomGenerator random) {
    this.random = requireNonNull(random, "random is null");
  }

  /// Begins a session.
  ///
  /// @return its id, a secret
  synchronized String begin(String tokenSha256, Instant now) {
    sessions.values().removeIf(session -> !now.isBefore(session.ends()));
    while (sessions.size() >= MOST) {
      sessions.remove(sessions.keySet().iterator().next());
    }
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    sessions.put(Tokens.digest(id), new Session(tokenSha256, now.plus(LIFE)));
    return id;
  }

  /// The hash of the token that a session stands for; empty when it has ended.
  synchronized Optional<String> tokenSha256(String id, Instant now) {
    Session session = sessions.get(Tokens.digest(id));
    return session == null || !now.isBefore(session.ends())
        ? Optional.empty()
        : Optional.of(session.tokenSha256());
  }

  /// Ends a session; none of that id is none that has ended.
  synchronized void end(String id) {
    sessions.remove(Tokens.digest(id));
  }

  /// Ends the sessions of all tokens but these.
  synchronized void retain(Tokens tokens) {
    sessions.values().removeIf(session -> tokens.find(session.tokenSha256()).isEmpty());
  }

  synchronized int size() {
    return sessions.size();
  }
}
