package io.pharos.server.web.silence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class SilenceBoardTest {
  private final NotifierRig rig =
      new NotifierRig(
          "{route: {receiver: a}, receivers: [{name: a, webhook_configs: [{url: 'http://x/'}]}]}");

  private SilenceBoard board() {
    return SilenceBoard.of(
        rig.silences.list(), rig.dispatcher.alerts(_ -> true), rig.time.instant());
  }

  private void fire(String name, String instance) {
    Instant now = rig.time.instant();
    rig.post(name, Labels.of("instance", instance), now, now.plusSeconds(7200));
  }

  @Test
  void board_ofNoSilence_saysThatEveryAlertIsTold() {
    assertThat(board().sentence()).isEqualTo("No silence is active.");
  }

  @Test
  void board_countsWhatEachSilenceHides_andThoseThatHideNothing() {
    fire("A", "1");
    fire("A", "2");
    fire("B", "1");
    rig.silence("alertname=\"A\"", Duration.ofHours(1));
    assertThat(board().sentence()).isEqualTo("1 silence hides 2 current alerts.");
    rig.silence("instance=\"1\"", Duration.ofHours(2));
    rig.silence("alertname=\"C\"", Duration.ofHours(3));
    assertThat(board().sentence())
        .isEqualTo("3 silences hide 3 current alerts; 1 of them hides nothing.");
    assertThat(board().active())
        .extracting(card -> card.hides().names())
        .containsExactly(List.of("A ×2"), List.of("A", "B"), List.of());
    rig.advance(3601);
    assertThat(board().sentence())
        .isEqualTo("2 silences hide 2 current alerts; 1 of them hides nothing.");
    assertThat(board().expired()).hasSize(1);
    assertThat(board().expired().getFirst().again())
        .isEqualTo("/silences/new?matcher=alertname%3D%22A%22");
  }

  @Test
  void silence_thatHasNotStarted_saysWhatItWouldHide() {
    fire("A", "1");
    Instant start = rig.time.instant().plusSeconds(600);
    rig.silences.set(
        new Silence(
            "",
            MatcherParser.parseMatchers("alertname=A"),
            start,
            start.plusSeconds(600),
            start,
            "me",
            ""));
    assertThat(board().sentence()).isEqualTo("No silence is active.");
    assertThat(board().pending().getFirst().hides().total()).isEqualTo(1);
  }

  @Test
  void silences_overTheBoundOfThePage_areCounted() {
    for (int i = 0; i < SilenceBoard.MAX + 3; i++) {
      rig.silence("alertname=\"N" + i + "\"", Duration.ofHours(1));
    }
    assertThat(board().active()).hasSize(SilenceBoard.MAX);
    assertThat(board().more()).containsEntry("active", 3);
    assertThat(board().sentence()).startsWith("203 silences hide no current alert");
  }

  @Test
  void end_isMovedOrRefusedWithWhatWasExpected() {
    String id = rig.silence("alertname=\"A\"", Duration.ofHours(1));
    Silence silence = rig.silences.get(id).orElseThrow();
    Instant now = rig.time.instant();
    assertThat(new SilenceEnd("4h", "").of(silence, ZoneOffset.UTC, now).endsAt())
        .isEqualTo(silence.endsAt().plusSeconds(4 * 3600));
    assertThat(
            new SilenceEnd("", "2999-01-31T09:00").of(silence, ZoneOffset.ofHours(8), now).endsAt())
        .isEqualTo(Instant.parse("2999-01-31T01:00:00Z"));
    assertRefused(silence, "", "1999-01-31T09:00", "Expected an end after now");
    assertRefused(silence, "soon", "", "found \"soon\"");
    assertRefused(silence, "", "", "Expected a duration such as 1h");
    assertRefused(silence, "", "tomorrow", "found \"tomorrow\"");
    rig.advance(3601);
    assertRefused(silence, "1h", "", "The silence has ended");
  }

  private void assertRefused(Silence silence, String by, String until, String message) {
    assertThatThrownBy(
            () -> new SilenceEnd(by, until).of(silence, ZoneOffset.UTC, rig.time.instant()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
