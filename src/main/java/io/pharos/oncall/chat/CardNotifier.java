package io.pharos.oncall.chat;

import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.CardChat.Edited;
import io.pharos.alerting.channel.CardChat.Posted;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/// Sends the notifications of an integration as cards. A new card is posted only if somebody must
/// look again, or the chat refuses anything else; otherwise the card of the group is edited, and a
/// reply says what is new.
///
/// @param rooms returns the room of the integration, by its id
/// @param plain sends messages that are no cards: tests, and several groups in one message
record CardNotifier(
    CardService cards, Function<Integration.Id, CardService.Room> rooms, Notifier plain)
    implements Notifier {
  private enum Way {
    PLAIN,
    CARD,
    REPLY,
    EDIT
  }

  private static Way way(Notification.Reason reason) {
    return switch (reason) {
      case TEST, STORM, SHIFT -> Way.PLAIN;
      case FIRST_NOTIFICATION,
          FALLBACK,
          MORE_SEVERE,
          ESCALATED,
          STILL_ON_IT,
          ACKNOWLEDGEMENT_EXPIRED,
          ACKNOWLEDGEMENT_RELEASED ->
          Way.CARD;
      case NEW_ALERTS, REPEAT, ALL_RESOLVED -> Way.REPLY;
      case SOME_RESOLVED -> Way.EDIT;
    };
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    Way way = way(notification.reason());
    if (way == Way.PLAIN) {
      return plain.notify(notification, deadline);
    }
    CardService.Room room =
        rooms.apply(
            new Integration.Id(
                notification.receiver(),
                notification.integration(),
                notification.integrationIndex()));
    CardChat chat = room.chat();
    MessageDraft draft = chat.draft(notification);
    Optional<ChatCard> current =
        way == Way.CARD ? Optional.empty() : cards.current(room, notification);
    if (current.isEmpty()) {
      return cards.post(room, draft, deadline);
    }
    ChatCard card = current.get();
    if (way == Way.EDIT) {
      cards.rewrite(card, room, draft);
      return switch (cards.refresh(room, card.key(), deadline)) {
        case Edited.Done _ -> new NotifyResult.Sent("edited message " + card.message());
        case Edited.Gone(String reason) -> new NotifyResult.Retryable(reason);
        case Edited.Failed(NotifyResult.Rejected _) -> cards.post(room, draft, deadline);
        case Edited.Failed(NotifyResult result) -> result;
      };
    }
    return switch (chat.reply(card.message(), draft, deadline)) {
      case Posted.Done(_, String answer) -> {
        cards.rewrite(card, room, draft);
        yield new NotifyResult.Sent(answer + ", a reply to message " + card.message());
      }
      case Posted.Failed(NotifyResult.Rejected _) -> cards.post(room, draft, deadline);
      case Posted.Failed(NotifyResult result) -> result;
    };
  }
}
