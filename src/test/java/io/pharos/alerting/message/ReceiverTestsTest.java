package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import io.pharos.alerting.outbox.InMemoryOutboxStore;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReceiverTestsTest {
  private static final AlertmanagerConfig CONFIG =
      Channels.parse(
              "alertmanager.yml",
              """
              route: {receiver: nobody}
              receivers:
                - name: nobody
                - name: team
                  webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]
                  slack_configs: [{api_url: 'http://c/', channel: x}]
              """,
              Path.of("/"))
          .withPharosFile("pharos.yml", "receivers: [{name: team, language: zh}]", Path.of("/"));

  private final InMemoryOutboxStore ledger = new InMemoryOutboxStore();
  private final List<Notification> sent = new ArrayList<>();
  private final ReceiverTests tests =
      new ReceiverTests(
          () -> CONFIG,
          _ ->
              (_, integration) -> {
                if (integration.type().equals("slack")) {
                  throw new IllegalArgumentException("no such certificate");
                }
                return (notification, _) -> {
                  sent.add(notification);
                  return notification.integrationIndex() == 0
                      ? new NotifyResult.Sent("200 ok")
                      : new NotifyResult.Retryable("503 later", Optional.empty());
                };
              },
          ledger,
          InstantSource.fixed(NotificationSamples.NOW),
          () -> "t-" + sent.size(),
          "https://pharos.example.org/");

  @Test
  void everyIntegration_hasItsOwnResultInTheLedger() {
    List<ReceiverTests.Outcome> outcomes =
        tests.run("team", ReceiverTests.Kind.FIRING).orElseThrow();
    assertThat(outcomes)
        .extracting(
            outcome -> outcome.integration() + " " + outcome.delivered() + " " + outcome.answer())
        .containsExactly(
            "team/webhook[0] true 200 ok",
            "team/webhook[1] false 503 later",
            "team/slack[0] false no such certificate");
    assertThat(ledger.ends())
        .containsExactly("SENT: 200 ok", "FAILED: 503 later", "FAILED: no such certificate");
    assertThat(ledger.history())
        .filteredOn(OutboxChange.Decided.class::isInstance)
        .allSatisfy(
            change ->
                assertThat(((OutboxChange.Decided) change).delivery().firing().size()).isOne());
    assertThat(ledger.pending()).isEmpty();
    assertThat(ledger.log()).isEmpty();
  }

  @Test
  void message_saysThatItIsATestInTheReceiversLanguage() {
    tests.run("team", ReceiverTests.Kind.FIRING);
    Notification notification = sent.getFirst();
    assertThat(notification.reason()).isEqualTo(Notification.Reason.TEST);
    assertThat(notification.status()).isEqualTo(NotifiedAlert.Status.FIRING);
    assertThat(notification.commonAnnotations().get("title")).isEqualTo("测试消息");
    assertThat(notification.commonAnnotations().get("summary")).contains("team", "工作正常");
    assertThat(notification.externalUrl()).isEqualTo("https://pharos.example.org");
  }

  @Test
  void resolved_isTheEndOfTheSameGroup() {
    tests.run("team", ReceiverTests.Kind.FIRING);
    tests.run("team", ReceiverTests.Kind.RESOLVED);
    assertThat(sent.getLast().status()).isEqualTo(NotifiedAlert.Status.RESOLVED);
    assertThat(sent.getLast().groupKey()).isEqualTo(sent.getFirst().groupKey());
  }

  @Test
  void receiver_unknownOrEmpty_areDistinguished() {
    assertThat(tests.run("none", ReceiverTests.Kind.FIRING)).isEmpty();
    assertThat(tests.run("nobody", ReceiverTests.Kind.FIRING)).contains(List.of());
  }
}
