package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.EscalationStep.Cause;
import io.pharos.alerting.pipeline.Notification;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class WhySentTest {
  private static final Instant START = NotificationSamples.NOW.minusSeconds(600);

  private static String why(Language language, Cause cause, Instant since) {
    Notification it = NotificationSamples.single();
    var escalated =
        new Notification(
            it.deliveryId(),
            "lead-mail",
            it.integration(),
            it.integrationIndex(),
            it.groupKey(),
            it.status(),
            it.groupLabels(),
            it.commonLabels(),
            it.commonAnnotations(),
            it.externalUrl(),
            it.alerts(),
            Notification.Reason.ESCALATED,
            NotificationSamples.NOW,
            0,
            true,
            false,
            new EscalationStep("pages", 2, "lead", cause, since, START));
    return new WhySent(new MessageTimes(ZoneOffset.UTC, language)).of(escalated);
  }

  @Test
  void message_saysWhichLevelSentItAndWhy() {
    Instant later = START.plusSeconds(600);
    assertThat(why(Language.ENGLISH, Cause.LEVEL, START))
        .isEqualTo("Sent to lead-mail: the policy escalated; pages, level 2");
    assertThat(why(Language.ENGLISH, Cause.LEVEL, later))
        .isEqualTo(
            "Sent to lead-mail: the policy escalated; pages, level 2: nobody has acknowledged it"
                + " for 10 min");
    assertThat(why(Language.ENGLISH, Cause.NEXT_WAY, later))
        .endsWith("pages, level 2: another way to lead did not confirm");
    assertThat(why(Language.ENGLISH, Cause.NOBODY_REACHED, later))
        .endsWith("pages, level 2: nobody on the level before could be reached");
    assertThat(why(Language.ENGLISH, Cause.FALLBACK, later))
        .endsWith("pages, level 2: nobody could be reached");
    assertThat(why(Language.CHINESE, Cause.RULE, later))
        .isEqualTo("发送给 lead-mail：按策略升级；pages 第 2 级：已 10 分钟 无人认领");
  }
}
