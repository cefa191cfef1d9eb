package io.pharos.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Stores the sessions of people who logged in, for all replicas. Every method throws
/// [io.pharos.trouble.StoreUnavailableException] if the store does not answer.
public interface SessionStore {
  /// How a session began.
  enum Kind {
    /// By an access token.
    TOKEN,
    /// By a password.
    LOCAL,
    /// At an identity provider.
    OIDC
  }

  /// A session.
  ///
  /// @param id SHA-256 of the secret id that the browser stores
  /// @param holder identifies the token or person among those of the kind
  /// @param name name of the holder when the session began
  /// @param proof what the rights depend on; if it is no longer valid, the session has none
  /// @param endsAt when the session ends at the latest
  record Session(
      String id,
      Kind kind,
      String holder,
      String name,
      String proof,
      Instant begunAt,
      Instant endsAt) {}

  /// Returns a session, also if it has ended by time.
  Optional<Session> find(String id);

  /// Adds a session, and deletes those that have ended by time. If the holder has too many, or
  /// there are too many in all, deletes the holder's oldest.
  ///
  /// @return false if there are too many in all and the holder has none, so that none was added
  boolean add(Session session, int maxPerHolder, int maxInAll);

  /// Deletes sessions.
  void delete(List<String> ids);

  /// Returns all sessions that end after a time.
  List<Session> open(Instant now);
}
