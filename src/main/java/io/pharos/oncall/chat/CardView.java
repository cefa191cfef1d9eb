package io.pharos.oncall.chat;

import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.message.CardState;
import io.pharos.model.Sha256;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a card must show now.
///
/// @param fingerprint identifies what people see and what the buttons do
/// @param renewAt when the buttons must be renewed; null if there are none
/// @param episode number of the episode; 0 if it is not recorded yet
record CardView(
    CardChat.Card card,
    String fingerprint,
    @Nullable Instant renewAt,
    long episode,
    long episodeVersion) {
  /* Stores may round times. */
  private static final Duration ROUNDING = Duration.ofMillis(1);

  private static final String FIRING = "firing";

  /// @param isContinued whether a newer card shows the episode
  /// @param latest the group's newest episode
  static CardView of(
      ChatCard card,
      boolean isContinued,
      Optional<Episode> latest,
      CardButtons buttons,
      CardChat chat,
      Instant now) {
    CardState state =
        latest
            .filter(it -> isRecorded(it, card.decidedAt()))
            .map(it -> state(it, card, isContinued, now))
            .orElse(CardState.unknown(card.told()));
    var shown = new CardChat.Card(card.body(), state, buttons.of(card.key(), state, now));
    String fingerprint =
        Sha256.hex(
            String.join(
                "\n",
                card.body(),
                String.join("\n", state.lines(chat.times())),
                shown.buttons().toString()));
    return new CardView(
        shown,
        fingerprint,
        shown.buttons().isEmpty() ? null : CardButtons.renewAt(now),
        latest.map(Episode::number).orElse(0L),
        latest.map(Episode::version).orElse(0L));
  }

  /// Returns the view in a chat whose clicks are not received.
  CardView withoutButtons() {
    return new CardView(
        new CardChat.Card(card.body(), card.state(), List.of()),
        fingerprint,
        null,
        episode,
        episodeVersion);
  }

  /// Whether the newest episode is that of a notification, or a later one.
  static boolean isRecorded(Episode latest, Instant decidedAt) {
    Instant end = latest.endedAt();
    return end == null || !end.plus(ROUNDING).isBefore(decidedAt);
  }

  /// Whether an episode began after a notification, so that the notification's has ended.
  static boolean isLater(Episode latest, Instant decidedAt) {
    return latest.openedAt().isAfter(decidedAt.plus(ROUNDING));
  }

  private static CardState state(Episode episode, ChatCard card, boolean isContinued, Instant now) {
    Optional<Acknowledgement> held = episode.holding(now).or(episode::partly);
    int muted =
        (int) episode.members().values().stream().filter(state -> !state.equals(FIRING)).count();
    return new CardState(
        held.map(Acknowledgement::owner).orElse(""),
        held.map(Acknowledgement::missing).orElse(0),
        held.map(Acknowledgement::until).orElse(null),
        isLater(episode, card.decidedAt()) ? episode.openedAt() : episode.endedAt(),
        episode.members().size(),
        muted,
        card.told(),
        episode.round(),
        isContinued);
  }
}
