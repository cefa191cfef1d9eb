package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.AuditEntry;
import io.pharos.access.AuditStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The contract of all stores of the audit.
abstract class AuditStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  private final String actor = "李雷 " + UUID.randomUUID();

  private AuditStore audit() {
    return store().audit();
  }

  private void add(int second, String subject) {
    audit()
        .add(
            new AuditEntry(
                0,
                T.plusSeconds(second),
                actor,
                AuditEntry.Means.SESSION,
                "192.0.2.1",
                "POST /silences/{id}/expire",
                subject,
                303));
  }

  private List<AuditEntry> find(String text, Optional<Instant> since, Optional<Long> before) {
    return audit().find(new AuditStore.Search(text, since, before, 2));
  }

  private List<String> subjects(List<AuditEntry> entries) {
    return entries.stream().map(AuditEntry::subject).toList();
  }

  @Test
  void entries_areFoundNewestFirst_page_byPage() {
    add(0, "id=first");
    add(1, "id=second\0");
    add(2, "id=THIRD %_'");
    List<AuditEntry> newest = find(actor, Optional.empty(), Optional.empty());
    assertThat(subjects(newest)).containsExactly("id=THIRD %_'", "id=second?");
    assertThat(newest.getFirst().at()).isEqualTo(T.plusSeconds(2));
    assertThat(newest.getFirst().means()).isEqualTo(AuditEntry.Means.SESSION);
    assertThat(newest.getFirst().status()).isEqualTo(303);
    List<AuditEntry> older = find(actor, Optional.empty(), Optional.of(newest.getLast().number()));
    assertThat(subjects(older)).containsExactly("id=first");
    assertThat(subjects(find(actor, Optional.of(T.plusSeconds(2)), Optional.empty())))
        .containsExactly("id=THIRD %_'");
    assertThat(subjects(find("third %_'", Optional.empty(), Optional.empty())))
        .contains("id=THIRD %_'");
    assertThat(find(actor + "x", Optional.empty(), Optional.empty())).isEmpty();
    assertThat(find("%' or 1=1 --", Optional.empty(), Optional.empty())).isEmpty();
  }

  @Test
  void prune_deletesTheOldAndTheTooMany() {
    for (int i = 0; i < 4; i++) {
      add(i, "id=" + i);
    }
    audit().prune(T.plusSeconds(1), 1_000);
    assertThat(audit().find(new AuditStore.Search(actor, Optional.empty(), Optional.empty(), 9)))
        .extracting(AuditEntry::subject)
        .containsExactly("id=3", "id=2", "id=1");
    audit().prune(T, 2);
    assertThat(audit().find(new AuditStore.Search("", Optional.empty(), Optional.empty(), 9)))
        .extracting(AuditEntry::subject)
        .containsExactly("id=3", "id=2");
  }
}
