package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.oncall.episode.Episode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Episodes as cards in Telegram, from the fault to the end, over real sockets.
class TelegramCardsTest {
  private static final String CHAT = "-100123";

  @TempDir Path folder;
  private TelegramStandIn telegram;
  private ChatRig rig;

  @BeforeEach
  void start() throws IOException {
    telegram = new TelegramStandIn();
    rig = rig(folder.resolve("a"), true);
  }

  private ChatRig rig(Path place, boolean isMine) throws IOException {
    return new ChatRig(
        java.nio.file.Files.createDirectories(place),
        """
        telegram_configs:
          - {bot_token: '%s', chat_id: %s, api_url: '%s'}
        """
            .formatted(TelegramStandIn.TOKEN, CHAT, telegram.url()),
        """
        chat: {people: [{name: lead, telegram: '7'}]}
        receivers:
          - {name: on-call, cards: true}
        """,
        isMine);
  }

  @AfterEach
  void stop() {
    rig.close();
    telegram.close();
  }

  private TelegramStandIn.Shown paged(String job) {
    rig.fire(job, "Down", "warning");
    ChatRig.until(
        "the card is posted and its episode recorded",
        () ->
            telegram.cards().stream().anyMatch(it -> it.text().contains(job))
                && rig.episode(job).isPresent());
    TelegramStandIn.Shown card =
        telegram.cards().stream().filter(it -> it.text().contains(job)).toList().getLast();
    ChatRig.until("the card is stored", () -> isStored(card));
    return card;
  }

  private boolean isStored(TelegramStandIn.Shown card) {
    return rig.isStored(card.buttons().get("Acknowledge"));
  }

  private void shows(TelegramStandIn.Shown card, String text) {
    try {
      ChatRig.until("the card shows " + text, () -> card.text().contains(text));
    } catch (AssertionError e) {
      throw new AssertionError(
          "%s; card %s; answers %s; audit %s; calls %s"
              .formatted(
                  e.getMessage(), card.content, telegram.answers(), rig.audit(), telegram.calls),
          e);
    }
  }

  private void answered(String text) {
    ChatRig.until(
        "the click is answered: " + text,
        () -> telegram.answers().stream().anyMatch(it -> it.contains(text)));
  }

