package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageComposerTest {
  private static final Instant NOW = NotificationSamples.NOW;

  private static NotifiedAlert alert(Labels labels, Labels annotations) {
    return new NotifiedAlert(
        labels,
        annotations,
        NOW.minusSeconds(30),
        null,
        NotifiedAlert.Status.FIRING,
        Fingerprint.of(labels),
        "javascript:alert(1)",
        false);
  }

  private static Message compose(NotifiedAlert... alerts) {
    return MessageComposer.english()
        .compose(
            NotificationSamples.notification(
                List.of(alerts), Notification.Reason.FIRST_NOTIFICATION, true));
  }

  @ParameterizedTest
  @CsvSource({
    "HighErrorRate, High error rate",
    "BackendDown, Backend down",
    "GpuXidHardware, GPU XID hardware",
    "GPUXIDError, GPU XID error",
    "HighLatencyP95, High latency P95",
    "ElevatedLatencyP95, Elevated latency P95",
    "SloBurnRateFast, SLO burn rate fast",
    "TLSCertificateExpiresSoon, TLS certificate expires soon",
    "P95LatencyHigh, P95 latency high",
    "NoDataFromApi, No data from API",
    "DnsLookupsFail, DNS lookups fail",
    "GpuEccErrors, GPU ECC errors",
    "HttpsProbeFails, HTTPS probe fails",
    "CpuAndIoBusy, CPU and IO busy",
    "ABCTeam, ABC team",
    "job:errors_high, job:errors_high",
    "Watchdog, Watchdog",
  })
  void alertName_becomesWordsAsTheFieldSpellsThem(String name, String words) {
    assertThat(AlertWords.of(name)).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource({
    "critical, 🔴, 0",
    "page, 🔴, 0",
    "warning, 🟠, 1",
    "info, 🔵, 3",
    "odd, 🟡, 2",
    "'', 🟡, 2",
  })
  void severity_hasASignAndARank(String label, String emoji, int rank) {
    assertThat(Severity.of(label).emoji()).isEqualTo(emoji);
    assertThat(Severity.of(label).rank()).isEqualTo(rank);
    assertThat(Severity.of(label).color()).matches("#[0-9a-f]{6}");
  }

  @ParameterizedTest
  @CsvSource({
    "5, 5 s",
    "59, 59 s",
    "60, 1 min",
    "3599, 59 min",
    "3600, 1 h",
    "5400, 1 h 30 min",
    "86400, 1 d",
    "100800, 1 d 4 h",
    "-5, 0 s",
  })
  void span_hasItsTwoLargestUnits(long seconds, String text) {
    var times = new MessageTimes(ZoneId.of("UTC"), Language.ENGLISH);
    assertThat(times.span(Duration.ofSeconds(seconds))).isEqualTo(text);
  }

  @Test
  void times_standInTheReadersZoneWithOffset() {
    var times = new MessageTimes(ZoneId.of("Asia/Shanghai"), Language.ENGLISH);
    assertThat(times.at(NOW, NOW)).isEqualTo("19:05 +08:00");
    assertThat(times.at(NOW.minus(Duration.ofDays(1)), NOW)).isEqualTo("2026-02-28 19:05 +08:00");
    assertThat(times.range(NOW.minusSeconds(3600), NOW, NOW)).isEqualTo("18:05 to 19:05 +08:00");
    assertThat(times.range(NOW.minus(Duration.ofDays(1)), NOW, NOW))
        .isEqualTo("2026-02-28 19:05 +08:00 to 19:05 +08:00");
  }

  @Test
  void message_withoutAnything_isStillReadable() {
    Message message = compose(alert(Labels.of("alertname", "Odd"), Labels.empty()));
    assertThat(message.headline()).isEqualTo("🟡 FIRING Odd");
    assertThat(message.links())
        .containsExactly(
            new Message.Link(
                Message.Link.Kind.INCIDENT,
                "https://pharos.example.org/incidents/e2c3a7f7be80496b"),
            new Message.Link(
                Message.Link.Kind.SILENCE,
                "https://pharos.example.org/silences/new?matcher=alertname%3D%22HighErrorRate%22&matcher=service%3D%22checkout%22"));
    assertThat(message.alerts()).extracting(Message.Line::name).containsExactly("Odd");
  }

  @Test
  void mixedAlerts_worstComesFirst() {
    Message message =
        compose(
            alert(Labels.of("alertname", "A", "severity", "info"), Labels.of("summary", "a")),
            alert(
                Labels.of("alertname", "B", "severity", "critical", "node", "n1"),
                Labels.of("summary", "b")),
            alert(
                Labels.of("alertname", "C", "severity", "warning", "disk", "sda"), Labels.empty()));
    assertThat(message.title()).isEqualTo("Several alerts");
    assertThat(message.severity().name()).isEqualTo("CRITICAL");
    assertThat(message.summary()).isEqualTo("b");
    assertThat(message.alerts())
        .extracting(Message.Line::name)
        .containsExactly("n1 · B", "sda · C", "A");
    assertThat(message.alerts()).extracting(Message.Line::detail).containsExactly("b", "", "a");
  }

  @Test
  void titleAnnotation_overridesTheName() {
    Message message =
        compose(
            alert(
                Labels.of("alertname", "A", "severity", "page", "instance", "db-1"),
                Labels.of("title", "Orders\nstand still")));
    assertThat(message.headline()).isEqualTo("🔴 PAGE Orders stand still – db-1");
  }

  private static NotifiedAlert gpu(String gpu, String host, NotifiedAlert.Status status) {
    Labels labels =
        Labels.of(
            "alertname", "GpuXidHardware",
            "gpu", gpu,
            "Hostname", host,
            "instance", host + ":9400",
            "job", "dcgm-exporter",
            "modelName", "NVIDIA A100",
            "service", "gpu-nodes",
            "severity", "critical",
            "xid", "79");
    return new NotifiedAlert(
        labels,
        Labels.of(
            "summary", "A GPU reports a hardware error.",
            "runbook_url", "https://pharos.example.org/runbooks/GpuXidHardware"),
        NOW.minusSeconds(720),
        status == NotifiedAlert.Status.FIRING ? null : NOW,
        status,
        Fingerprint.of(labels),
        "",
        false);
  }

  private static final NotifiedAlert.Status FIRING = NotifiedAlert.Status.FIRING;
  private static final NotifiedAlert.Status RESOLVED = NotifiedAlert.Status.RESOLVED;

  @Test
  void oneAlert_headlineNamesPartAndMachine_firingAndResolved() {
    assertThat(compose(gpu("3", "gpu-node-02", FIRING)).headline())
        .isEqualTo("🔴 CRITICAL GPU XID hardware – GPU 3 · XID 79 · gpu-node-02 · gpu-nodes");
    Message resolved = compose(gpu("3", "gpu-node-02", RESOLVED));
    assertThat(resolved.headline())
        .isEqualTo(
            "✅ RESOLVED GPU XID hardware – GPU 3 · XID 79 · gpu-node-02 · after 12 min · gpu-nodes");
    assertThat(resolved.subject())
        .isEqualTo("GPU XID hardware – GPU 3 · XID 79 · gpu-node-02 · gpu-nodes");
  }

  @Test
  void severalAlertsOfOneMachine_shareItAndNameTheirParts() {
    Message message = compose(gpu("3", "n2", FIRING), gpu("5", "n2", FIRING));
    assertThat(message.about()).isEqualTo("GPU 3, GPU 5 · XID 79 · n2");
    assertThat(message.alerts()).extracting(Message.Line::name).containsExactly("GPU 3", "GPU 5");
  }

  @Test
  void severalMachines_theFirstTwoAreNamedAndTheRestCounted() {
    Message message =
        compose(
            gpu("3", "n2", RESOLVED),
            gpu("4", "n2", RESOLVED),
            gpu("3", "n7", RESOLVED),
            gpu("0", "n9", RESOLVED));
    assertThat(message.about()).isEqualTo("GPU 3 · n2, GPU 4 · n2 +2 more · XID 79");
    assertThat(message.alerts())
        .extracting(Message.Line::name)
        .containsExactly("GPU 3 · n2", "GPU 4 · n2", "GPU 3 · n7", "GPU 0 · n9");
  }

  @Test
  void alertsWithEqualUsualLabels_haveTheOtherLabelsInTheirNames() {
    Labels one = Labels.of("alertname", "A", "host", "n1", "shard", "1");
    Labels two = Labels.of("alertname", "A", "host", "n1", "shard", "2");
    assertThat(compose(alert(one, Labels.empty()), alert(two, Labels.empty())).alerts())
        .extracting(Message.Line::name)
        .containsExactly("shard=1", "shard=2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          instance=db-1:9187,host=db-1                     | db-1
          instance=10.0.0.9:9187,host=db-1                 | db-1 · 10.0.0.9:9187
          instance=10.0.0.9:9400,host=n2,gpu=3             | GPU 3 · n2
          instance=n2:9100,device=/dev/sda1,mountpoint=/   | /dev/sda1 · / · n2:9100
          probe=login,instance=https://x/login             | probe login · https://x/login
          pod=api-7,node=k3,container=api                  | api · api-7 · k3
          team=pay                                         | ''
          """)
  void labels_nameWhatTheAlertIsAbout(String pairs, String text) {
    var labels = new java.util.HashMap<String, String>();
    for (String pair : pairs.split(",")) {
      labels.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    assertThat(AlertSubject.of(Labels.of(labels), Language.ENGLISH).text()).isEqualTo(text);
  }

  @Test
  void place_ofAnAlert_namesServiceJobAndSubjectOnce() {
    assertThat(
            AlertSubject.place(
                Labels.of("service", "shop", "job", "redis", "instance", "10.0.0.7:9121")))
        .isEqualTo("shop · redis · 10.0.0.7:9121");
    assertThat(AlertSubject.place(Labels.of("service", "shop", "job", "shop"))).isEqualTo("shop");
    assertThat(AlertSubject.place(Labels.of("service", "shop", "job", "probe", "probe", "login")))
        .isEqualTo("shop · probe login");
    assertThat(AlertSubject.place(Labels.of("alertname", "X"))).isEmpty();
  }

  @Test
  void annotationsInTheReadersLanguage_standBeforeTheOthers() {
    Labels annotations =
        Labels.of(
            "title", "Orders stand still",
            "title_zh", "订单停滞",
            "summary", "No order came in.",
            "summary_zh", "没有新订单。",
            "description", "Only in English.");
    Notification notification =
        NotificationSamples.notification(
            List.of(alert(Labels.of("alertname", "A"), annotations)),
            Notification.Reason.FIRST_NOTIFICATION,
            true);
    Message chinese =
        new MessageComposer(ZoneId.of("Asia/Shanghai"), Language.CHINESE).compose(notification);
    assertThat(chinese.title()).isEqualTo("订单停滞");
    assertThat(chinese.summary()).isEqualTo("没有新订单。");
    assertThat(chinese.description()).isEqualTo("Only in English.");
    Message english = MessageComposer.english().compose(notification);
    assertThat(english.title()).isEqualTo("Orders stand still");
    assertThat(english.summary()).isEqualTo("No order came in.");
  }

  @Test
  void valueAndThreshold_areSaidInWords() {
    Labels annotations =
        Labels.of("value", "26.32%", "threshold", "10 %", "description", "26.32% of them failed.");
    Message message = compose(alert(Labels.of("alertname", "A"), annotations));
    assertThat(message.measured()).isEqualTo("26 % (limit 10 %)");
    assertThat(message.description()).isEqualTo("26 % of them failed.");
    assertThat(message.headline()).isEqualTo("🟡 FIRING A · 26 %");
  }

  @Test
  void ownRunbook_getsTheAlertsLabels_othersDoNot() {
    Message own = compose(gpu("3", "gpu node", FIRING));
    assertThat(own.link(Message.Link.Kind.RUNBOOK).orElseThrow().url())
        .isEqualTo(
            "https://pharos.example.org/runbooks/GpuXidHardware?instance=gpu%20node%3A9400"
                + "&Hostname=gpu%20node&gpu=3&xid=79&job=dcgm-exporter&service=gpu-nodes");
    String foreign = "https://wiki.example.org/runbooks/X";
    assertThat(EpisodeLinks.runbook(foreign, "https://pharos.example.org", Labels.of("gpu", "3")))
        .isEqualTo(foreign);
    String query = "https://pharos.example.org/runbooks/X?a=b";
    assertThat(EpisodeLinks.runbook(query, "https://pharos.example.org", Labels.of("gpu", "3")))
        .isEqualTo(query);
  }

  @Test
  void linksThatAreNoWebAddresses_areLeftOut() {
    Message message =
        compose(
            alert(
                Labels.of("alertname", "A"),
                Labels.of(
                    "runbook_url",
                    "javascript:alert(1)",
                    "dashboard_url",
                    "https://x/\"><script>")));
    assertThat(message.links())
        .extracting(Message.Link::kind)
        .containsExactly(Message.Link.Kind.INCIDENT, Message.Link.Kind.SILENCE);
    assertThat(message.link(Message.Link.Kind.RUNBOOK)).isEmpty();
  }

  @Test
  void truncatedNotification_saysHowManyMore() {
    Notification cut = NotificationSamples.many(30).truncate(7);
    Message message = MessageComposer.english().compose(cut);
    assertThat(message.counts()).isEqualTo("7 firing (+23 more)");
    assertThat(message.headline()).contains("7+ alerts");
  }

  @Test
  void changes_areCutToFive() {
    var alerts =
        java.util.stream.IntStream.range(0, 8)
            .mapToObj(i -> NotificationSamples.alert("pod-" + i, "1", NOW, null, false))
            .toList();
    Message message =
        MessageComposer.english()
            .compose(
                NotificationSamples.notification(alerts, Notification.Reason.NEW_ALERTS, false));
    assertThat(message.changes())
        .containsExactly("New: pod-0, pod-1, pod-2, pod-3, pod-4, +3 more");
  }

  @Test
  void everyPhrase_isThereInEveryLanguage() {
    for (Phrase phrase : Phrase.values()) {
      for (Language language : Language.values()) {
        assertThat(phrase.in(language)).as("%s in %s", phrase, language).isNotBlank();
        assertThat(values(phrase.in(language)))
            .as("values of %s in %s", phrase, language)
            .isEqualTo(values(phrase.in(Language.ENGLISH)));
      }
      boolean onlyValues = phrase.in(Language.ENGLISH).replaceAll("%s|\\W", "").isEmpty();
      if (!onlyValues) {
        assertThat(phrase.in(Language.CHINESE)).as("%s", phrase).containsPattern("\\p{IsHan}");
      }
    }
  }

  private static int values(String text) {
    return text.split("%s", -1).length;
  }

  @Test
  void everyConfiguredLanguage_hasACatalogue() {
    assertThat(MessageSettings.Voice.LANGUAGES)
        .extracting(Language::of)
        .containsExactly(Language.values());
    assertThatThrownBy(() -> Language.of("xx")).hasMessageContaining("xx");
  }

  @Test
  void headline_inChinese_beginsWithStateSeverityWhatWhereAndHowMany() {
    var composer = new MessageComposer(ZoneId.of("Asia/Shanghai"), Language.CHINESE);
    Message firing = composer.compose(NotificationSamples.inChinese(NotificationSamples.firing()));
    assertThat(firing.headline())
        .isEqualTo("🔴 严重 结账错误率过高 – checkout · 7.2 % · 3 条告警 · production/eu-west-1");
    assertThat(firing.sinceText()).isEqualTo("18:42 +08:00，已持续 23 分钟");
    assertThat(firing.counts()).isEqualTo("3 条告警中，1 条已恢复");
    assertThat(firing.changes()).containsExactly("新增：pod-7:8080", "上次通知后已恢复：pod-2:8080");
    assertThat(firing.whySent()).isEqualTo("发送给 team.on-call：组内有新告警");
    Message resolved = composer.compose(NotificationSamples.resolved());
    assertThat(resolved.headline())
        .isEqualTo("✅ 已恢复 High error rate – checkout · 历时 1 小时 22 分钟 · production/eu-west-1");
    assertThat(resolved.lastedText()).isEqualTo("1 小时 22 分钟（17:42 至 19:05 +08:00）");
  }

  private static MessageComposer knowing(AlertCourse course) {
    return new MessageComposer(
        ZoneOffset.UTC,
        Language.ENGLISH,
        MessageComposer.LinkSigner.NONE,
        "",
        _ -> Optional.of(course));
  }

  private static List<String> facts(Message message) {
    return MessageText.facts(message).stream()
        .map(fact -> fact.name() + " " + fact.value())
        .toList();
  }

  @Test
  void message_ofAnAlertWithACourse_saysTheTrueStartAndTheWorstValue() {
    var course =
        new AlertCourse(
            NotificationSamples.NOW.minusSeconds(180), null, Labels.of("value", "25.0 %"));
    assertThat(facts(knowing(course).compose(NotificationSamples.single())))
        .containsExactly(
            "Value 7.2 % (limit 2 %)", "Worst 25.0 %", "Since 11:02 +00:00, for 3 min");
    var now = new AlertCourse(course.began(), null, Labels.of("value", "7.2 %"));
    assertThat(facts(knowing(now).compose(NotificationSamples.single())))
        .as("the value is the worst")
        .containsExactly("Value 7.2 % (limit 2 %)", "Since 11:02 +00:00, for 3 min");
  }

  @Test
  void message_ofAResolvedAlertWithACourse_saysTheWorstValue() {
    var course =
        new AlertCourse(
            NotificationSamples.NOW.minus(Duration.ofMinutes(84)),
            NotificationSamples.NOW.minusSeconds(30),
            Labels.of("value", "25.0 %"));
    assertThat(facts(knowing(course).compose(NotificationSamples.resolved())))
        .startsWith("Worst 25.0 % (limit 2 %)")
        .anyMatch(fact -> fact.contains("09:41 to"));
  }

  @Test
  void message_whenOnlyAnEarlierCourseIsKnown_saysNothingOfIt() {
    var earlier =
        new AlertCourse(
            NotificationSamples.NOW.minusSeconds(900),
            NotificationSamples.NOW.minusSeconds(600),
            Labels.of("value", "25.0 %"));
    assertThat(facts(knowing(earlier).compose(NotificationSamples.single())))
        .containsExactly("Value 7.2 % (limit 2 %)", "Since 11:04 +00:00, for 1 min");
  }
}
