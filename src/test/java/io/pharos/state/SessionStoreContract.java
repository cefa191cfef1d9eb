package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.SessionStore;
import io.pharos.access.SessionStore.Session;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The contract of all stores of sessions.
abstract class SessionStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");
  private static final int MANY = 10_000;

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  private final String holder = "李雷 " + UUID.randomUUID();

  private SessionStore sessions() {
    return store().sessions();
  }

  private Session session(String holder, int second) {
    return new Session(
        UUID.randomUUID().toString(),
        SessionStore.Kind.LOCAL,
        holder,
        holder,
        "proof",
        T.plusSeconds(second),
        T.plusSeconds(second + 3_600));
  }

  private Session added(String holder, int second) {
    Session session = session(holder, second);
    assertThat(sessions().add(session, MANY, MANY)).isTrue();
    return session;
  }

  private List<String> open(Instant now) {
    return sessions().open(now).stream()
        .filter(it -> it.holder().startsWith(holder))
        .map(Session::id)
        .toList();
  }

  @Test
  void session_isFoundUntilItIsDeleted() {
    assertThat(sessions().find("none")).isEmpty();
    sessions().delete(List.of("none"));
    Session session = added(holder, 0);
    Session other = added(holder, 1);
    assertThat(sessions().find(session.id())).contains(session);
    sessions().delete(List.of(session.id(), "none"));
    assertThat(sessions().find(session.id())).isEmpty();
    assertThat(open(T)).containsExactly(other.id());
  }

  @Test
  void sessionsThatHaveEnded_areNotOpen_andGoWithTheNextOne() {
    Session first = added(holder, 0);
    assertThat(open(T.plusSeconds(3_599))).containsExactly(first.id());
    assertThat(open(T.plusSeconds(3_600))).isEmpty();
    added(holder, 3_599);
    assertThat(sessions().find(first.id())).isPresent();
    added(holder, 3_600);
    assertThat(sessions().find(first.id())).isEmpty();
  }

  @Test
  void holderWithTooMany_losesItsOldest() {
    Session first = added(holder, 0);
    Session second = added(holder, 1);
    Session neighbours = added(holder + "x", 0);
    Session third = session(holder, 2);
    assertThat(sessions().add(third, 2, MANY)).isTrue();
    assertThat(open(T)).containsExactly(neighbours.id(), second.id(), third.id());
    assertThat(sessions().find(first.id())).isEmpty();
  }

  @Test
  void tooManyInAll_areRefusedToANewHolder_andReplaceTheOldestOfOthers() {
    Session first = added(holder, 0);
    int all = sessions().open(T.minusSeconds(MANY)).size();
    assertThat(sessions().add(session(holder + "x", 1), MANY, all)).isFalse();
    assertThat(open(T)).containsExactly(first.id());
    Session second = session(holder, 1);
    assertThat(sessions().add(second, MANY, all)).isTrue();
    assertThat(open(T)).containsExactly(second.id());
  }
}
