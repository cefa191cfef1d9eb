package io.pharos.access;

import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Sessions in memory, behind a store that can be away.
public final class KeptSessions implements SessionStore {
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  /// Whether the store does not answer.
  boolean away;

  private synchronized Map<String, Session> sessions() {
    if (away) {
      throw new StoreUnavailableException("the store is away", null);
    }
    return sessions;
  }

  @Override
  public Optional<Session> find(String id) {
    return Optional.ofNullable(sessions().get(id));
  }

  @Override
  public boolean add(Session session, int maxPerHolder, int maxInAll) {
    sessions().values().removeIf(it -> !session.begunAt().isBefore(it.endsAt()));
    List<String> own =
        sessions.values().stream()
            .filter(it -> it.kind() == session.kind() && it.holder().equals(session.holder()))
            .map(Session::id)
            .toList();
    if (own.size() >= maxPerHolder || sessions.size() >= maxInAll) {
      if (own.isEmpty()) {
        return false;
      }
      sessions.remove(own.getFirst());
    }
    sessions.put(session.id(), session);
    return true;
  }

  @Override
  public void delete(List<String> ids) {
    ids.forEach(sessions()::remove);
  }

  @Override
  public List<Session> open(Instant now) {
    return sessions().values().stream().filter(it -> now.isBefore(it.endsAt())).toList();
  }
}
