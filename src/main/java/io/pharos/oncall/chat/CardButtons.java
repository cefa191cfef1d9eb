package io.pharos.oncall.chat;

import io.pharos.access.LinkSignatures;
import io.pharos.access.LinkSignatures.Permit;
import io.pharos.access.LinkSignatures.Purpose;
import io.pharos.alerting.channel.CardChat.Button;
import io.pharos.alerting.message.CardState;
import io.pharos.alerting.message.Phrase;
import io.pharos.model.Sha256;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The data of the buttons on cards: what to do, on which card, in which round of its episode and
/// until when, with a signature; at most 64 characters, because Telegram permits no more.
record CardButtons(LinkSignatures signatures) {
  /* An edit renews the buttons of a card twice a day, so that they are valid for 12 to 24 hours. */
  private static final long PERIOD = Duration.ofHours(12).toSeconds();

  private static final int RADIX = 36;
  private static final int KEY_LENGTH = 16;
  private static final Pattern DATA =
      Pattern.compile(
          "([AHR])\\.([0-9a-f]{16})\\.([0-9a-z]{1,8})\\.([0-9a-z]{1,10})\\.([\\w-]{22})");

  /// What a button does.
  enum Action {
    ACKNOWLEDGE("A"),
    ACKNOWLEDGE_HOUR("H"),
    RELEASE("R");

    private final String letter;

    Action(String letter) {
      this.letter = letter;
    }
  }

  /// What a click says.
  ///
  /// @param key of the card
  /// @param round of the episode in which the button was shown
  record Pressed(Action action, String key, long round) {}

  /// Result of a verification.
  sealed interface Check {
    record Valid(Pressed pressed) implements Check {}

    record Expired(Pressed pressed) implements Check {}

    /// The data is not of a button of this Pharos.
    record Forged() implements Check {}
  }

  /// Returns the key of the card that a delivery posts. All attempts of a delivery have the same
  /// key, so that the buttons of a message that was posted, but not recorded, work too.
  static String key(String deliveryId) {
    return Sha256.hex(deliveryId).substring(0, KEY_LENGTH);
  }

  /// Returns when buttons that are made now must be renewed.
  static Instant renewAt(Instant now) {
    return Instant.ofEpochSecond((now.getEpochSecond() / PERIOD + 1) * PERIOD);
  }

  /// Returns the buttons of a card.
  List<Button> of(String key, CardState state, Instant now) {
    if (state.isOver()) {
      return List.of();
    }
    Instant expires = renewAt(now).plusSeconds(PERIOD);
    return state.isUnowned()
        ? List.of(
            button(Phrase.ACKNOWLEDGE, Action.ACKNOWLEDGE, key, state, expires),
            button(Phrase.ACKNOWLEDGE_HOUR, Action.ACKNOWLEDGE_HOUR, key, state, expires))
        : List.of(
            button(Phrase.TAKE_OVER, Action.ACKNOWLEDGE, key, state, expires),
            button(Phrase.RELEASE, Action.RELEASE, key, state, expires));
  }

  private Button button(Phrase label, Action action, String key, CardState state, Instant expires) {
    var pressed = new Pressed(action, key, state.round());
    return new Button(
        label,
        String.join(
            ".",
            action.letter,
            key,
            Long.toString(expires.getEpochSecond(), RADIX),
            Long.toString(state.round(), RADIX),
            signatures.code(Purpose.BUTTON, permit(pressed, expires))));
  }

  private static Permit permit(Pressed pressed, Instant expires) {
    return new Permit(
        List.of(pressed.action().letter, Long.toString(pressed.round())), expires, pressed.key());
  }

  /// Verifies the data of a click.
  Check check(String data, Instant now) {
    Matcher parts = DATA.matcher(data);
    if (!parts.matches()) {
      return new Check.Forged();
    }
    Action action =
        Stream.of(Action.values())
            .filter(it -> it.letter.equals(parts.group(1)))
            .findFirst()
            .orElseThrow();
    var pressed = new Pressed(action, parts.group(2), Long.parseLong(parts.group(4), RADIX));
    Instant expires = Instant.ofEpochSecond(Long.parseLong(parts.group(3), RADIX));
    return switch (signatures.checkCode(
        Purpose.BUTTON, permit(pressed, expires), parts.group(5), now)) {
      case LinkSignatures.Check.Valid _ -> new Check.Valid(pressed);
      case LinkSignatures.Check.Expired _ -> new Check.Expired(pressed);
      case LinkSignatures.Check.Unsigned _ -> new Check.Forged();
    };
  }
}
