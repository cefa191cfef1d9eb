package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.LinkSignatures;
import io.pharos.access.LinkSigningKey;
import io.pharos.alerting.channel.CardChat.Button;
import io.pharos.alerting.message.CardState;
import io.pharos.alerting.message.MessageTimes;
import io.pharos.oncall.chat.CardButtons.Action;
import io.pharos.oncall.chat.CardButtons.Check;
import io.pharos.oncall.chat.CardButtons.Pressed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CardButtonsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T11:59:59Z");
  private static final String KEY = CardButtons.key("delivery-1");

  private final CardButtons buttons = new CardButtons(tokens("k"));

  private static LinkSignatures tokens(String letter) {
    return new LinkSignatures(LinkSigningKey.of(letter.repeat(32)));
  }

  private static CardState state(String owner, int told, long round) {
    return new CardState(owner, 0, null, null, told, 0, told, round, false);
  }

  private List<Button> shown(CardState state) {
    return buttons.of(KEY, state, NOW);
  }

  @Test
  void data_isShort_andSaysWhatToDo() {
    List<Button> open = shown(state("", 1, 0));
    assertThat(open).allMatch(it -> it.data().length() <= 64);
    assertThat(open.stream().map(it -> buttons.check(it.data(), NOW)))
        .containsExactly(
            new Check.Valid(new Pressed(Action.ACKNOWLEDGE, KEY, 0)),
            new Check.Valid(new Pressed(Action.ACKNOWLEDGE_HOUR, KEY, 0)));
    long round = NOW.toEpochMilli();
    List<Button> held = shown(state("lead", 1, round));
    assertThat(held).allMatch(it -> it.data().length() <= 64);
    assertThat(held.stream().map(it -> buttons.check(it.data(), NOW)))
        .containsExactly(
            new Check.Valid(new Pressed(Action.ACKNOWLEDGE, KEY, round)),
            new Check.Valid(new Pressed(Action.RELEASE, KEY, round)));
    assertThat(shown(state("lead", 0, 0))).isEmpty();
  }

  @Test
  void buttons_expireBetween12And24Hours_andAreRenewedBefore() {
    String data = shown(state("", 1, 0)).getFirst().data();
    Instant renewal = CardButtons.renewAt(NOW);
    assertThat(Duration.between(NOW, renewal))
        .isPositive()
        .isLessThanOrEqualTo(Duration.ofHours(12));
    assertThat(buttons.check(data, renewal)).isInstanceOf(Check.Valid.class);
    assertThat(buttons.check(data, renewal.plus(Duration.ofHours(12))))
        .isInstanceOf(Check.Expired.class);
  }

  @Test
  void everyChange_isForged() {
    String data = shown(state("", 1, 5)).getFirst().data();
    for (int i = 0; i < data.length(); i++) {
      char other = data.charAt(i) == '1' ? '2' : '1';
      String changed = data.substring(0, i) + other + data.substring(i + 1);
      assertThat(buttons.check(changed, NOW)).as(changed).isEqualTo(new Check.Forged());
    }
    assertThat(new CardButtons(tokens("x")).check(data, NOW)).isEqualTo(new Check.Forged());
  }

  @Test
  void lines_sayWhatTheTextDoesNot() {
    Instant at = Instant.parse("2026-03-01T14:30:00Z");
    assertThat(new CardState("lead", 0, at, null, 4, 1, 2, 0, false).lines(MessageTimes.STANDARD))
        .containsExactly(
            "🙋 lead has it until 2026-03-01 14:30 +00:00",
            "🔔 4 alerts fire now",
            "🔕 1 of 4 alerts are muted");
    assertThat(new CardState("", 0, null, at, 0, 0, 2, 0, false).lines(MessageTimes.STANDARD))
        .containsExactly("✅ Ended at 2026-03-01 14:30 +00:00");
    assertThat(new CardState("", 0, null, at, 0, 0, 0, 0, false).lines(MessageTimes.STANDARD))
        .isEmpty();
    assertThat(new CardState("lead", 0, at, null, 4, 1, 2, 0, true).lines(MessageTimes.STANDARD))
        .containsExactly("⤵️ Continued in a newer message");
    assertThat(new CardState("lead", 2, null, null, 2, 0, 2, 0, false).lines(MessageTimes.STANDARD))
        .containsExactly("🙋 lead has acknowledged it; 2 more must");
    assertThat(CardState.unknown(3).lines(MessageTimes.STANDARD)).isEmpty();
  }
}
