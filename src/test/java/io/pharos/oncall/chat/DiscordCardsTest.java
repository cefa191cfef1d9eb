package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Episodes as cards of a Discord webhook, over real sockets. They have no buttons.
class DiscordCardsTest {
  private static final String EDIT = "PATCH " + DiscordStandIn.PATH;
  private static final String POST = "POST " + DiscordStandIn.PATH;

  @TempDir Path folder;
  private DiscordStandIn discord;
  private ChatRig rig;

  @BeforeEach
  void start() throws IOException {
    discord = new DiscordStandIn();
    rig =
        new ChatRig(
            folder,
            """
            discord_configs:
              - {webhook_url: '%s?thread_id=7', username: Pharos}
            """
                .formatted(discord.url() + DiscordStandIn.PATH),
            "receivers: [{name: on-call, cards: true}]\n",
            true);
  }

  @AfterEach
  void stop() throws IOException {
    rig.close();
    discord.close();
  }

  private DiscordStandIn.Shown paged() {
    rig.fire("api", "Down", "warning");
    ChatRig.until(
        "the card is posted and its episode recorded",
        () -> !discord.messages().isEmpty() && rig.episode("api").isPresent());
    return discord.messages().getLast();
  }

  private static void shows(DiscordStandIn.Shown card, String text) {
    ChatRig.until("the card shows " + text, () -> card.text().contains(text));
  }

  private void acknowledge(String owner) {
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), owner, "", null, "");
  }

  @Test
  void card_showsOwnerAndEnd_andTheEndIsAMessageToo() {
    DiscordStandIn.Shown card = paged();
    assertThat(card.content.path("username").asText()).isEqualTo("Pharos");
    acknowledge("lead");
    shows(card, "🙋 lead has it");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅");
    ChatRig.until("the end is told", () -> discord.messages().size() == 2);
    assertThat(discord.messages().getLast().text()).contains("✅ RESOLVED");
  }

  @Test
  void rateLimit_pausesEditsAsLongAsDiscordAsks() {
    DiscordStandIn.Shown card = paged();
    discord.fail(EDIT, 429, "{\"retry_after\":1.7}", Map.of("Retry-After", "1.7"));
    acknowledge("lead");
    ChatRig.until("the edit is refused", () -> discord.count(EDIT) == 1);
    Instant refused = Instant.now();
    shows(card, "lead has it");
    assertThat(Duration.between(refused, Instant.now())).isGreaterThan(Duration.ofMillis(1500));
    assertThat(card.edits).isEqualTo(1);
  }

  @Test
  void deletedMessage_isPostedAnew() {
    discord.delete(paged());
    acknowledge("lead");
    ChatRig.until("the card is posted anew", () -> discord.messages().size() == 1);
    shows(discord.messages().getLast(), "lead has it");
  }

  @Test
  void failures_andIdsThatAreNone_costOnlyTheCard() {
    discord.fail(POST, 503, "away", Map.of());
    discord.fail(POST, 200, "{\"id\":\"../../x\"}", Map.of());
    rig.fire("api", "Down", "warning");
    ChatRig.until("it was sent", () -> discord.count(POST) == 2 && rig.episode("api").isPresent());
    rig.fire("api", "Slow", "warning");
    ChatRig.until("the next message is a card", () -> discord.messages().size() == 1);
    acknowledge("lead");
    shows(discord.messages().getLast(), "lead has it");
  }
}
