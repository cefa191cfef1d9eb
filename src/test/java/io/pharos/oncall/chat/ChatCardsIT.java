package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.e2e.PharosProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Episodes as cards in five chats at once, in the packaged program and over real sockets: a click
/// in one chat changes the cards of all. Prints how long that takes.
class ChatCardsIT {
  private static final int CLICKS = Nightly.rounds(2, 25);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration AGAIN = Duration.ofSeconds(10);
  private static final int MAX_PRESSES = 6;

  /// A card without what its service adds.
  private record Card(String text, Press press) {}

  @FunctionalInterface
  private interface Press {
    void run() throws IOException;
  }

  @TempDir Path folder;
  private SlackStandIn slack;
  private TelegramStandIn telegram;
  private FeishuStandIn feishu;
  private DingTalkStandIn dingtalk;
  private DiscordStandIn discord;
  private PharosProcess pharos;

  @BeforeEach
  void start() throws Exception {
    slack = new SlackStandIn();
    telegram = new TelegramStandIn();
    feishu = new FeishuStandIn();
    dingtalk = new DingTalkStandIn();
    discord = new DiscordStandIn();
    Files.writeString(folder.resolve("feishu"), FeishuStandIn.SECRET);
    Files.writeString(folder.resolve("dingtalk"), DingTalkStandIn.SECRET);
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: on-call, group_by: [job], group_wait: 0s, group_interval: 1s}
        receivers:
          - name: on-call
            slack_configs:
              - {app_token: %s, app_url: '%s', channel: '#alerts', send_resolved: true}
            telegram_configs:
              - {bot_token: '%s', chat_id: -100123, api_url: '%s'}
            discord_configs:
              - {webhook_url: '%s'}
        """
            .formatted(
                SlackStandIn.BOT_TOKEN,
                slack.url("/api/chat.postMessage"),
                TelegramStandIn.TOKEN,
                telegram.url(),
                discord.url() + DiscordStandIn.PATH));
    Files.writeString(
        folder.resolve("pharos.yml"),
        """
        chat:
          people: [{name: lead, slack: U7, telegram: '7', feishu: ou_7, dingtalk: '7'}]
          slack: {socket_token: %s, api_url: '%s'}
        receivers:
          - name: on-call
            cards: true
            feishuapp_configs:
              - {app_id: %s, app_secret_file: feishu, chat_id: %s, api_url: '%s'}
            dingtalkapp_configs:
              - client_id: %s
                client_secret_file: dingtalk
                conversation_id: %s
                card_template_id: %s
                api_url: '%s'
        """
            .formatted(
                SlackStandIn.APP_TOKEN,
                slack.url("/api"),
                FeishuStandIn.APP,
                FeishuStandIn.CHAT,
                feishu.url(),
                DingTalkStandIn.APP,
                DingTalkStandIn.GROUP,
                DingTalkStandIn.TEMPLATE,
                dingtalk.url()));
    pharos = PharosProcess.serve(folder, PharosProcess.freePort());
    var _ = pharos.await("being ready", PATIENCE, pharos::isReady);
  }

  @AfterEach
  void stop() throws IOException {
    pharos.close();
    slack.close();
    telegram.close();
    feishu.close();
    dingtalk.close();
    discord.close();
  }

  @Test
  void click_inOneChat_changesTheCardsOfAll() throws Exception {
    Map<String, Function<String, Optional<Card>>> chats =
        Map.of(
            "Slack",
            job ->
                last(slack.cards(), SlackStandIn.Shown::text, job)
                    .map(
                        it ->
                            new Card(
                                it.text(), () -> slack.press(it, "Acknowledge", "U7", "lead"))),
            "Telegram",
            job ->
                last(telegram.cards(), TelegramStandIn.Shown::text, job)
                    .map(
                        it ->
                            new Card(
                                it.text(), () -> telegram.press(it, "Acknowledge", 7, "lead"))),
            "Feishu",
            job ->
                last(feishu.cards(), FeishuStandIn.Shown::text, job)
                    .map(it -> new Card(it.text(), () -> feishu.press(it, "Acknowledge", "ou_7"))),
            "DingTalk",
            job ->
                last(dingtalk.cards(), DingTalkStandIn.Shown::text, job)
                    .map(it -> new Card(it.text(), () -> dingtalk.press(it, "Acknowledge", "7"))),
            "Discord",
            job ->
                last(discord.messages(), DiscordStandIn.Shown::text, job)
                    .map(it -> new Card(it.text(), () -> {})));
    for (String chat : List.of("Slack", "Telegram", "Feishu", "DingTalk")) {
      var own = new ArrayList<Duration>();
      var all = new ArrayList<Duration>();
      for (int i = 0; i < CLICKS; i++) {
        String job = "job-%s-%d-end".formatted(chat, i);
        tell(job, "2035-01-01T00:00:00Z");
        await("the cards of " + job, chats.values(), job, "Down");
        own.add(acknowledge(chats.get(chat), job));
        all.add(own.getLast().plus(await("all cards", chats.values(), job, "lead has it")));
        tell(job, Instant.now().toString());
        await("the end of " + job, chats.values(), job, "✅");
      }
      System.out.printf(
          "click in %s: its card after p50 %d ms, p95 %d ms; all five cards after p95 %d ms%n",
          chat, percentile(own, 50), percentile(own, 95), percentile(all, 95));
    }
    assertThat(slack.cards()).hasSize(4 * CLICKS);
    assertThat(telegram.cards()).hasSize(4 * CLICKS);
    assertThat(feishu.cards()).hasSize(4 * CLICKS);
    assertThat(dingtalk.cards()).hasSize(4 * CLICKS);
  }

  /* Presses again after a while: the program refuses clicks on a card that it has not stored. */
  private Duration acknowledge(Function<String, Optional<Card>> chat, String job) throws Exception {
    for (int presses = 1; ; presses++) {
      Thread.sleep(1000); // a person reads it
      chat.apply(job).orElseThrow().press().run();
      try {
        return await(AGAIN, "the card of " + job, List.of(chat), job, "lead has it");
      } catch (AssertionError e) {
        if (presses == MAX_PRESSES) {
          throw e;
        }
      }
    }
  }

  private static <T> Optional<T> last(List<T> cards, Function<T, String> text, String job) {
    return cards.stream().filter(it -> text.apply(it).contains(job)).findFirst();
  }

  private Duration await(
      String what, Iterable<Function<String, Optional<Card>>> chats, String job, String text)
      throws Exception {
    return await(PATIENCE, what, chats, job, text);
  }

  private Duration await(
      Duration most,
      String what,
      Iterable<Function<String, Optional<Card>>> chats,
      String job,
      String text)
      throws Exception {
    return pharos.await(
        what,
        most,
        () -> {
          for (Function<String, Optional<Card>> chat : chats) {
            if (chat.apply(job).filter(it -> it.text().contains(text)).isEmpty()) {
              return false;
            }
          }
          return true;
        });
  }

  private void tell(String job, String end) throws Exception {
    String alert =
        """
        [{"labels": {"alertname": "Down", "job": "%s", "severity": "critical"}, "endsAt": "%s"}]
        """
            .formatted(job, end);
    assertThat(pharos.post("/api/v2/alerts", alert).statusCode()).isEqualTo(200);
  }

  private static long percentile(List<Duration> times, int percent) {
    var sorted = new ArrayList<>(times);
    Collections.sort(sorted);
    return sorted.get(Math.ceilDiv(sorted.size() * percent, 100) - 1).toMillis();
  }
}
