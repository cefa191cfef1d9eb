package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Episodes as cards in Slack, with clicks over Socket Mode, from the fault to the end, over real
/// sockets.
class SlackCardsTest {
  @TempDir Path folder;
  private SlackStandIn slack;
  private ChatRig rig;

  @BeforeEach
  void start() throws IOException {
    slack = new SlackStandIn();
    rig = rig(folder.resolve("a"));
  }

  private ChatRig rig(Path place) throws IOException {
    return new ChatRig(
        Files.createDirectories(place),
        """
        slack_configs:
          - {app_token: '%s', app_url: '%s', channel: '#alerts', send_resolved: true}
        """
            .formatted(SlackStandIn.BOT_TOKEN, slack.url("/api/chat.postMessage")),
        """
        chat:
          people: [{name: lead, slack: U7}]
          slack: {socket_token: '%s', api_url: '%s'}
        receivers:
          - {name: on-call, cards: true}
        """
            .formatted(SlackStandIn.APP_TOKEN, slack.url("/api")),
        true);
  }

  @AfterEach
  void stop() throws IOException {
    rig.close();
    slack.close();
  }

  private SlackStandIn.Shown paged(String job) {
    rig.fire(job, "Down", "warning");
    ChatRig.until(
        "the card is posted and its episode recorded",
        () -> !slack.cards().isEmpty() && rig.episode(job).isPresent());
    ChatRig.until("the card is stored", () -> isStored(slack.card()));
    return slack.card();
  }

  private boolean isStored(SlackStandIn.Shown card) {
    return rig.isStored(card.buttons().get("Acknowledge").path("value").asText());
  }

  private static void shows(SlackStandIn.Shown card, String text) {
    ChatRig.until("the card shows " + text, () -> card.text().contains(text));
  }

  private void answered(String text) {
    ChatRig.until(
        "the click is answered: " + text,
        () -> slack.answers().stream().anyMatch(it -> it.contains(text)));
  }

  @Test
  void click_acknowledges_theCardShowsTheOwner_andTheEndIsInTheThread() throws IOException {
    SlackStandIn.Shown card = paged("api");
    assertThat(card.buttons()).containsOnlyKeys("Acknowledge", "Acknowledge 1 h");
    slack.press(card, "Acknowledge", "U7", "ignored");
    shows(card, "🙋 lead has it");
    answered("lead has it");
    assertThat(slack.answers.getFirst().path("response_type").asText()).isEqualTo("ephemeral");
    assertThat(slack.acknowledged).hasSize(1);
    assertThat(card.buttons()).containsOnlyKeys("Still on it / take over", "Release");
    assertThat(rig.owner("api")).isEqualTo("lead");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    assertThat(card.buttons()).isEmpty();
    assertThat(slack.cards()).hasSize(1);
    assertThat(slack.messages().getLast().thread()).isEqualTo(card.ts);
    assertThat(slack.messages().getLast().text()).contains("✅ RESOLVED");
  }

  @Test
  void newAlerts_areInTheThread_andShownInTheChannel() {
    SlackStandIn.Shown card = paged("api");
    rig.fire("api", "Slow", "warning");
    ChatRig.until("a reply says what is new", () -> slack.messages().size() == 2);
    JsonNode reply = slack.messages().getLast().content;
    assertThat(reply.path("thread_ts").asText()).isEqualTo(card.ts);
    assertThat(reply.path("reply_broadcast").asBoolean()).isTrue();
    shows(card, "2 firing");
  }

  @Test
  void doubledEnvelopes_andLaterClicks_changeNothing() throws IOException {
    SlackStandIn.Shown card = paged("api");
    JsonNode button = card.buttons().get("Acknowledge");
    slack.click(SlackStandIn.CHANNEL, card.ts, button, "U7", "l");
    slack.click(SlackStandIn.CHANNEL, card.ts, button, "U7", "l");
    slack.click(SlackStandIn.CHANNEL, card.ts, button, "U8", "sam");
    ChatRig.until("all are answered", () -> slack.answers().size() == 3);
    assertThat(slack.answers()).containsOnly("lead has it");
    assertThat(rig.owner("api")).isEqualTo("lead");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    ChatRig.until("the end is recorded", () -> !rig.episode("api").orElseThrow().isOpen());
    slack.click(SlackStandIn.CHANNEL, card.ts, button, "U7", "l");
    answered("The incident has ended.");
  }

  @Test
  void forgedButtons_andThoseOfAnotherChannel_changeNothing() throws IOException {
    SlackStandIn.Shown card = paged("api");
    ObjectNode forged = card.buttons().get("Acknowledge").deepCopy();
    String value = forged.path("value").asText();
    slack.click("C9OTHER", card.ts, forged, "U7", "l");
    slack.click(
        SlackStandIn.CHANNEL, card.ts, forged.put("value", "R" + value.substring(1)), "U7", "l");
    slack.click(SlackStandIn.CHANNEL, card.ts, forged.put("value", "x"), "U7", "l");
    slack.click(SlackStandIn.CHANNEL, card.ts, forged.put("action_id", "another-app"), "U7", "l");
    ChatRig.until("all are acknowledged", () -> slack.acknowledged.size() == 4);
    ChatRig.until("ours are answered", () -> slack.answers().size() == 3);
    assertThat(slack.answers()).containsOnly("This button is not valid here.");
    assertThat(rig.owner("api")).isEmpty();
  }

