package io.pharos.oncall.chat;

import io.pharos.access.AuditEntry;
import io.pharos.access.AuditTrail;
import io.pharos.alerting.channel.ClickSource.Click;
import io.pharos.alerting.message.MessageTimes;
import io.pharos.alerting.message.Phrase;
import io.pharos.oncall.chat.CardButtons.Action;
import io.pharos.oncall.chat.CardButtons.Check;
import io.pharos.oncall.chat.CardButtons.Pressed;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.episode.EpisodeService.Outcome;
import io.pharos.oncall.episode.EpisodeService.Press;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BinaryOperator;

/// Acts on clicks on the buttons of cards. Only a click in the chat of the card counts: who can see
/// the chat is the chat's matter. Every click with a valid or expired button is audited.
///
/// @param people returns the person with an id in a service; empty for strangers
record ClickDesk(
    CardService cards,
    CardButtons buttons,
    EpisodeService episodes,
    AuditTrail audit,
    BinaryOperator<String> people,
    InstantSource clock) {
  private static final Duration HOUR = Duration.ofHours(1);

  /* Of statuses of HTTP, as in all entries of the audit. */
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final int UNAVAILABLE = 503;

  /// What became of a click.
  ///
  /// @param status HTTP status with the same meaning
  private record Result(int status, String subject, String answer) {}

  /// Acts on a click.
  ///
  /// @return the sentence that the person is shown
  String clicked(Click click) {
    String person = person(click);
    return switch (buttons.check(click.data(), clock.instant())) {
      case Check.Forged _ -> {
        record(person, click, "chat button", new Result(FORBIDDEN, "a forged button", ""));
        yield Phrase.PRESS_FORGED.in(MessageTimes.STANDARD.language());
      }
      case Check.Expired(Pressed pressed) -> {
        Result result =
            new Result(FORBIDDEN, "an expired button", say(pressed, Phrase.PRESS_EXPIRED));
        record(person, click, action(pressed), result);
        yield result.answer();
      }
      case Check.Valid(Pressed pressed) -> {
        Result result = press(pressed, click, person);
        record(person, click, action(pressed), result);
        yield result.answer();
      }
    };
  }

  private static String action(Pressed pressed) {
    return pressed.action() == Action.RELEASE ? "chat release" : "chat acknowledge";
  }

  private void record(String person, Click click, String action, Result result) {
    audit.record(
        person,
        AuditEntry.Means.CHAT,
        "",
        action,
        "%s, by %s user %s".formatted(result.subject(), click.service(), click.user()),
        result.status());
  }

  /// Returns the name of the person, or what the service shows, marked as such.
  private String person(Click click) {
    String known = people.apply(click.service(), click.user());
    return known.isEmpty()
        ? "%s (%s)".formatted(click.name().isEmpty() ? click.user() : click.name(), click.service())
        : known;
  }

  private Result press(Pressed pressed, Click click, String person) {
    try {
      Optional<ChatCard> card = cards.store().find(pressed.key());
      if (card.isEmpty()) { // it is being posted
        return new Result(CONFLICT, "a card to come", say(pressed, Phrase.PRESS_EARLY));
      }
      if (!card.get().isIn(click.chat())) {
        return new Result(FORBIDDEN, "a button of another chat", say(pressed, Phrase.PRESS_FORGED));
      }
      Optional<Episode> latest = episodes.latestByHash(card.get().groupHash());
      if (latest.isEmpty() || !CardView.isRecorded(latest.get(), card.get().decidedAt())) {
        return new Result(CONFLICT, "an episode to come", say(pressed, Phrase.PRESS_EARLY));
      }
      Episode episode = latest.get();
      return CardView.isLater(episode, card.get().decidedAt())
          ? new Result(CONFLICT, subject(episode), say(pressed, Phrase.PRESS_ENDED))
          : press(pressed, card.get(), episode, person);
    } catch (StoreUnavailableException _) {
      return new Result(UNAVAILABLE, "", say(pressed, Phrase.PRESS_AWAY));
    }
  }

  private Result press(Pressed pressed, ChatCard card, Episode episode, String person) {
    String link = "chat:" + pressed.key() + ":" + pressed.round();
    Press wanted =
        switch (pressed.action()) {
          case ACKNOWLEDGE -> new Press.Acknowledge(person, null, link);
          case ACKNOWLEDGE_HOUR -> new Press.Acknowledge(person, HOUR, link);
          case RELEASE -> new Press.Release(person);
        };
    Outcome outcome = episodes.press(episode.number(), pressed.round(), wanted);
    cards.hurry(card);
    return switch (outcome) {
      case Outcome.Done(Episode after) ->
          new Result(
              OK,
              subject(after),
              held(pressed, after).orElseGet(() -> say(pressed, Phrase.PRESS_RELEASED)));
      case Outcome.Partly(Episode after) -> new Result(OK, subject(after), partly(pressed, after));
      case Outcome.NotFound _ ->
          new Result(CONFLICT, subject(episode), say(pressed, Phrase.PRESS_EARLY));
      case Outcome.Refused _ ->
          new Result(CONFLICT, subject(episode), say(pressed, Phrase.PRESS_ENDED));
      case Outcome.Replayed _ ->
          new Result(
              CONFLICT,
              subject(episode),
              episodes
                  .find(episode.number())
                  .flatMap(now -> held(pressed, now))
                  .orElseGet(() -> say(pressed, Phrase.PRESS_REPEATED)));
    };
  }

  private static String subject(Episode episode) {
    return "episode " + episode.number();
  }

  private String partly(Pressed pressed, Episode episode) {
    return episode
        .partly()
        .map(it -> Phrase.CARD_PARTLY.in(times(pressed).language(), it.owner(), it.missing()))
        .orElseGet(() -> say(pressed, Phrase.PRESS_REPEATED));
  }

  private Optional<String> held(Pressed pressed, Episode episode) {
    MessageTimes times = times(pressed);
    return episode
        .holding(clock.instant())
        .map(
            held -> {
              Instant until = held.until();
              return until == null
                  ? Phrase.CARD_HELD.in(times.language(), held.owner())
                  : Phrase.CARD_HELD_UNTIL.in(
                      times.language(), held.owner(), times.at(until, clock.instant()));
            });
  }

  private String say(Pressed pressed, Phrase phrase) {
    return phrase.in(times(pressed).language());
  }

  private MessageTimes times(Pressed pressed) {
    try {
      return cards
          .store()
          .find(pressed.key())
          .flatMap(card -> cards.room(card.integration()))
          .map(room -> room.chat().times())
          .orElse(MessageTimes.STANDARD);
    } catch (StoreUnavailableException _) {
      return MessageTimes.STANDARD;
    }
  }
}
