package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Episodes as cards of a DingTalk app, with clicks in Stream mode, from the fault to the end, over
/// real sockets.
class DingTalkCardsTest {
  private static final String EDIT = "PUT /v1.0/card/instances";
  private static final String POST = "POST /v1.0/card/instances/createAndDeliver";
  private static final String LOGIN = "POST /v1.0/oauth2/accessToken";

  @TempDir Path folder;
  private DingTalkStandIn dingtalk;
  private ChatRig rig;

  @BeforeEach
  void start() throws IOException {
    dingtalk = new DingTalkStandIn();
    Files.writeString(folder.resolve("secret"), DingTalkStandIn.SECRET + "\n");
    rig =
        new ChatRig(
            folder,
            "",
            """
            chat: {people: [{name: lead, dingtalk: '7'}]}
            receivers:
              - name: on-call
                cards: true
                dingtalkapp_configs:
                  - client_id: %s
                    client_secret_file: secret
                    conversation_id: %s
                    card_template_id: %s
                    api_url: '%s'
            """
                .formatted(
                    DingTalkStandIn.APP,
                    DingTalkStandIn.GROUP,
                    DingTalkStandIn.TEMPLATE,
                    dingtalk.url()),
            true);
  }

  @AfterEach
  void stop() throws IOException {
    rig.close();
    dingtalk.close();
  }

  private DingTalkStandIn.Shown paged(String job) {
    rig.fire(job, "Down", "warning");
    ChatRig.until(
        "the card is posted and its episode recorded",
        () -> !dingtalk.cards().isEmpty() && rig.episode(job).isPresent());
    DingTalkStandIn.Shown card = dingtalk.card();
    ChatRig.until("the card is stored", () -> rig.isStored(card.buttons().get("Acknowledge")));
    return card;
  }

  private static void shows(DingTalkStandIn.Shown card, String text) {
    ChatRig.until("the card shows " + text, () -> card.text().contains(text));
  }

  private void answered(String text) {
    ChatRig.until(
        "the click is answered: " + text,
        () -> dingtalk.answers.stream().anyMatch(it -> it.contains(text)));
  }

  @Test
  void click_acknowledges_theCardShowsTheOwner_andTheEndIsAMessageToo() throws IOException {
    DingTalkStandIn.Shown card = paged("api");
    assertThat(card.buttons()).containsOnlyKeys("Acknowledge", "Acknowledge 1 h");
    dingtalk.press(card, "Acknowledge", "7");
    shows(card, "🙋 lead has it");
    answered("lead has it");
    assertThat(dingtalk.acknowledged).hasSize(1).allMatch(it -> it.endsWith(" 200"));
    assertThat(card.buttons()).containsOnlyKeys("Still on it / take over", "Release");
    assertThat(rig.owner("api")).isEqualTo("lead");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    assertThat(card.buttons()).isEmpty();
    assertThat(dingtalk.cards()).hasSize(1);
    assertThat(dingtalk.messages).hasSize(1).allMatch(it -> it.contains("✅ RESOLVED"));
    assertThat(dingtalk.count(LOGIN)).isLessThanOrEqualTo(2); // posts and edits
  }

  @Test
  void doubledAndLaterClicks_changeNothing() throws IOException {
    DingTalkStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    dingtalk.click(DingTalkStandIn.GROUP, card.id, button, "7");
    dingtalk.click(DingTalkStandIn.GROUP, card.id, button, "7");
    dingtalk.click(DingTalkStandIn.GROUP, card.id, button, "8");
    ChatRig.until("all are answered", () -> dingtalk.answers.size() == 3);
    assertThat(dingtalk.answers).containsOnly("lead has it");
    rig.resolve("api", "Down", "warning");
    shows(card, "✅");
    ChatRig.until("the end is recorded", () -> !rig.episode("api").orElseThrow().isOpen());
    dingtalk.click(DingTalkStandIn.GROUP, card.id, button, "7");
    answered("The incident has ended.");
  }

  @Test
  void forgedButtons_andThoseOfAnotherGroup_changeNothing() throws IOException {
    DingTalkStandIn.Shown card = paged("api");
    String button = card.buttons().get("Acknowledge");
    dingtalk.click("cidOther==", card.id, button, "7");
    dingtalk.click("", card.id, button, "7");
    dingtalk.click(DingTalkStandIn.GROUP, card.id, "R" + button.substring(1), "7");
    dingtalk.click(DingTalkStandIn.GROUP, card.id, "x", "7");
    dingtalk.click(DingTalkStandIn.GROUP, card.id, "", "7");
    ChatRig.until("all are acknowledged", () -> dingtalk.acknowledged.size() == 5);
    assertThat(dingtalk.answers).hasSize(4).containsOnly("This button is not valid here.");
    assertThat(rig.owner("api")).isEmpty();
  }

