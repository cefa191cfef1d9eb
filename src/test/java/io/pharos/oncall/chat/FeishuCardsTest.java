package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Episodes as cards of a Feishu app, with clicks over the long connection, from the fault to the
/// end, over real sockets.
class FeishuCardsTest {
  private static final String EDIT = "PATCH /open-apis/im/v1/messages/";
  private static final String POST = "POST /open-apis/im/v1/messages";
  private static final String LOGIN = "POST /open-apis/auth";

  @TempDir Path folder;
  private FeishuStandIn feishu;
  private ChatRig rig;

  @BeforeEach
  void start() throws IOException {
    feishu = new FeishuStandIn();
    rig = rig(folder.resolve("a"));
  }

  private ChatRig rig(Path place) throws IOException {
    Files.createDirectories(place);
    Files.writeString(place.resolve("secret"), FeishuStandIn.SECRET + "\n");
    return new ChatRig(
        place,
        "",
        """
        chat: {people: [{name: lead, feishu: ou_7}]}
        receivers:
          - name: on-call
            cards: true
            feishuapp_configs:
              - {app_id: %s, app_secret_file: secret, chat_id: %s, api_url: '%s'}
        """
            .formatted(FeishuStandIn.APP, FeishuStandIn.CHAT, feishu.url()),
        true);
  }

  @AfterEach
  void stop() throws IOException {
    rig.close();
    feishu.close();
  }

  private FeishuStandIn.Shown paged(String job) {
    rig.fire(job, "Down", "warning");
    ChatRig.until(
        "the card is posted and its episode recorded",
        () -> !feishu.cards().isEmpty() && rig.episode(job).isPresent());
    FeishuStandIn.Shown card = feishu.card();
    ChatRig.until("the card is stored", () -> rig.isStored(card.buttons().get("Acknowledge")));
    return card;
  }

  private static void shows(FeishuStandIn.Shown card, String text) {
    ChatRig.until("the card shows " + text, () -> card.text().contains(text));
  }

  private void answered(String text) {
    ChatRig.until(
        "the click is answered: " + text,
        () -> feishu.answers.stream().anyMatch(it -> it.contains(text)));
  }

  @Test
  void click_acknowledges_theCardShowsTheOwner_andTheEndIsInTheTopic() throws IOException {
    FeishuStandIn.Shown card = paged("api");
    assertThat(card.buttons()).containsOnlyKeys("Acknowledge", "Acknowledge 1 h");
    feishu.press(card, "Acknowledge", "ou_7");
    shows(card, "🙋 lead has it");
    answered("lead has it");
    assertThat(feishu.acknowledged).hasSize(1).allMatch(it -> it.endsWith(" 200"));
    assertThat(card.buttons()).containsOnlyKeys("Still on it / take over", "Release");
    assertThat(rig.owner("api")).isEqualTo("lead");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    assertThat(card.buttons()).isEmpty();
    assertThat(feishu.cards()).hasSize(1);
    FeishuStandIn.Shown end = feishu.messages().getLast();
    assertThat(end.root).isEqualTo(card.id);
    assertThat(end.isInThread).isTrue();
    assertThat(end.text()).contains("✅ RESOLVED");
    assertThat(feishu.count(LOGIN)).isLessThanOrEqualTo(2); // posts and edits
    assertThat(feishu.pings).isEqualTo(1);
  }

  @Test
  void newAlerts_areAReplyThatTheGroupSees() {
    FeishuStandIn.Shown card = paged("api");
    rig.fire("api", "Slow", "warning");
    ChatRig.until("a reply says what is new", () -> feishu.messages().size() == 2);
    assertThat(feishu.messages().getLast().root).isEqualTo(card.id);
    assertThat(feishu.messages().getLast().isInThread).isFalse();
    shows(card, "2 firing");
  }

  @Test
  void doubledClicks_clicksInParts_andLaterOnes_changeNothing() throws IOException {
    FeishuStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    feishu.click(FeishuStandIn.CHAT, card.id, button, "ou_7", 3);
    feishu.click(FeishuStandIn.CHAT, card.id, button, "ou_7", 1);
    feishu.click(FeishuStandIn.CHAT, card.id, button, "ou_8", 64);
    ChatRig.until("all are answered", () -> feishu.answers.size() == 3);
    assertThat(feishu.answers).containsOnly("lead has it");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅");
    ChatRig.until("the end is recorded", () -> !rig.episode("api").orElseThrow().isOpen());
    feishu.click(FeishuStandIn.CHAT, card.id, button, "ou_7", 1);
    answered("The incident has ended.");
  }

  @Test
  void forgedButtons_andThoseOfAnotherGroup_changeNothing() throws IOException {
    FeishuStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    feishu.click("oc_other", card.id, button, "ou_7", 1);
    feishu.click(FeishuStandIn.CHAT, card.id, "R" + button.substring(1), "ou_7", 1);
    feishu.click(FeishuStandIn.CHAT, card.id, "x", "ou_7", 1);
    feishu.click(FeishuStandIn.CHAT, card.id, "", "ou_7", 1);
    ChatRig.until("all are acknowledged", () -> feishu.acknowledged.size() == 4);
    assertThat(feishu.answers).hasSize(3).containsOnly("This button is not valid here.");
    assertThat(rig.owner("api")).isEmpty();
  }