  @Test
  void click_acknowledges_theCardShowsTheOwner_andTheEndEditsItAndReplies() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    assertThat(card.buttons()).containsOnlyKeys("Acknowledge", "Acknowledge 1 h");
    telegram.press(card, "Acknowledge", 7, "Ignored");
    shows(card, "🙋 lead has it");
    answered("lead has it");
    assertThat(card.buttons()).containsOnlyKeys("Still on it / take over", "Release");
    assertThat(rig.owner("api")).isEqualTo("lead");
    assertThat(rig.audit())
        .containsExactly(
            "lead chat chat acknowledge episode "
                + rig.episode("api").orElseThrow().number()
                + ", by telegram user 7 200");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    assertThat(card.buttons()).isEmpty();
    assertThat(telegram.cards()).hasSize(1);
    assertThat(telegram.messages()).hasSize(2);
    assertThat(telegram.messages().getLast().replyTo()).isEqualTo(card.id);
    assertThat(telegram.messages().getLast().text()).contains("✅ RESOLVED");
  }

  @Test
  void endShown_whileItsReplyIsSent_theCardHasTheTextOfTheReplyAfterwards() {
    TelegramStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    telegram.replies = new CountDownLatch(1);
    rig.resolve("api", "Down", "warning");
    ChatRig.until("the reply is sent", () -> telegram.count("sendMessage") == 2);
    ChatRig.until("the end is shown", () -> rig.isClosed(button));
    assertThat(card.text()).contains("✅ Ended at").doesNotContain("✅ RESOLVED");
    telegram.replies.countDown();
    shows(card, "✅ RESOLVED");
    ChatRig.until("the card is closed again", () -> rig.isClosed(button));
    assertOneReply(card);
  }

  @Test
  void endShown_beforeItsReplyIsSent_theReplyIsNoNewCard() {
    TelegramStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    telegram.refusesReplies = true;
    rig.resolve("api", "Down", "warning");
    ChatRig.until("the end is shown", () -> rig.isClosed(button));
    long calls = telegram.count("sendMessage");
    ChatRig.until("another try is refused", () -> telegram.count("sendMessage") > calls + 1);
    telegram.refusesReplies = false;
    shows(card, "✅ RESOLVED");
    assertOneReply(card);
  }

  private void assertOneReply(TelegramStandIn.Shown card) {
    assertThat(telegram.messages())
        .extracting(TelegramStandIn.Shown::replyTo)
        .containsExactly(0L, card.id);
  }

  @Test
  void click_ofAStranger_isMarkedAsTheChatsName_andReleaseEndsIt() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    telegram.press(card, "Acknowledge 1 h", 8, "Sam");
    shows(card, "🙋 Sam (telegram) has it until ");
    telegram.press(card, "Release", 7, "Ignored");
    ChatRig.until("it is released", () -> rig.owner("api").isEmpty());
    answered("The acknowledgement was released.");
    // Nobody has it, so somebody must look again.
    ChatRig.until("a new card is posted", () -> telegram.cards().size() == 2);
    assertThat(telegram.card().buttons()).containsOnlyKeys("Acknowledge", "Acknowledge 1 h");
  }

  @Test
  void doubledAndReplayedClicks_changeNothing() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    telegram.click(CHAT, card.id, button, 7, "L");
    telegram.click(CHAT, card.id, button, 7, "L");
    telegram.click(CHAT, card.id, button, 8, "Sam");
    ChatRig.until("all are answered", () -> telegram.answers().size() == 3);
    assertThat(telegram.answers()).containsOnly("lead has it");
    Episode episode = rig.episode("api").orElseThrow();
    telegram.repeats = true;
    telegram.click(CHAT, card.id, button, 8, "Sam");
    ChatRig.until("the repeated click is answered", () -> telegram.answers().size() > 5);
    telegram.repeats = false;
    assertThat(rig.episode("api").orElseThrow().acknowledgement())
        .isEqualTo(episode.acknowledgement());
  }

  @Test
  void click_afterTheEnd_saysSo() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    ChatRig.until("the end is recorded", () -> !rig.episode("api").orElseThrow().isOpen());
    telegram.click(CHAT, card.id, button, 7, "L");
    answered("The incident has ended.");
    assertThat(rig.owner("api")).isEmpty();
  }

  @Test
  void forgedButtons_andThoseOfAnotherChat_changeNothing() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    for (String forged :
        List.of(
            "",
            "A",
            "R" + button.substring(1),
            button.substring(0, button.length() - 1) + (button.endsWith("A") ? "B" : "A"),
            "x".repeat(64))) {
      telegram.click(CHAT, card.id, forged, 7, "L");
    }
    telegram.click("-999", card.id, button, 7, "L");
    ChatRig.until("all are answered", () -> telegram.answers().size() == 6);
    assertThat(telegram.answers()).containsOnly("This button is not valid here.");
    assertThat(rig.owner("api")).isEmpty();
    assertThat(rig.audit()).hasSize(6).allMatch(it -> it.endsWith(" 403"));
  }

  @Test
  void newAlerts_replyAndEdit_whileNobodyHasIt_andOnlyEditWhileSomebodyHas() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    rig.fire("api", "Slow", "warning");
    ChatRig.until("a reply says what is new", () -> telegram.messages().size() == 2);
    assertThat(telegram.messages().getLast().replyTo()).isEqualTo(card.id);
    assertThat(telegram.messages().getLast().text()).contains("New:");
    shows(card, "2 firing");
    telegram.press(card, "Acknowledge", 7, "L");
    shows(card, "lead has it");
    rig.fire("api", "Full", "warning");
    shows(card, "3 alerts fire now");
    rig.fire("api", "Lost", "critical");
    ChatRig.until("the more severe alert is a card of its own", () -> telegram.cards().size() == 2);
    assertThat(telegram.card().text()).contains("CRITICAL");
    assertThat(telegram.messages()).hasSize(3);
  }

  @Test
  void newerCard_endsTheOlder_whoseButtonsChangeNothingTwice() throws IOException {
    TelegramStandIn.Shown older = paged("api");
    String button = older.buttons().get("Acknowledge");
    telegram.press(older, "Acknowledge", 7, "L");
    shows(older, "lead has it");
    telegram.press(older, "Release", 7, "L");
    ChatRig.until("a new card is posted", () -> telegram.cards().size() == 2);
    shows(older, "⤵️ Continued in a newer message");
    assertThat(older.buttons()).isEmpty();
    int edits = older.edits;
    telegram.click(CHAT, older.id, button, 8, "Sam");
    answered("Nothing changed: somebody pressed before you.");
    assertThat(rig.owner("api")).isEmpty();
    TelegramStandIn.Shown newer = telegram.card();
    ChatRig.until("the newer card is stored", () -> isStored(newer));
    telegram.press(newer, "Acknowledge", 7, "L");
    shows(newer, "lead has it");
    rig.resolve("api", "Down", "warning");
    shows(newer, "✅ RESOLVED");
    assertThat(older.text()).contains("Continued").doesNotContain("RESOLVED");
    assertThat(older.edits).isEqualTo(edits);
  }

  @Test
  void cardDeletedFromTheStore_whileItsEditFails_isNoLongerCounted() {
    paged("api");
    telegram.leave();
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), "lead", "", null, "");
    var behind = rig.registry.get("pharos_chat_cards_behind").gauge();
    ChatRig.until("edits fail", () -> behind.value() == 1);
    rig.store.cards().prune(Instant.now().plusSeconds(60));
    ChatRig.until(
        "it is forgotten",
        () -> {
          rig.rooms.collectGarbage();
          return behind.value() == 0;
        });
  }

  @Test
  void serviceAway_theNewestStateIsShownOnceItIsBack() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    telegram.leave();
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), "lead", "", null, "");
    ChatRig.until(
        "edits fail", () -> rig.registry.get("pharos_chat_cards_behind").gauge().value() == 1);
    rig.episodes.release(rig.episode("api").orElseThrow().number(), "lead");
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), "deputy", "", null, "");
    telegram.comeBack();
    shows(card, "deputy has it");
    assertThat(card.edits).isEqualTo(1);
    telegram.press(card, "Release", 7, "L");
    ChatRig.until("clicks are received again", () -> rig.owner("api").isEmpty());
  }

  @Test
  void rateLimit_pausesEditsAsLongAsTelegramAsks() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    telegram.fail(
        "editMessageText",
        429,
        "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after 2\","
            + "\"parameters\":{\"retry_after\":2}}");
    telegram.press(card, "Acknowledge", 7, "L");
    ChatRig.until("the edit is refused", () -> telegram.count("editMessageText") == 1);
    Instant refused = Instant.now();
    shows(card, "lead has it");
    assertThat(Duration.between(refused, Instant.now())).isGreaterThan(Duration.ofMillis(1500));
    assertThat(telegram.count("editMessageText")).isEqualTo(2);
  }

  @Test
  void droppedConnections_andNonsense_areRetried() throws IOException {
    telegram.dropped = "sendMessage";
    TelegramStandIn.Shown card = paged("api");
    telegram.fail("editMessageText", 200, "<html>nonsense</html>");
    telegram.fail("getUpdates", 200, "{\"ok\":true,\"result\":{}}");
    telegram.send("{\"update_id\":1,\"callback_query\":[3]}");
    telegram.send("{\"update_id\":2,\"message\":{\"text\":\"hello\"}}");
    telegram.dropped = "editMessageText";
    telegram.press(card, "Acknowledge", 7, "L");
    shows(card, "lead has it");
    assertThat(telegram.cards()).hasSize(1);
  }

  @Test
  void deletedMessage_isPostedAnew_withButtonsThatWork() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    telegram.delete(card);
    rig.episodes.acknowledge(rig.episode("api").orElseThrow().number(), "deputy", "", null, "");
    ChatRig.until("the card is posted anew", () -> telegram.cards().size() == 1);
    shows(telegram.card(), "deputy has it");
    telegram.press(telegram.card(), "Release", 7, "L");
    ChatRig.until("it is released", () -> rig.owner("api").isEmpty());
  }

  @Test
  void twoReplicas_oneReceives_andTheOtherTakesOver() throws IOException {
    try (ChatRig other = rig(folder.resolve("b"), false)) {
      ChatRig.until("one of them receives", () -> !isConnected(other) && isConnected(rig));
      int before = telegram.conflicts;
      ChatRig.pause(Duration.ofSeconds(2));
      assertThat(telegram.conflicts).isEqualTo(before);
      rig.isMine = false;
      other.isMine = true;
      ChatRig.until("the other receives", () -> isConnected(other));
      ChatRig.until("this one does not", () -> !isConnected(rig));
    }
  }

  private static boolean isConnected(ChatRig rig) {
    var gauge = rig.registry.find("pharos_chat_connected").gauge();
    return gauge != null && gauge.value() == 1;
  }

  @Test
  void kill_betweenPostAndRecord_doublesAtMostThatCard_andBothWork() throws IOException {
    telegram.delay = Duration.ofMillis(700);
    rig.fire("api", "Down", "warning");
    ChatRig.until("the card is being posted", () -> telegram.count("sendMessage") == 1);
    rig.kill();
    ChatRig.until("Telegram has it", () -> telegram.cards().size() == 1);
    TelegramStandIn.Shown first = telegram.card();
    telegram.delay = Duration.ZERO;
    rig.start();
    ChatRig.until("it is posted again", () -> telegram.cards().size() == 2);
    ChatRig.until("the episode is recorded", () -> rig.episode("api").isPresent());
    telegram.press(first, "Acknowledge", 7, "L");
    shows(telegram.card(), "lead has it");
    ChatRig.pause(Duration.ofSeconds(1));
    assertThat(telegram.cards()).hasSize(2);
  }

  @Test
  void brokenConnection_isATrouble_andAMetric() throws IOException {
    telegram.leave();
    ChatRig.until(
        "failures are counted",
        () -> {
          var counter = rig.registry.find("pharos_chat_connection_failures").counter();
          return counter != null && counter.count() > 1;
        });
    assertThat(isConnected(rig)).isFalse();
  }

  @Test
  void sigterm_andStart_continueTheCard() throws IOException {
    TelegramStandIn.Shown card = paged("api");
    rig.close();
    rig.start();
    telegram.press(card, "Acknowledge", 7, "L");
    shows(card, "lead has it");
    assertThat(telegram.cards()).hasSize(1);
  }
}