  @Test
  void connections_thatEnd_orCarryNonsense_areOpenedAgain() throws IOException {
    DingTalkStandIn.Shown card = paged("api");
    opened(1);
    dingtalk.frame("SYSTEM", "disconnect", "{}");
    opened(2);
    dingtalk.sockets().connections().getLast().drop();
    opened(3);
    dingtalk.sockets().connections().getLast().send("nonsense");
    opened(4);
    dingtalk.sockets().connections().getLast().send(new byte[] {1});
    opened(5);
    assertThat(dingtalk.sockets().connections().getLast().path)
        .isEqualTo("/connect?ticket=a%2Bb%2Fc%3D");
    dingtalk.frame("SYSTEM", "ping", "{\"opaque\":\"x\"}");
    dingtalk.frame("EVENT", "org_change", "[1]");
    dingtalk.press(card, "Acknowledge", "7");
    shows(card, "lead has it");
    ChatRig.until("all are acknowledged", () -> dingtalk.acknowledged.size() == 3);
  }

  private void opened(int connections) {
    ChatRig.until(
        "connection " + connections + " is open",
        () ->
            dingtalk.count("POST /v1.0/gateway/connections/open") >= connections
                && dingtalk.sockets().connections().size() == 1);
  }

  @Test
  void tokens_areRenewed_whenDingTalkRefusesThem() throws IOException {
    DingTalkStandIn.Shown card = paged("api");
    dingtalk.press(card, "Acknowledge", "7");
    shows(card, "lead has it");
    long logins = dingtalk.count(LOGIN);
    dingtalk.forgetTokens();
    rig.resolve("api", "Down", "warning");
    shows(card, "✅ RESOLVED");
    assertThat(dingtalk.count(LOGIN)).isGreaterThan(logins);
    assertThat(dingtalk.messages).hasSize(1);
  }

  @Test
  void rateLimit_pausesEdits() throws IOException {
    DingTalkStandIn.Shown card = paged("api");
    dingtalk.fail(
        EDIT,
        403,
        "{\"code\":\"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi\",\"message\":\"too often\"}",
        Map.of());
    dingtalk.press(card, "Acknowledge", "7");
    ChatRig.until("the edit is refused", () -> dingtalk.count(EDIT) == 1);
    Instant refused = Instant.now();
    shows(card, "lead has it");
    assertThat(Duration.between(refused, Instant.now())).isGreaterThan(Duration.ofMillis(1500));
    assertThat(card.edits).isEqualTo(1);
  }

  @Test
  void failures_andNonsense_areRetried() throws IOException {
    dingtalk.fail(LOGIN, 200, "[]", Map.of());
    dingtalk.fail(POST, 503, "away", Map.of());
    dingtalk.fail(POST, 200, "<html>nonsense</html>", Map.of());
    DingTalkStandIn.Shown card = paged("api");
    dingtalk.fail(EDIT, 200, "nonsense", Map.of());
    dingtalk.fail(EDIT, 500, "", Map.of());
    dingtalk.press(card, "Acknowledge", "7");
    shows(card, "lead has it");
    assertThat(dingtalk.cards()).hasSize(1);
  }

  @Test
  void dingTalkAway_costsOnlyItsCards_andIsSeenInMetrics() throws IOException {
    paged("api");
    dingtalk.close();
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
    dingtalk.delay = Duration.ofMillis(700);
    rig.fire("api", "Down", "warning");
    ChatRig.until("the card is being posted", () -> dingtalk.count(POST) == 1);
    rig.kill();
    ChatRig.until("DingTalk has it", () -> dingtalk.cards().size() == 1);
    DingTalkStandIn.Shown first = dingtalk.card();
    dingtalk.delay = Duration.ZERO;
    rig.start();
    ChatRig.until("it is posted again", () -> dingtalk.cards().size() == 2);
    DingTalkStandIn.Shown second = dingtalk.card();
    ChatRig.until("it is stored", () -> rig.isStored(second.buttons().get("Acknowledge")));
    ChatRig.until("the episode is recorded", () -> rig.episode("api").isPresent());
    dingtalk.press(first, "Acknowledge", "7");
    shows(second, "lead has it");
    assertThat(dingtalk.cards()).hasSize(2);
  }
}
