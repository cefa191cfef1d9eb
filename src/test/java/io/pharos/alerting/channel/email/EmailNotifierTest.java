package io.pharos.alerting.channel.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.model.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmailNotifierTest {
  private final List<OutgoingMail> sent = new ArrayList<>();
  private final OutgoingMail.Transport transport =
      (mail, _) -> {
        sent.add(mail);
        return new NotifyResult.Sent("250 ok");
      };

  private EmailNotifier notifier(
      EmailConfig config, MessageTemplates templates, MessageComposer composer) {
    return new EmailNotifier(
        config,
        new ChannelTools(
            _ -> Sending.poster(),
            transport,
            templates,
            composer,
            Sending.CLOCK,
            DeviceSource.NONE));
  }

  private static EmailConfig config(String html, String text, Map<String, String> headers) {
    return config(
        "on-call@example.org", "pharos@example.org", html, text, headers, SecretSource.unset());
  }

  private static EmailConfig config(
      String to,
      String from,
      String html,
      String text,
      Map<String, String> headers,
      SecretSource password) {
    return new EmailConfig(
        true,
        to,
        from,
        "localhost",
        HostPort.parse("mail.example.org:587"),
        "bot",
        password,
        SecretSource.unset(),
        "",
        headers,
        html,
        text,
        true,
        null,
        TlsOptions.DEFAULT);
  }

  private OutgoingMail send(EmailConfig config, MessageTemplates templates, Notification n) {
    var notifier = notifier(config, templates, MessageComposer.english());
    assertThat(notifier.notify(n, NotificationSamples.NOW.plusSeconds(30)))
        .isInstanceOf(NotifyResult.Sent.class);
    return sent.getLast();
  }

  private OutgoingMail send(Notification n) {
    return send(config(EmailConfig.DEFAULT_HTML, "", Map.of()), MessageTemplates.standard(), n);
  }

  @Test
  void builtInMail_matchesTheGoldenFiles() {
    Golden.assertMatches("mail-firing.txt", send(NotificationSamples.firing()).text());
    Golden.assertMatches("mail-firing.html", sent.getLast().html());
    Golden.assertMatches("mail-single.html", send(NotificationSamples.single()).html());
    Golden.assertMatches("mail-resolved.txt", send(NotificationSamples.resolved()).text());
    Golden.assertMatches("mail-resolved.html", sent.getLast().html());
  }

  @Test
  void mail_labelsThatWouldReorderText_showTheirControls() {
    String controls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
    var labels =
        Labels.of("alertname", "A", "service", "gnp.\u202eexe", "name\u2066", "x" + controls);
    var alert =
        new NotifiedAlert(
            labels,
            Labels.of("summary", "a\u2067b שלום", "description", controls),
            NotificationSamples.NOW,
            null,
            NotifiedAlert.Status.FIRING,
            Fingerprint.of(labels),
            "http://x",
            false);
    Notification notification =
        NotificationSamples.notification(
            List.of(alert), Notification.Reason.FIRST_NOTIFICATION, true);
    String own = "{{ range .Alerts }}{{ .Labels }} {{ .Annotations.summary }}{{ end }}";
    for (EmailConfig config :
        List.of(config(EmailConfig.DEFAULT_HTML, "", Map.of()), config(own, own, Map.of()))) {
      for (var defaults : MessageSettings.Defaults.values()) {
        OutgoingMail mail = send(config, MessageTemplates.of(defaults), notification);
        assertThat(mail.subject() + mail.html() + mail.text())
            .doesNotContainPattern("[\u202a-\u202e\u2066-\u2069]")
            .contains("gnp.\uFFFDexe", "a\uFFFDb שלום");
      }
    }
  }

  @Test
  void builtInMail_inChinese_matchesTheGoldenFiles() {
    var composer = new MessageComposer(ZoneId.of("Asia/Shanghai"), Language.CHINESE);
    var config = config(EmailConfig.DEFAULT_HTML, "", Map.of());
    var notifier = notifier(config, MessageTemplates.standard(), composer);
    notifier.notify(
        NotificationSamples.inChinese(NotificationSamples.firing()), NotificationSamples.NOW);
    assertThat(sent.getLast().subject())
        .isEqualTo("[严重] 结账错误率过高 – checkout · production/eu-west-1");
    assertThat(sent.getLast().from()).startsWith("Pharos 告警中 ");
    Golden.assertMatches("mail-firing-zh.txt", sent.getLast().text());
    Golden.assertMatches("mail-firing-zh.html", sent.getLast().html());
    notifier.notify(
        NotificationSamples.inChinese(NotificationSamples.resolved()), NotificationSamples.NOW);
    assertThat(sent.getLast().subject())
        .isEqualTo("[已恢复] 结账错误率过高 – checkout · production/eu-west-1");
    assertThat(sent.getLast().from()).startsWith("Pharos 已恢复 ");
    Golden.assertMatches("mail-resolved-zh.html", sent.getLast().html());
  }

  @Test
  void alertmanagersDefaults_areAMailOfHtmlFromTheSenderAsConfigured() {
    OutgoingMail mail =
        send(
            config(EmailConfig.DEFAULT_HTML, "", Map.of()),
            MessageTemplates.of(MessageSettings.Defaults.ALERTMANAGER),
            NotificationSamples.firing());
    assertThat(mail.subject())
        .isEqualTo("[FIRING:3] HighErrorRate checkout (production eu-west-1 critical)");
    assertThat(mail.from()).isEqualTo("pharos@example.org");
    assertThat(mail.text()).isNull();
    assertThat(mail.html())
        .contains("[3] Firing", "[1] Resolved", "instance = pod-1:8080<br>", "View in Alertmanager")
        .contains("3 % &amp; &lt;rising&gt;");
  }

  @Test
  void headers_keepTheEpisodeInOneThread() {
    OutgoingMail firing = send(NotificationSamples.firing());
    OutgoingMail resolved = send(NotificationSamples.resolved());
    assertThat(firing.subject())
        .isEqualTo("[CRITICAL] High error rate – checkout · production/eu-west-1");
    assertThat(resolved.subject())
        .isEqualTo("[RESOLVED] High error rate – checkout · production/eu-west-1");
    assertThat(firing.from()).isEqualTo("Pharos FIRING <pharos@example.org>");
    assertThat(resolved.from()).isEqualTo("Pharos RESOLVED <pharos@example.org>");
    assertThat(firing.messageId()).isEqualTo("<d-0001@example.org>");
    assertThat(firing.headers())
        .containsEntry("Auto-Submitted", "auto-generated")
        .containsEntry("X-Pharos-Delivery", "d-0001")
        .containsEntry("References", resolved.headers().get("In-Reply-To"))
        .hasEntrySatisfying(
            "In-Reply-To", root -> assertThat(root).matches("<pharos-[0-9a-f]{32}@example.org>"))
        .hasEntrySatisfying("X-Pharos-Group", hash -> assertThat(hash).matches("[0-9a-f]{64}"));
  }

  @Test
  void firstLine_saysStateValueHowManyAndSince() {
    String line = send(NotificationSamples.firing()).text().lines().findFirst().orElseThrow();
    assertThat(
            line.codePoints()
                .limit(60)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString())
        .isEqualTo("🔴 FIRING · 7.2 % (limit 2 %) · 3 firing, 1 resolved · Since ");
  }

  @Test
  void firstLine_summaryWithValueAndLimit_saysThemOnce() {
    NotifiedAlert sample = NotificationSamples.single().alerts().getFirst();
    var alert =
        new NotifiedAlert(
            sample.labels(),
            Labels.of(
                "summary", "GPU temperature: 97 °C (limit 95 °C).",
                "value", "97 °C",
                "threshold", "95 °C"),
            sample.startsAt(),
            sample.endsAt(),
            sample.status(),
            sample.fingerprint(),
            sample.generatorUrl(),
            sample.announced());
    Notification one =
        NotificationSamples.notification(
            List.of(alert), Notification.Reason.FIRST_NOTIFICATION, true);
    assertThat(send(one).text().lines().findFirst().orElseThrow())
        .startsWith("🔴 FIRING · GPU temperature: 97 °C (limit 95 °C). · Since ")
        .endsWith("for 1 min");
  }

  @Test
  void userTemplates_win() {
    var headers =
        Map.of("Subject", "{{ .Status }}!\r\nBcc: x@y", "X-Team", "{{ .GroupLabels.service }}");
    OutgoingMail mail =
        send(
            config(
                "<b>{{ .CommonAnnotations.threshold }}</b>", "{{ len .Alerts }} alerts", headers),
            MessageTemplates.standard(),
            NotificationSamples.firing());
    assertThat(mail.subject()).isEqualTo("firing! Bcc: x@y");
    assertThat(mail.html()).isEqualTo("<b>&gt; 2 %</b>");
    assertThat(mail.text()).isEqualTo("4 alerts");
    assertThat(mail.headers()).containsEntry("X-Team", "checkout");
  }

  @Test
  void userHeaders_fromAndTo_areShownInTheirPlace() {
    OutgoingMail mail =
        send(
            config("h", "t", Map.of("From", "{{ .Status }}@x", "To", "all@x")),
            MessageTemplates.standard(),
            NotificationSamples.firing());
    assertThat(mail.headers()).containsEntry("From", "firing@x").containsEntry("To", "all@x");
    assertThat(mail.to()).containsExactly("on-call@example.org");
  }

  @Test
  void userFile_thatDefinesADefaultName_replacesTheBuiltInPart() {
    var templates =
        MessageTemplates.standard()
            .with(
                "own.tmpl",
                "{{ define \"email.default.html\" }}<i>{{ template \"__subject\" . }}</i>{{ end }}");
    OutgoingMail mail =
        send(
            config(EmailConfig.DEFAULT_HTML, "", Map.of()),
            templates,
            NotificationSamples.single());
    assertThat(mail.html())
        .isEqualTo(
            "<i>[FIRING:1] HighErrorRate checkout (production pod-1:8080 eu-west-1 critical)</i>");
  }

  @Test
  void noHtml_isAMailOfText() {
    OutgoingMail mail =
        send(config("", "", Map.of()), MessageTemplates.standard(), NotificationSamples.single());
    assertThat(mail.html()).isNull();
    assertThat(mail.text()).contains("Runbook: https://wiki.example.org/runbooks/high-error-rate");
  }

  @Test
  void templateThatFails_isReplacedAndSaidSo() {
    OutgoingMail mail =
        send(
            config(
                "{{ template \"nope\" . }}",
                "{{ .Nope }}",
                Map.of("Subject", "{{ slice .Status 3 99 }}")),
            MessageTemplates.standard(),
            NotificationSamples.single());
    assertThat(mail.subject()).startsWith("[CRITICAL] High error rate");
    assertThat(mail.text())
        .contains("7.2 %")
        .contains("The template of email html failed, so the built-in text is used:")
        .contains("can't evaluate field Nope");
    assertThat(mail.html()).contains("The template of email html failed").contains("7.2 %");
  }

  @Test
  void userTextAndFailedHtml_textSaysSo() {
    OutgoingMail mail =
        send(
            config("{{ .Nope }}", "mine", Map.of()),
            MessageTemplates.standard(),
            NotificationSamples.single());
    assertThat(mail.text()).startsWith("mine\n\nThe template of email html failed");
  }

  @Test
  void manyAlerts_areCut() {
    OutgoingMail mail = send(NotificationSamples.many(30));
    assertThat(mail.text())
        .contains("30 firing")
        .contains("- +10 more")
        .contains("2026-02-27 11:05 +00:00");
    assertThat(mail.html()).contains("&#43;10 more").hasSizeLessThan(60_000);
  }

  @Test
  void possibleDuplicate_isMarked() {
    OutgoingMail mail = send(NotificationSamples.possibleDuplicate(NotificationSamples.single()));
    assertThat(mail.text()).contains("Possibly a duplicate");
    assertThat(mail.html()).contains("Possibly a duplicate");
  }

  @Test
  void addresses_areParsedAndChecked(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "s3cret\n");
    EmailConfig config =
        config(
            "\"Li, On-call\" <li@example.org>, {{ .GroupLabels.service }}@example.org",
            "Alerts <a@b.example>",
            EmailConfig.DEFAULT_HTML,
            "",
            Map.of(),
            SecretSource.fromFile(file));
    OutgoingMail mail = send(config, MessageTemplates.standard(), NotificationSamples.single());
    assertThat(mail.to()).containsExactly("Li, On-call <li@example.org>", "checkout@example.org");
    assertThat(mail.from()).isEqualTo("Alerts <a@b.example>");
    assertThat(mail.server().login().password().reveal()).isEqualTo("s3cret");
    assertThat(mail.toString()).doesNotContain("s3cret");
    assertThat(mail.server().requireTls()).isTrue();
    assertThat(mail.server().implicitTls()).isFalse();
  }

  @Test
  void badAddressOrMissingSecret_isAResult(@TempDir Path folder) {
    var bad =
        notifier(
            config("nobody", "a@b", "", "", Map.of(), SecretSource.unset()),
            MessageTemplates.standard(),
            MessageComposer.english());
    assertThat(bad.notify(NotificationSamples.single(), NotificationSamples.NOW))
        .isEqualTo(
            new NotifyResult.Rejected(
                "\"nobody\" is not a mail address, expected a@b or Name <a@b>"));
    var unreadable =
        notifier(
            config("a@b", "a@b", "", "", Map.of(), SecretSource.fromFile(folder.resolve("none"))),
            MessageTemplates.standard(),
            MessageComposer.english());
    assertThat(unreadable.notify(NotificationSamples.single(), NotificationSamples.NOW))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class, r -> assertThat(r.reason()).contains("none"));
    assertThatThrownBy(() -> MailAddress.parseList(" , ")).hasMessageContaining("no mail address");
  }
}
