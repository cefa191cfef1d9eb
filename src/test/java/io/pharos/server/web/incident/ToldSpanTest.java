package io.pharos.server.web.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.model.Labels;
import io.pharos.oncall.episode.ToldSpan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ToldSpanTest {
  private static Instant at(int minute) {
    return CurrentAlerts.START.plusSeconds(60L * minute);
  }

  private static LedgerEntry message(int minute, String status) {
    return new LedgerEntry(
        "delivery-" + minute,
        new NotificationLogEntry.Key("{}:{}", new Integration.Id("on-call", "email", 0)),
        Labels.empty(),
        status,
        Notification.Reason.FIRST_NOTIFICATION,
        1,
        0,
        false,
        at(minute),
        at(minute),
        Delivery.Status.SENT,
        1,
        "",
        List.of());
  }

  @Test
  void episodes_firingRepeatedResolved_areOneEpisode() {
    assertThat(
            ToldSpan.of(
                List.of(message(9, "resolved"), message(0, "firing"), message(5, "firing"))))
        .containsExactly(new ToldSpan(at(0), Optional.of(at(9)), 3));
  }

  @Test
  void episodes_firingAfterResolved_isANewOpenEpisode() {
    assertThat(
            ToldSpan.of(
                List.of(message(0, "firing"), message(9, "resolved"), message(20, "firing"))))
        .containsExactly(
            new ToldSpan(at(20), Optional.empty(), 1), new ToldSpan(at(0), Optional.of(at(9)), 2));
  }

  @Test
  void episodes_secondReceiverIsToldTheEnd_addsToTheEpisode() {
    assertThat(
            ToldSpan.of(
                List.of(message(0, "firing"), message(9, "resolved"), message(10, "resolved"))))
        .containsExactly(new ToldSpan(at(0), Optional.of(at(9)), 3));
  }

  @Test
  void episodes_onlyAnEnd_areNone() {
    assertThat(ToldSpan.of(List.of(message(9, "resolved")))).isEmpty();
  }

  @Test
  void ending_ofTheLastEpisode_saysWhenAndHowLong() {
    assertThat(
            Told.ending(ToldSpan.of(List.of(message(0, "firing"), message(9, "resolved"))), at(69)))
        .isEqualTo("It ended 1 h ago and was notified for 9 min.");
    assertThat(Told.ending(ToldSpan.of(List.of(message(0, "firing"))), at(69)))
        .startsWith("No alert of this group is there now");
  }

  @Test
  void ending_onlyTheMessageOfTheEndIsKept_claimsNoStart() {
    assertThat(Told.ending(ToldSpan.of(List.of(message(9, "resolved"))), at(69)))
        .isEqualTo("It ended; when it began is no longer known.");
  }
}
