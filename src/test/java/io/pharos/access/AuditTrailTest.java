package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

class AuditTrailTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final List<AuditEntry> kept = new ArrayList<>();
  private final List<Instant> prunings = new ArrayList<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private boolean away;

  private final AuditTrail trail =
      new AuditTrail(
          new AuditStore() {
            @Override
            public void add(AuditEntry entry) {
              if (away) {
                throw new StoreUnavailableException("away", null);
              }
              kept.add(entry);
            }

            @Override
            public List<AuditEntry> find(Search search) {
              return List.of();
            }

            @Override
            public void prune(Instant before, int newest) {
              prunings.add(before);
            }
          },
          () -> NOW,
          meters);

  private void record() {
    trail.record("ada", AuditEntry.Means.TOKEN, "192.0.2.1", "POST /x", "id=1", 200);
  }

  @Test
  void changes_areStored_andOldOnesPrunedNowAndThen() {
    for (int i = 0; i < 501; i++) {
      record();
    }
    assertThat(kept).hasSize(501);
    assertThat(kept.getFirst().at()).isEqualTo(NOW);
    assertThat(prunings).containsOnly(NOW.minus(AuditTrail.KEPT)).hasSize(2);
  }

  @Test
  void storeThatIsAway_stopsNoChange_andIsCounted() {
    away = true;
    record();
    assertThat(meters.get("pharos.audit.lost").counter().count()).isEqualTo(1);
  }

  @Test
  void peopleFile_isRecordedAsDifferences_withoutHashes() {
    PasswordHash other = PasswordHash.of("another long password", new Random(3));
    String before = PeopleTest.file("ada:admin", "bob:viewer", "eve:viewer", "kim:viewer");
    String after =
        PeopleTest.file("ada:viewer", "bob:viewer", "kim:viewer", "new:responder")
            .replaceFirst(
                "(name: 'bob'.*?password: ')[^']*", "$1" + Matcher.quoteReplacement(other.text()));
    trail.recordPeople(People.parse("p", before), People.parse("p", after));
    assertThat(kept)
        .extracting(AuditEntry::subject)
        .containsExactly(
            "ada: admin became viewer",
            "bob: new password",
            "new: added as responder",
            "eve: removed, was viewer");
    assertThat(kept.toString()).doesNotContain("argon2");
  }

  @Test
  void longTexts_areCut() {
    trail.record("x".repeat(1_000), AuditEntry.Means.LINK, "", "", "", 200);
    assertThat(kept.getFirst().actor()).hasSize(AuditEntry.MAX_TEXT + 1).endsWith("…");
  }
}
