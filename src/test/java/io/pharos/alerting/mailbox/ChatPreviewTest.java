package io.pharos.alerting.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.Channels;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatPreviewTest {
  /// The expected payload of the channel's own test.
  private static String golden(String file) throws IOException {
    String text = Files.readString(Path.of("src/test/resources/notify", file));
    if (!file.startsWith("pushover")) {
      return text;
    }
    var pairs = new ArrayList<String>();
    JsonNode json = new ObjectMapper().readTree(text);
    json.properties()
        .forEach(
            pair ->
                pairs.add(
                    pair.getKey()
                        + "="
                        + URLEncoder.encode(pair.getValue().asText(), StandardCharsets.UTF_8)));
    return String.join("&", pairs);
  }

  private static String shown(ChatPreview preview) {
    var text = new StringBuilder();
    for (ChatPreview.Part part : preview.parts()) {
      text.append(part.text()).append('\n');
      part.fields().forEach(one -> text.append(one.name() + ": " + one.value() + "\n"));
      part.buttons().forEach(one -> text.append(one.text() + " -> " + one.url() + "\n"));
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "slack-firing.json",
        "slack-firing-zh.json",
        "discord-firing.json",
        "msteams-firing.json",
        "msteamsv2-firing.json",
        "dingtalk-firing.json",
        "dingtalk-firing-zh.json",
        "feishu-firing.json",
        "wecom-firing.json",
        "wechat-firing.json",
        "wechat-markdown-firing.json",
        "telegram-firing.json",
        "pagerduty-firing.json",
        "opsgenie-firing.json",
        "pushover-firing.json",
        "ntfy-firing.json",
        "gotify-firing.json"
      })
  void preview_ofPayload_showsWhatItSaysAndWhereItLeads(String file) throws Exception {
    String channel = file.substring(0, file.indexOf('-'));
    String shown = shown(Channels.preview(channel, golden(file)));
    assertThat(shown)
        .contains("7.2 %", "checkout", "https://pharos.example.org/incidents/e2c3a7f7be80496b")
        .containsAnyOf("CRITICAL", "critical", "严重")
        .doesNotContain("<rising", "<font", "</at>", "**", "&amp;lt;");
  }

  @ParameterizedTest
  @CsvSource({
    "slack-firing.json, #c62828",
    "slack-resolved.json, #2e7d32",
    "discord-firing.json, #c62828",
    "msteams-firing.json, #c62828",
    "msteamsv2-firing.json, #c62828",
    "feishu-firing.json, #f54a45",
    "feishu-resolved.json, #2ea121",
    "pagerduty-firing.json, #c62828",
  })
  void preview_ofPayload_hasTheColourOfItsState(String file, String color) throws Exception {
    String channel = file.substring(0, file.indexOf('-'));
    assertThat(Channels.preview(channel, golden(file)).color()).isEqualTo(color);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<javascript:alert(1)|x>",
        "<a href=\\\"javascript:alert(1)\\\">x</a>",
        "<img src=x onerror=alert(1)>",
        "https://x.example/\\\"onmouseover=alert(1)"
      })
  void preview_ofTextThatIsMarkup_neverBecomesAnElementOfItsOwn(String text) {
    for (var body :
        Map.of(
                "slack",
                    "{\"text\":\"T\",\"attachments\":[{\"title\":\"T\",\"title_link\":\"T\"}]}",
                "discord", "{\"content\":\"T\",\"embeds\":[{\"title\":\"T\",\"url\":\"T\"}]}",
                "telegram", "{\"text\":\"T\",\"parse_mode\":\"HTML\"}",
                "opsgenie", "{\"message\":\"T\",\"description\":\"T\"}",
                "wecom", "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"T\"}}",
                "feishu", "{\"card\":{\"elements\":[{\"text\":{\"content\":\"T\"}}]}}")
            .entrySet()) {
      var preview = Channels.preview(body.getKey(), body.getValue().replace("T", text));
      String html = shown(preview);
      assertThat(html.replaceAll("<a href=\"https?://[^\"<>]*\">|</a>|<br>", ""))
          .as(body.getKey())
          .doesNotContain("<");
    }
  }

  @Test
  void prettyBody_jsonAndForms_areShownALineEach() {
    assertThat(new ChatPreview("{\"a\":{\"b\":1}}").prettyBody()).contains("\n    \"b\" : 1\n");
    assertThat(new ChatPreview("a=1%202&b=x").prettyBody()).isEqualTo("a = 1 2\nb = x\n");
  }

  @Test
  void preview_ofPayloadOfAProgram_hasNoPreview() {
    assertThat(Channels.preview("webhook", "{\"version\":\"4\"}").parts()).isEqualTo(List.of());
  }
}
