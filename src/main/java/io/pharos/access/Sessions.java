package io.pharos.access;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Login sessions, in memory only. The browser stores a random id instead of the token.
/// Thread-safe.
final class Sessions {
  /// Maximum duration of a session.
  static final Duration LIFE = Duration.ofHours(12);

  /// Maximum number of sessions, of about 300 bytes each; beyond it the oldest ends.
  static final int MAX_SESSIONS = 1000;

  private static final int ID_BYTES = 32;

  private record Session(String tokenSha256, Instant ends) {}

  private final RandomGenerator random;

  /// By the hash of their id, which prevents timing attacks on ids; oldest first.
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  /// @param random must be cryptographically secure
  Sessions(RandomGenerator random) {
    this.random = random;
  }

  /// Starts a session.
  ///
  /// @return its secret id
  synchronized String begin(String tokenSha256, Instant now) {
    sessions.values().removeIf(session -> !now.isBefore(session.ends()));
    while (sessions.size() >= MAX_SESSIONS) {
      sessions.remove(sessions.keySet().iterator().next());
    }
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    sessions.put(Tokens.digest(id), new Session(tokenSha256, now.plus(LIFE)));
    return id;
  }

  /// The hash of a session's token; empty if the session has ended.
  synchronized Optional<String> tokenSha256(String id, Instant now) {
    Session session = sessions.get(Tokens.digest(id));
    return session == null || !now.isBefore(session.ends())
        ? Optional.empty()
        : Optional.of(session.tokenSha256());
  }

  /// Ends a session, if it exists.
  synchronized void end(String id) {
    sessions.remove(Tokens.digest(id));
  }

  /// Ends the sessions of all other tokens.
  synchronized void retain(Tokens tokens) {
    sessions.values().removeIf(session -> tokens.find(session.tokenSha256()).isEmpty());
  }

  synchronized int size() {
    return sessions.size();
  }
}
