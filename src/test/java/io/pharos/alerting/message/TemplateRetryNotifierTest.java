package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.MessageSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TemplateRetryNotifierTest {
  private static final NotifyResult SENT = new NotifyResult.Sent("ok");

  private final List<Notification> sent = new ArrayList<>();
  private Instant now = NotificationSamples.NOW;

  private TemplateRetryNotifier notifier(String text) {
    String yaml =
        """
        route: {receiver: r}
        receivers: [{name: r, slack_configs: [{api_url: 'http://x/', text: '%s'}]}]
        """
            .formatted(text);
    return new TemplateRetryNotifier(
        Channels.parse("alertmanager.yml", yaml, Path.of("/"))
            .receivers()
            .getFirst()
            .integrations()
            .getFirst(),
        MessageTemplates.of(MessageSettings.Defaults.ALERTMANAGER),
        (notification, _) -> {
          sent.add(notification);
          return SENT;
        },
        () -> now);
  }

  private NotifyResult notify(TemplateRetryNotifier notifier) {
    return notifier.notify(NotificationSamples.firing(), now.plusSeconds(10));
  }

  @Test
  void goodTemplate_isSentAtOnce() {
    assertThat(notify(notifier("{{ len .Alerts }}"))).isEqualTo(SENT);
    assertThat(sent).hasSize(1);
  }

  @Test
  void failingTemplate_isHeldBackForAWhileAndThenSent() {
    var notifier = notifier("{{ template \"nope\" . }}");
    assertThat(notify(notifier))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            result -> {
              assertThat(result.reason()).contains("slack text", "\"nope\" not defined");
              assertThat(result.retryAfter())
                  .isEqualTo(Optional.of(TemplateRetryNotifier.MAX_DELAY));
            });
    now = now.plusSeconds(5);
    assertThat(notify(notifier))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            result ->
                assertThat(result.retryAfter())
                    .isEqualTo(Optional.of(TemplateRetryNotifier.MAX_DELAY.minusSeconds(5))));
    assertThat(sent).isEmpty();
    now = now.plus(TemplateRetryNotifier.MAX_DELAY).minus(Duration.ofSeconds(5));
    assertThat(notify(notifier)).isEqualTo(SENT);
    assertThat(sent).hasSize(1);
  }
}
