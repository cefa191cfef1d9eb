package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.Channels;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.EnglishWords;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.MessageComposer.LinkSigner;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.GroupSpec;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import io.pharos.template.RuleTemplate;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// No Chinese message contains an English sentence: checks each shipped alert in every channel with
/// `language: zh`.
///
/// It leaves out the webhook, which passes all annotations on, and Pushover, whose URL can't be
/// configured and which has its own test.
@Tag("slow")
class ChineseMessagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-03-01T11:05:30Z");
  private static final String PHAROS = "https://pharos.example.org";
  private static final Path SAMPLES = Path.of("src/test/resources/notify/chinese-rules.yml");

  /// All labels that alerts' templates use.
  private static final Map<String, String> SERIES_LABELS =
      Map.ofEntries(
          Map.entry("job", "dcgm-exporter"),
          Map.entry("instance", "gpu-node-02:9400"),
          Map.entry("host", "gpu-node-02"),
          Map.entry("gpu", "3"),
          Map.entry("UUID", "GPU-7f2a0c11"),
          Map.entry("modelName", "NVIDIA A100-SXM4-80GB"),
          Map.entry("xid", "79"),
          Map.entry("probe", "backend-login"),
          Map.entry("integration", "slack"),
          Map.entry("rule_group", "backend-errors"),
          Map.entry("path", "/api/v1/login"));

  private static final String RECEIVERS =
      """
      global:
        smtp_smarthost: localhost:25
        smtp_from: a@b.org
        slack_api_url: '${hook}/slack'
        pagerduty_url: '${hook}/pagerduty'
        opsgenie_api_url: '${hook}/opsgenie'
        opsgenie_api_key: k
        telegram_api_url: '${hook}/telegram'
        wechat_api_url: '${hook}/wechat'
        wechat_api_secret: s
        wechat_api_corp_id: c
      route: {receiver: x}
      receivers:
      - name: x
        email_configs: [{to: b@c.org, send_resolved: true}]
        slack_configs: [{channel: '#c', send_resolved: true}]
        pagerduty_configs: [{routing_key: r}]
        opsgenie_configs: [{update_alerts: true}]
        telegram_configs: [{bot_token: t, chat_id: 1}]
        discord_configs: [{webhook_url: '${hook}/discord'}]
        msteams_configs: [{webhook_url: '${hook}/msteams'}]
        msteamsv2_configs: [{webhook_url: '${hook}/msteamsv2'}]
        wechat_configs: [{agent_id: '1', send_resolved: true}]
      """;
  private static final String OURS =
      """
      language: zh
      timezone: Asia/Shanghai
      receivers:
      - name: x
        dingtalk_configs: [{webhook_url: '${hook}/dingtalk'}]
        feishu_configs: [{webhook_url: '${hook}/feishu'}]
        wecom_configs: [{webhook_url: '${hook}/wecom'}]
      """;

  static Stream<RuleSpec.Alerting> alerts() {
    List<Path> files =
        new ArrayList<>(RuleFile.find(Path.of("alert-rules"), List.of("*.yml", "pharos/*.yml")));
    files.add(SAMPLES);
    List<Path> ofLines = RuleFile.find(Path.of("alert-rules"), List.of("loki/*.yml"));
    return Stream.concat(
            RuleFile.readAll(files, ParserOptions.defaults()).stream(),
            ofLines.stream().map(RuleFile::readLogRules))
        .flatMap(file -> file.groups().stream())
        .map(GroupSpec::rules)
        .flatMap(List::stream)
        .filter(RuleSpec.Alerting.class::isInstance)
        .map(RuleSpec.Alerting.class::cast);
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void message_ofEveryChannel_hasNoEnglishSentence(RuleSpec.Alerting alert) throws Exception {
    NotifiedAlert firing = alert(alert, null);
    NotifiedAlert resolved = alert(alert, NOW.minusSeconds(5));
    Map<String, List<String>> sent = send(List.of(notification(firing), notification(resolved)));
    assertThat(sent)
        .containsOnlyKeys(
            "email",
            "slack",
            "pagerduty",
            "opsgenie",
            "telegram",
            "discord",
            "msteams",
            "msteamsv2",
            "wechat",
            "dingtalk",
            "feishu",
            "wecom");
    Collection<String> values = new HashSet<>(firing.labels().toMap().values());
    values.addAll(firing.labels().toMap().keySet());
    var english = new TreeSet<String>();
    sent.forEach(
        (channel, texts) ->
            texts.forEach(
                text ->
                    EnglishWords.in(text, values)
                        .forEach(words -> english.add(channel + ": " + words + " in " + text))));
    assertThat(english).isEmpty();
    // Messages round the values in it; which branch they have depends on the value.
    String[] summary =
        alert
            .annotations()
            .get("summary_zh")
            .split("\\s*(\\{\\{ if .*\\{\\{ end }}|\\{\\{.*?}})\\s*");
    assertThat(sent.values())
        .allSatisfy(texts -> assertThat(String.join("\n", texts)).contains(summary));
  }

  /// The files are what PhonePreviewTest shows on a phone.
  @Test
  void gpuAlert_ofEveryChannel_matchesTheGoldenFiles() throws Exception {
    RuleSpec.Alerting gpu =
        alerts().filter(alert -> alert.name().equals("GpuXidHardware")).toList().getLast();
    for (boolean firing : List.of(true, false)) {
      String end = (firing ? "-gpu-firing" : "-gpu-resolved") + "-zh";
      NotifiedAlert alert = alert(gpu, firing ? null : NOW.minusSeconds(5));
      for (var sent : bodies(List.of(notification(alert)), OURS).entrySet()) {
        if (sent.getKey().equals("email")) {
          Golden.assertMatches("mail" + end + ".html", sent.getValue().getLast());
        } else if (firing || !sent.getKey().equals("opsgenie")) {
          // Opsgenie closes without a text.
          String body = body(sent.getValue().getFirst()).toPrettyString();
          Golden.assertMatches(sent.getKey() + end + ".json", body + "\n");
        }
      }
    }
  }

  @Test
  void labelsOfFacts_areChineseInEveryChannel() throws Exception {
    NotifiedAlert firing = alert(alerts().findFirst().orElseThrow(), null);
    assertThat(send(List.of(notification(firing))).values())
        .allSatisfy(
            texts ->
                assertThat(texts)
                    .noneMatch(
                        text ->
                            text.matches(
                                "(?s)(.*\\n)?(Labels|Since|Runbook|Graph|Firing|Resolved): .*")));
  }

  @Test
  void englishReceivers_seeNothingOfTheChineseTexts() throws Exception {
    for (RuleSpec.Alerting alert : alerts().toList()) {
      send(List.of(notification(alert(alert, null))), "language: en\n" + OURS.substring(13))
          .forEach(
              (channel, texts) ->
                  assertThat(texts)
                      .as(channel)
                      .allSatisfy(text -> assertThat(text).doesNotContainPattern("\\p{IsHan}")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          一块 GPU 报告硬件错误。A GPU reports a hardware error. | reports a hardware error
          位置：gpu-node-02 · RemoteGPU API                     | ''
          No probe runs.                                         | no probe runs
          发送给 on-call：首次通知                                | ''
          <b>接口</b> High error rate – checkout                 | high error rate
          Labels: alertname=X, gpu=3                             | ''
          """)
  void detector_findsSentencesAndNoNames(String text, String found) {
    assertThat(String.join(" / ", EnglishWords.in(text, List.of("on-call")))).isEqualTo(found);
  }

  private static NotifiedAlert alert(RuleSpec.Alerting alert, Instant endsAt) {
    var series = Labels.of(SERIES_LABELS);
    var data = new RuleTemplate.Data(series, Labels.empty(), PHAROS, 0.26317);
    var context = new RuleTemplate.Context(_ -> List.of(), NOW, URI.create(PHAROS));
    var labels = new TreeMap<>(SERIES_LABELS);
    alert.labels().forEach((name, text) -> labels.put(name, expand(text, data, context)));
    labels.put("alertname", alert.name());
    var annotations = new TreeMap<String, String>();
    alert.annotations().forEach((name, text) -> annotations.put(name, expand(text, data, context)));
    return new NotifiedAlert(
        Labels.of(labels),
        Labels.of(annotations),
        NOW.minusSeconds(720),
        endsAt,
        endsAt == null ? NotifiedAlert.Status.FIRING : NotifiedAlert.Status.RESOLVED,
        Fingerprint.of(Labels.of(labels)),
        PHAROS + "/graph?g0.expr=up",
        false);
  }

  private static String expand(String text, RuleTemplate.Data data, RuleTemplate.Context context) {
    return RuleTemplate.parse("annotation", text).expand(data, context);
  }

  private static Notification notification(NotifiedAlert alert) {
    return new Notification(
        "0197f3c2",
        "x",
        "any",
        0,
        "{}:{alertname=\"X\"}",
        alert.status(),
        Labels.of("alertname", alert.labels().get("alertname")),
        alert.labels(),
        alert.annotations(),
        PHAROS,
        List.of(alert),
        alert.isFiring()
            ? Notification.Reason.FIRST_NOTIFICATION
            : Notification.Reason.ALL_RESOLVED,
        NOW,
        0,
        alert.isFiring(),
        false);
  }

  private static Map<String, List<String>> send(List<Notification> notifications) throws Exception {
    return send(notifications, OURS);
  }

  /// The texts that each channel sent, by channel.
  private static Map<String, List<String>> send(List<Notification> notifications, String pharos)
      throws Exception {
    var texts = new TreeMap<String, List<String>>();
    for (var sent : bodies(notifications, pharos).entrySet()) {
      var found = new ArrayList<String>();
      for (String body : sent.getValue()) {
        if (sent.getKey().equals("email")) {
          found.addAll(body.replaceAll("(?s)<style>.*?</style>", "").lines().toList());
        } else {
          collect(body(body), found);
        }
      }
      texts.put(sent.getKey(), found);
    }
    return texts;
  }

  /// The bodies that each channel sent, by channel; of a mail its subject, text and HTML.
  private static Map<String, List<String>> bodies(List<Notification> notifications, String pharos)
      throws Exception {
    var bodies = new TreeMap<String, List<String>>();
    var mails = new ArrayList<OutgoingMail>();
    try (var receiver =
            new RecordingReceiver()
                .byDefault(
                    "{\"ok\":true,\"code\":0,\"errcode\":0,\"StatusCode\":0,"
                        + "\"access_token\":\"t\",\"expires_in\":7200}");
        var clients = new Clients(InstantSource.system())) {
      AlertmanagerConfig config =
          Channels.parse(
                  "alertmanager.yml", RECEIVERS.replace("${hook}", receiver.url("")), Path.of("."))
              .withPharosFile(
                  "pharos.yml", pharos.replace("${hook}", receiver.url("")), Path.of("."));
      var notifiers =
          new Notifiers(
              (mail, _) -> {
                mails.add(mail);
                return new NotifyResult.Sent("");
              },
              MessageTemplates.load(config),
              config.messages(),
              InstantSource.system(),
              new ClientPool(clients),
              LinkSigner.NONE,
              "",
              AlertCourse.Source.NONE,
              DeviceSource.NONE,
              Optional.empty(),
              Notifiers.Cards.NONE);
      for (IntegrationConfig integration : config.receivers().getFirst().integrations()) {
        receiver.received().clear();
        var notifier = notifiers.create("x", integration);
        for (Notification notification : notifications) {
          assertThat(notifier.notify(notification, Instant.now().plusSeconds(30)))
              .as(integration.type())
              .isInstanceOf(NotifyResult.Sent.class);
        }
        bodies
            .computeIfAbsent(integration.type(), _ -> new ArrayList<>())
            .addAll(
                receiver.received().stream()
                    .map(RecordingReceiver.Received::body)
                    .filter(body -> !body.isEmpty())
                    .toList());
      }
    }
    for (OutgoingMail mail : mails) {
      List<String> found = bodies.computeIfAbsent("email", _ -> new ArrayList<>());
      found.add(mail.subject());
      found.add(String.valueOf(mail.text()));
      found.add(String.valueOf(mail.html()));
    }
    return bodies;
  }

  private static JsonNode body(String body) throws Exception {
    return JSON.readTree(
        body.startsWith("{") ? body : URLDecoder.decode(body, StandardCharsets.UTF_8));
  }

  /// Only the values; the keys belong to the protocol.
  private static void collect(JsonNode json, List<String> texts) {
    if (json.isTextual()) {
      texts.addAll(json.asText().lines().toList());
    }
    json.forEach(child -> collect(child, texts));
  }
}
