package io.pharos.config.alertmanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.Channels;
import io.pharos.config.pharos.ChatSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Settings of cards in `pharos.yml`, and apps of Slack in `alertmanager.yml`.
class CardSettingsTest {
  private static final String RECEIVERS =
      """
      route: {receiver: r}
      receivers:
        - {name: r, telegram_configs: [{bot_token: t, chat_id: 7}]}
        - {name: hook, slack_configs: [{api_url: 'http://hooks/x'}]}
        - {name: app, slack_configs: [{app_token: xoxb, channel: '#a'}]}
      """;

  private static ChatSettings read(String pharos) {
    return Channels.parse("alertmanager.yml", RECEIVERS, Path.of("/etc/p"))
        .withPharosFile("pharos.yml", pharos, Path.of("/etc/p"))
        .chat();
  }

  @Test
  void cards_people_andTheAppOfSlack_areRead() {
    ChatSettings chat =
        read(
            """
            chat:
              people: [{name: lead, telegram: '7', slack: U7}, {name: deputy, slack: U8}]
              slack: {socket_token_file: app}
            receivers: [{name: r, cards: true}, {name: app, cards: true}, {name: hook, cards: false}]
            """);
    assertThat(chat.receivers()).containsExactlyInAnyOrder("r", "app");
    assertThat(chat.person("telegram", "7")).isEqualTo("lead");
    assertThat(chat.person("slack", "U8")).isEqualTo("deputy");
    assertThat(chat.person("slack", "7")).isEmpty();
    assertThat(chat.slack().orElseThrow().apiUrl()).isEqualTo("https://slack.com/api");
    assertThat(read("receivers: [{name: r}]")).isEqualTo(ChatSettings.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "receivers: [{name: hook, cards: true}] | pharos.yml:1: | no integration that can edit",
        "chat: {} | pharos.yml:1: | no receiver has cards",
        "{receivers: [{name: r, cards: true}], chat: {people: [{name: a}]}} | pharos.yml:1: | at least"
            + " one of [telegram, slack, feishu, dingtalk]",
        "{receivers: [{name: r, cards: true}], chat: {people: [{name: a, slack: U}, {name: b, slack:"
            + " U}]}} | pharos.yml:1: | that of \"a\" already",
        "{receivers: [{name: r, cards: true}], chat: {slack: {}}} | pharos.yml:1: | socket_token",
        "{receivers: [{name: r, cards: true}], chat: {peeple: []}} | pharos.yml:1: | peeple",
        "{receivers: [{name: r, cards: sometimes}]} | pharos.yml:1: | sometimes",
      })
  void badSettings_areRefused_withTheirPlace(String pharos, String place, String reason) {
    assertThatThrownBy(() -> read(pharos)).hasMessageContaining(place).hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{app_secret: s, chat_id: oc_1} | \"app_id\" is missing",
        "{app_id: a1, app_secret: s, chat_id: oc_1} | begins with cli_, found \"a1\"",
        "{app_id: cli_1, chat_id: oc_1} | app_secret",
        "{app_id: cli_1, app_secret: s} | \"chat_id\" is missing",
        "{app_id: cli_1, app_secret: s, chat_id: alerts} | begins with oc_, found \"alerts\"",
        "{app_id: cli_1, app_secret: s, chat_id: oc_1, webhook_url: 'http://h'} | webhook_url",
        "{app_id: cli_1, app_secret: s, chat_id: oc_1, api_url: feishu} | api_url",
      })
  void badAppsOfFeishu_areRefused_withTheirPlace(String keys, String reason) {
    assertThatThrownBy(() -> read("receivers:\n- name: r\n  feishuapp_configs:\n  - " + keys))
        .hasMessageContaining("pharos.yml:4:")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{client_secret: s, conversation_id: c, card_template_id: t} | \"client_id\" is missing",
        "{client_id: a, conversation_id: c, card_template_id: t} | client_secret",
        "{client_id: a, client_secret: s, card_template_id: t} | \"conversation_id\" is missing",
        "{client_id: a, client_secret: s, conversation_id: c} | \"card_template_id\" is missing",
        "{client_id: a, client_secret: s, conversation_id: c, card_template_id: t, at_all: true} | at_all",
      })
  void badAppsOfDingTalk_areRefused_withTheirPlace(String keys, String reason) {
    assertThatThrownBy(() -> read("receivers:\n- name: r\n  dingtalkapp_configs:\n  - " + keys))
        .hasMessageContaining("pharos.yml:4:")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{app_token: x} | missing channel",
        "{app_token: x, api_url: 'http://h/x', channel: a} | at most one of api_url and app_token",
        "{channel: a} | no api_url, no app_token",
        "{app_token: x, channel: a, update_message: true} | cards: true",
      })
  void badAppsOfSlack_areRefused(String keys, String reason) {
    assertThatThrownBy(
            () ->
                Channels.parse(
                    "a.yml",
                    "{route: {receiver: r}, receivers: [{name: r, slack_configs: [" + keys + "]}]}",
                    Path.of("/")))
        .hasMessageContaining("a.yml:1")
        .hasMessageContaining(reason);
  }
}