  @Test
  void connections_thatEnd_orCarryNonsense_areOpenedAgain() throws IOException {
    FeishuStandIn.Shown card = paged("api");
    opened(1);
    feishu.sockets().connections().getLast().drop();
    opened(2);
    feishu.send(new byte[] {1, 2, 3});
    opened(3);
    feishu.sockets().connections().getLast().send("a text");
    opened(4);
    feishu.send(FeishuStandIn.frame(1, Map.of("sum", "999999", "seq", "1"), new byte[1]));
    opened(5);
    feishu.send(
        FeishuStandIn.frame(
            1, Map.of("message_id", "m1"), "{[nonsense".getBytes(StandardCharsets.UTF_8)));
    feishu.send(FeishuStandIn.frame(0, Map.of("type", "unknown"), new byte[0]));
    for (int i = 0; i < 50; i++) { // parts of events that never become complete
      feishu.send(
          FeishuStandIn.frame(
              1, Map.of("sum", "2", "seq", "0", "message_id", "u" + i), new byte[1000]));
    }
    feishu.press(card, "Acknowledge", "ou_7");
    shows(card, "lead has it");
    assertThat(feishu.acknowledged).contains("m1 200");
  }

  private void opened(int connections) {
    ChatRig.until(
        "connection " + connections + " is open",
        () ->
            feishu.count("POST /callback/ws/endpoint") >= connections
                && feishu.pings >= connections
                && feishu.sockets().connections().size() == 1);
  }

  @Test
  void tokens_areRenewed_whenFeishuRefusesThem_andBeforeTheyExpire() throws IOException {
    FeishuStandIn.Shown card = paged("api");
    feishu.press(card, "Acknowledge", "ou_7");
    shows(card, "lead has it");
    long logins = feishu.count(LOGIN);
    feishu.forgetTokens();
    feishu.life = 2; // reused for one second
    feishu.press(card, "Release", "ou_7");
    ChatRig.until("the release is shown", () -> !card.text().contains("lead has it"));
    assertThat(feishu.count(LOGIN)).isGreaterThan(logins);
    ChatRig.until("a new card is posted", () -> feishu.cards().size() == 2);
    ChatRig.pause(Duration.ofMillis(1100));
    long before = feishu.count(LOGIN);
    rig.resolve("api", "Down", "warning");
    ChatRig.until("the end is shown", () -> feishu.card().text().contains("RESOLVED"));
    assertThat(feishu.count(LOGIN)).isGreaterThan(before);
    assertThat(feishu.cards()).hasSize(2);
  }

  @Test
  void rateLimit_pausesEditsAsLongAsFeishuAsks() throws IOException {
    FeishuStandIn.Shown card = paged("api");
    feishu.fail(
        EDIT,
        429,
        "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}",
        Map.of("x-ogw-ratelimit-reset", "2"));
    feishu.press(card, "Acknowledge", "ou_7");
    ChatRig.until("the edit is refused", () -> feishu.count(EDIT) == 1);
    Instant refused = Instant.now();
    shows(card, "lead has it");
    assertThat(Duration.between(refused, Instant.now())).isGreaterThan(Duration.ofMillis(1500));
    assertThat(card.edits).isEqualTo(1);
  }

  @Test
  void failures_andNonsense_areRetried() throws IOException {
    feishu.fail(LOGIN, 200, "[]", Map.of());
    feishu.fail(POST, 503, "away", Map.of());
    feishu.fail(POST, 200, "<html>nonsense</html>", Map.of());
    FeishuStandIn.Shown card = paged("api");
    feishu.fail(EDIT, 200, "{\"code\":\"zero\"}", Map.of());
    feishu.fail(EDIT, 400, "{\"code\":230020,\"msg\":\"frequency limit\"}", Map.of());
    feishu.press(card, "Acknowledge", "ou_7");
    shows(card, "lead has it");
    assertThat(feishu.cards()).hasSize(1);
  }

  @Test
  void hostileId_isNoPartOfAnAddress() {
    feishu.fail(POST, 200, "{\"code\":0,\"data\":{\"message_id\":\"../../contact/v3\"}}", Map.of());
    rig.fire("api", "Down", "warning");
    ChatRig.until("it was sent", () -> rig.episode("api").isPresent() && feishu.count(POST) == 1);
    rig.fire("api", "Slow", "warning");
    ChatRig.until("the next message is a card", () -> feishu.cards().size() == 1);
  }

  @Test
  void recalledMessage_isPostedAnew_eachTime_withButtonsThatWork() throws IOException {
    paged("api");
    for (String owner : new String[] {"deputy", "operator"}) {
      feishu.recall(feishu.card());
      long number = rig.episode("api").orElseThrow().number();
      rig.episodes.acknowledge(number, owner, "", null, "");
      ChatRig.until("the card is posted anew", () -> feishu.cards().size() == 1);
      shows(feishu.card(), owner + " has it");
    }
    feishu.press(feishu.card(), "Release", "ou_7");
    ChatRig.until("it is released", () -> rig.owner("api").isEmpty());
  }

  @Test
  void feishuAway_costsOnlyItsCards_andIsSeenInMetrics() throws IOException {
    paged("api");
    feishu.close();
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
  void kill_betweenPostAndRecord_doublesNothing() throws IOException {
    feishu.delay = Duration.ofMillis(700);
    rig.fire("api", "Down", "warning");
    ChatRig.until("the card is being posted", () -> feishu.count(POST) == 1);
    rig.kill();
    ChatRig.until("Feishu has it", () -> feishu.cards().size() == 1);
    feishu.delay = Duration.ZERO;
    rig.start();
    ChatRig.until("it is posted again", () -> feishu.count(POST) == 2);
    FeishuStandIn.Shown card = feishu.card();
    ChatRig.until("it is stored", () -> rig.isStored(card.buttons().get("Acknowledge")));
    ChatRig.until("the episode is recorded", () -> rig.episode("api").isPresent());
    feishu.press(card, "Acknowledge", "ou_7");
    shows(card, "lead has it");
    assertThat(feishu.cards()).hasSize(1);
  }
}