  @Test
  void connections_thatSlackRefreshes_drops_orFillsWithNonsense_areOpenedAgain()
      throws IOException {
    SlackStandIn.Shown card = paged("api");
    opened(1);
    slack.send("{\"type\":\"disconnect\",\"reason\":\"refresh_requested\",\"debug_info\":{}}");
    opened(2);
    slack.sockets().connections().getLast().drop();
    opened(3);
    slack.send("nonsense");
    opened(4);
    slack.sockets().connections().getLast().send(new byte[] {1, 2});
    opened(5);
    slack.send("{\"type\":\"events_api\",\"envelope_id\":\"e1\",\"payload\":{}}");
    slack.send("{\"type\":\"interactive\",\"envelope_id\":\"e2\",\"payload\":[1]}");
    slack.press(card, "Acknowledge", "U7", "l");
    shows(card, "lead has it");
    assertThat(slack.acknowledged).contains("e1", "e2");
  }

  private void opened(int connections) {
    ChatRig.until(
        "connection " + connections + " is open",
        () ->
            slack.count("apps.connections.open") >= connections
                && slack.sockets().connections().size() == 1);
  }

  @Test
  void rateLimit_pausesEditsAsLongAsSlackAsks_andTheNewestStateWins() throws IOException {
    SlackStandIn.Shown card = paged("api");
    slack.fail("chat.update", 429, "{\"ok\":false,\"error\":\"ratelimited\"}", "2");
    slack.press(card, "Acknowledge", "U7", "l");
    ChatRig.until("the edit is refused", () -> slack.count("chat.update") == 1);
    Instant refused = Instant.now();
    long number = rig.episode("api").orElseThrow().number();
    rig.episodes.release(number, "lead");
    rig.episodes.acknowledge(number, "deputy", "", null, "");
    shows(card, "deputy has it");
    assertThat(Duration.between(refused, Instant.now())).isGreaterThan(Duration.ofMillis(1500));
    assertThat(card.edits).isEqualTo(1);
  }

  @Test
  void failures_andNonsense_areRetried() throws IOException {
    slack.fail("chat.postMessage", 503, "away", "");
    SlackStandIn.Shown card = paged("api");
    slack.fail("chat.update", 200, "<html>nonsense</html>", "");
    slack.fail("chat.update", 500, "", "");
    slack.press(card, "Acknowledge", "U7", "l");
    shows(card, "lead has it");
    assertThat(slack.cards()).hasSize(1);
  }

  @Test
  void deletedMessage_isPostedAnew_withButtonsThatWork() throws IOException {
    SlackStandIn.Shown card = paged("api");
    slack.delete(card);
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), "deputy", "", null, "");
    ChatRig.until("the card is posted anew", () -> slack.cards().size() == 1);
    shows(slack.card(), "deputy has it");
    slack.press(slack.card(), "Release", "U7", "l");
    ChatRig.until("it is released", () -> rig.owner("api").isEmpty());
  }

  @Test
  void slackAway_costsOnlyItsCards_andIsSeenInMetrics() throws IOException {
    paged("api");
    slack.close();
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), "lead", "", null, "");
    ChatRig.until(
        "edits fail", () -> rig.registry.get("pharos_chat_cards_behind").gauge().value() == 1);
    ChatRig.until(
        "the connection is known to be lost",
        () -> rig.registry.get("pharos_chat_connected").gauge().value() == 0);
    rig.resolve("api", "Down", "warning");
    ChatRig.until("episodes go on", () -> !rig.episode("api").orElseThrow().isOpen());
  }

  @Test
  void kill_betweenPostAndRecord_doublesAtMostThatCard_andBothWork() throws IOException {
    slack.delay = Duration.ofMillis(700);
    rig.fire("api", "Down", "warning");
    ChatRig.until("the card is being posted", () -> slack.count("chat.postMessage") == 1);
    rig.kill();
    ChatRig.until("Slack has it", () -> slack.cards().size() == 1);
    SlackStandIn.Shown first = slack.card();
    slack.delay = Duration.ZERO;
    rig.start();
    ChatRig.until("it is posted again", () -> slack.cards().size() == 2);
    ChatRig.until("the episode is recorded", () -> rig.episode("api").isPresent());
    slack.press(first, "Acknowledge", "U7", "l");
    shows(slack.card(), "lead has it");
    ChatRig.pause(Duration.ofSeconds(1));
    assertThat(slack.cards()).hasSize(2);
  }
}
