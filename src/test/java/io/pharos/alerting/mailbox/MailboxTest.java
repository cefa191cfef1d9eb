package io.pharos.alerting.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MailboxTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @TempDir Path folder;

  private static Mailbox.Message message(String id, Instant time) {
    return new Mailbox.Message(
        id, time, "email", "a@example.org", "down", "it is down", "<p>down</p>");
  }

  @Test
  void add_severalMessages_newestComesFirst() {
    var mailbox = new Mailbox(folder.resolve("box"), 10);
    mailbox.add(message("old", NOON));
    mailbox.add(message("new", NOON.plusSeconds(1)));
    assertThat(mailbox.newestFirst()).extracting(Mailbox.Message::id).containsExactly("new", "old");
    assertThat(mailbox.get("old")).contains(message("old", NOON));
    assertThat(mailbox.get("none")).isEmpty();
  }

  @Test
  void add_sameId_replaces() {
    var mailbox = new Mailbox(folder, 10);
    mailbox.add(message("a", NOON));
    mailbox.add(message("a", NOON.plusSeconds(9)));
    assertThat(mailbox.newestFirst()).containsExactly(message("a", NOON.plusSeconds(9)));
  }

  @Test
  void add_overCapacity_oldestGoes() {
    var mailbox = new Mailbox(folder, 2);
    for (int i = 0; i < 4; i++) {
      mailbox.add(message("m" + i, NOON.plusSeconds(i)));
    }
    assertThat(mailbox.newestFirst()).extracting(Mailbox.Message::id).containsExactly("m3", "m2");
  }

  @Test
  void newestFirst_brokenFile_isLeftOutAndTheRestShown() throws Exception {
    var mailbox = new Mailbox(folder, 2);
    mailbox.add(message("whole", NOON));
    Files.writeString(folder.resolve("half.json"), "{\"id\":");
    assertThat(mailbox.newestFirst()).extracting(Mailbox.Message::id).containsExactly("whole");
  }

  @Test
  void message_idThatIsAPath_isRefused() {
    assertThatThrownBy(() -> message("../etc", NOON)).hasMessageContaining("../etc");
  }
}
