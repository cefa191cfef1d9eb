package io.pharos.oncall.shift;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.channel.email.EmailConfig;
import io.pharos.alerting.channel.feishu.FeishuConfig;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.model.Labels;
import io.pharos.oncall.escalation.ShiftGroup;
import io.pharos.oncall.schedule.DutyShift;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The message at the begin of a shift, as channels send it.
class ShiftMessageTest {
  private static final Instant BEGIN = Instant.parse("2026-03-02T08:00:00Z");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static Notification notification(Instant until, String previous, Instant now) {
    var group = new ShiftGroup("backend", "lead", BEGIN);
    Labels labels = group.labels().with("severity", "info");
    var start = new ShiftStart("backend", "lead", BEGIN, previous, now, true, 1);
    Labels annotations =
        new ShiftWords(BERLIN, now)
            .annotations(start, new DutyShift(BEGIN, until, "lead", "all", "", 1));
    return new Notification(
        "0d1f",
        "lead-mail",
        "email",
        0,
        group.key(),
        NotifiedAlert.Status.FIRING,
        group.labels(),
        labels,
        annotations,
        "https://pharos.example.org",
        List.of(
            new NotifiedAlert(
                labels,
                annotations,
                BEGIN,
                null,
                NotifiedAlert.Status.FIRING,
                Fingerprint.of(labels),
                "",
                false)),
        Notification.Reason.SHIFT,
        now,
        0,
        true,
        false,
        new EscalationStep("shift of backend", 1, "lead", EscalationStep.Cause.LEVEL, now, now));
  }

  private static Notification usual() {
    return notification(BEGIN.plus(Duration.ofDays(7)), "deputy", BEGIN.plusSeconds(3));
  }

  private static ChannelTools tools(Language language, List<OutgoingMail> mails) {
    return tools(language, mails, MessageTemplates.standard());
  }

  private static ChannelTools tools(
      Language language, List<OutgoingMail> mails, MessageTemplates templates) {
    return new ChannelTools(
        _ -> Sending.poster(),
        (mail, _) -> {
          mails.add(mail);
          return new NotifyResult.Sent("250 ok");
        },
        templates,
        new MessageComposer(BERLIN, language),
        Sending.CLOCK,
        DeviceSource.NONE);
  }

  private static OutgoingMail mail(Language language) {
    var mails = new ArrayList<OutgoingMail>();
    var config =
        Sending.alertmanager(
            "email",
            EmailConfig.class,
            "to: lead@example.org\nfrom: pharos@example.org\nsmarthost: mail.example.org:25");
    var _ = config.notifier(tools(language, mails)).notify(usual(), Sending.DEADLINE);
    return mails.getFirst();
  }

  private static JsonNode card(Language language) throws Exception {
    try (var receiver = new RecordingReceiver()) {
      receiver.answer(200, "{\"code\": 0}");
      var config =
          Sending.pharos(
              "feishu", FeishuConfig.class, "webhook_url: '" + receiver.url("/hook") + "'");
      var _ = config.notifier(tools(language, new ArrayList<>())).notify(usual(), Sending.DEADLINE);
      return Sending.json(receiver.last().body());
    }
  }

  @Test
  void mail_matchesTheGoldenFiles() {
    Golden.assertMatches("shift-mail.txt", mail(Language.ENGLISH).text());
    Golden.assertMatches("shift-mail.html", mail(Language.ENGLISH).html());
    Golden.assertMatches("shift-mail-zh.txt", mail(Language.CHINESE).text());
    assertThat(mail(Language.ENGLISH).subject())
        .isEqualTo("[ON CALL] You are on call for backend until Mon 9 Mar 09:00");
  }

  @Test
  void feishuCard_matchesTheGoldenFiles() throws Exception {
    Golden.assertMatches("shift-feishu.json", Sending.pretty(card(Language.ENGLISH)));
    Golden.assertMatches("shift-feishu-zh.json", Sending.pretty(card(Language.CHINESE)));
  }

  @Test
  void templatesForAlerts_doNotCount() {
    var mails = new ArrayList<OutgoingMail>();
    for (MessageSettings.Defaults defaults : MessageSettings.Defaults.values()) {
      var config =
          Sending.alertmanager(
              "email",
              EmailConfig.class,
              "to: lead@example.org\nfrom: pharos@example.org\nsmarthost: mail.example.org:25\n"
                  + "text: '{{ .CommonLabels.alertname }}'\nhtml: own\nheaders: {Subject: own}");
      var tools = tools(Language.ENGLISH, mails, MessageTemplates.of(defaults));
      var _ = config.notifier(tools).notify(usual(), Sending.DEADLINE);
    }
    assertThat(mails)
        .hasSize(2)
        .allSatisfy(
            mail -> {
              assertThat(mail.subject()).isEqualTo(mail(Language.ENGLISH).subject());
              assertThat(mail.text()).isEqualTo(mail(Language.ENGLISH).text());
              assertThat(mail.html()).isEqualTo(mail(Language.ENGLISH).html());
            });
  }

  private static String title(Instant until, Instant now) {
    return MessageComposer.english().compose(notification(until, "", now)).title();
  }

  @Test
  void end_hasItsYearIfItIsAnother_andNoneIfItIsFarAway() {
    assertThat(title(Instant.parse("2027-01-04T08:00:00Z"), BEGIN))
        .isEqualTo("You are on call for backend until Mon 4 Jan 2027 09:00");
    assertThat(title(BEGIN.plus(Duration.ofDays(400)), BEGIN))
        .isEqualTo("You are on call for backend");
  }
}
