package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Messages on a phone, 360 pixels wide: the important facts are above the fold. Screenshots are in
/// `target/screenshots`.
@Tag("peer")
@Tag("nightly")
class PhonePreviewTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path GOLDEN = Path.of("src/test/resources/notify");
  private static final Path SHOTS = Path.of("target/screenshots");
  private static final ObjectMapper JSON = new ObjectMapper();

  /// A phone's screen is about 640 points high without its bars.
  private static final int FOLD = 640;

  /* Returns the bottom of each expected text; -1 for a text that is not displayed. */
  private static final String MEASURE =
      """
      <script>
      window.addEventListener('load', () => {
        const wanted = %s;
        const found = wanted.map(text => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(text);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + text.length);
            const box = range.getBoundingClientRect();
            if (box.height > 1 && box.right <= 361 && node.parentElement.getBoundingClientRect().height > 1) return Math.round(box.bottom);
          }
          return -1;
        });
        document.body.insertAdjacentHTML('beforeend', '<i hidden>measured:' + found.join(',') + ';width:' + document.body.scrollWidth + ';</i>');
      });
      </script>
      """;

  @TempDir static Path folder;

  @BeforeAll
  static void needsChromium() throws IOException {
    assumeTrue(Files.isExecutable(CHROMIUM), "skipped: " + CHROMIUM + " is not installed");
    Files.createDirectories(SHOTS);
  }

  @ParameterizedTest
  @CsvSource({
    "mail-firing.html, FIRING|CRITICAL|checkout|7.2 %|10:42|Runbook|Silence",
    "mail-single.html, FIRING|CRITICAL|checkout|7.2 %|11:04|Runbook|Silence",
    "mail-resolved.html, RESOLVED|checkout|1 h 22 min|09:42|Runbook",
    "slack-firing.json, CRITICAL|checkout|7.2 %|10:42|3 alerts|Runbook|Silence|d-0001",
    "slack-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "mail-firing-zh.html, 告警中|严重|checkout|7.2 %|18:42|处理手册|静默",
    "mail-resolved-zh.html, 已恢复|checkout|1 小时 22 分钟|17:42|处理手册",
    "slack-firing-zh.json, 严重|checkout|7.2 %|18:42|3 条告警|处理手册|静默|d-0001",
    "slack-resolved-zh.json, 已恢复|checkout|1 小时 22 分钟|处理手册",
    "dingtalk-firing-zh.json, 严重|checkout|7.2 %|18:42|处理手册|静默",
    "dingtalk-firing.json, CRITICAL|checkout|7.2 %|10:42|Runbook|Silence",
    "dingtalk-resolved.json, RESOLVED|checkout|1 h 22 min",
    "telegram-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "telegram-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "discord-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "discord-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "msteams-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "msteamsv2-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "msteamsv2-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "feishu-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "feishu-card.json, lead has it|2 of 4 alerts are muted|Release|CRITICAL|checkout|7.2 %|10:42|Runbook",
    "feishu-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "wecom-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "wecom-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "wechat-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "pagerduty-firing.json, TRIGGERED|CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "pagerduty-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "pushover-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Incident",
    "pushover-resolved.json, RESOLVED|checkout|1 h 22 min|Incident",
    "ntfy-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook",
    "ntfy-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "gotify-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "gotify-resolved.json, RESOLVED|checkout|1 h 22 min|Runbook",
    "opsgenie-firing.json, CRITICAL|checkout|7.2 %|10:42|3 firing|Runbook|Silence",
    "mail-gpu-firing-zh.html, 严重|GPU 硬件错误|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "mail-gpu-resolved-zh.html, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "slack-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "slack-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "pagerduty-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "pagerduty-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟",
    "opsgenie-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "telegram-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "telegram-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "discord-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "discord-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "msteams-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "msteams-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "msteamsv2-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "msteamsv2-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "wechat-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "wechat-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "dingtalk-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "dingtalk-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟",
    "feishu-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "feishu-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
    "wecom-gpu-firing-zh.json, 严重|GPU 3|gpu-node-02|18:53|处理手册|静默",
    "wecom-gpu-resolved-zh.json, 已恢复|GPU 3|gpu-node-02|11 分钟|处理手册",
  })
  void message_at360px_showsWhatMattersWithoutScrolling(String file, String texts)
      throws Exception {
    List<String> wanted = Arrays.asList(texts.split("\\|"));
    String page = page(file);
    Path html = folder.resolve(file + ".html");
    String script = MEASURE.formatted(JSON.writeValueAsString(wanted));
    Files.writeString(html, page.replace("</body>", script + "</body>"));
    String dom = chromium(html, SHOTS.resolve(file + ".png"));
    var measured = Pattern.compile("measured:([-0-9,]+);width:(\\d+);").matcher(dom);
    assertThat(measured.find()).as("measured in %s", dom).isTrue();
    String[] bottoms = measured.group(1).split(",");
    for (int i = 0; i < bottoms.length; i++) {
      assertThat(Integer.parseInt(bottoms[i])).as(wanted.get(i)).isBetween(1, FOLD);
    }
    assertThat(Integer.parseInt(measured.group(2)))
        .as("no sideways scrolling")
        .isLessThanOrEqualTo(360);
  }

  private static String chromium(Path page, Path shot) throws Exception {
    Process process =
        new ProcessBuilder(
                CHROMIUM.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--user-data-dir=" + folder.resolve(page.getFileName() + ".profile"),
                "--window-size=360,800",
                "--screenshot=" + shot.toAbsolutePath(),
                "--dump-dom",
                page.toUri().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  private static String page(String file) throws IOException {
    String text = Files.readString(GOLDEN.resolve(file));
    // Headless Chromium's minimum width is 500 pixels, so the page itself is limited to 360.
    if (file.endsWith(".html")) {
      return text.replace("</head>", "<style>html{width:360px}</style></head>");
    }
    JsonNode json = JSON.readTree(text);
    String channel = file.substring(0, file.indexOf('-'));
    return switch (channel) {
      case "slack" -> slack(json);
      case "dingtalk" -> dingTalk(json);
      default -> PhonePages.page(channel, json);
    };
  }

  private static String frame(String content) {
    return "<!DOCTYPE html><html><head><meta charset=utf-8><style>html{width:360px}body{margin:0;padding:8px;"
        + "font:15px/21px Roboto,sans-serif;box-sizing:border-box;width:360px}"
        + "a.b{display:inline-block;border:1px solid #999;border-radius:4px;padding:6px 12px;margin:6px 6px 0 0;color:#111;text-decoration:none}"
        + "</style></head><body>"
        + content
        + "</body></html>";
  }

  /// Approximates Slack's phone app: fields in two columns, buttons in a row.
  private static String slack(JsonNode json) {
    JsonNode a = json.get("attachments").get(0);
    var html =
        new StringBuilder(
            "<b>Pharos</b> <small>APP</small><div>" + json.path("text").asText() + "</div>");
    html.append(
        "<div style='border-left:4px solid %s;padding-left:8px;margin-top:6px'>"
            .formatted(a.get("color").asText()));
    html.append("<div><b>").append(a.get("title").asText()).append("</b></div>");
    html.append("<div>")
        .append(
            a.path("text")
                .asText()
                .replaceAll("\\*([^*\n]+)\\*", "<b>$1</b>")
                .replaceAll("`([^`]+)`", "<code>$1</code>")
                .replace("\n", "<br>"))
        .append("</div>");
    html.append("<div style='display:grid;grid-template-columns:1fr 1fr;gap:4px;margin-top:6px'>");
    for (JsonNode field : a.path("fields")) {
      html.append(
          "<div><b>%s</b><br>%s</div>"
              .formatted(field.get("title").asText(), field.get("value").asText()));
    }
    html.append("</div>");
    for (JsonNode action : a.path("actions")) {
      html.append("<a class=b>").append(action.get("text").asText()).append("</a>");
    }
    html.append("<small>").append(a.path("footer").asText()).append("</small>");
    return frame(html.append("</div>").toString());
  }

  private static String dingTalk(JsonNode json) {
    JsonNode card = json.has("actionCard") ? json.get("actionCard") : json.get("markdown");
    var html = new ArrayList<String>();
    for (String block : card.get("text").asText().split("\n\n")) {
      String safe =
          block
              .replace("&", "&amp;")
              .replace("<", "&lt;")
              .replaceAll("\\*\\*([^*]+)\\*\\*", "<b>$1</b>");
      if (safe.startsWith("### ")) {
        html.add("<h3 style='margin:4px 0'>" + safe.substring(4) + "</h3>");
      } else if (safe.startsWith("> ")) {
        html.add(
            "<div style='border-left:3px solid #ccc;padding-left:8px;color:#555'>"
                + safe.replaceAll("(?m)^> ?", "").replace("\n\n", "<br>")
                + "</div>");
      } else {
        html.add("<p style='margin:6px 0'>" + safe.replace("\n", "<br>") + "</p>");
      }
    }
    for (JsonNode button : card.path("btns")) {
      html.add("<a class=b>" + button.get("title").asText() + "</a>");
    }
    return frame(String.join("", html));
  }
}
