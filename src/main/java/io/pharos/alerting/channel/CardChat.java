package io.pharos.alerting.channel;

import io.pharos.alerting.message.CardState;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageTimes;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A chat in which a message can be edited, so that one message, a card, shows an episode from its
/// first notification to its end. Methods block at most until the deadline; results contain no
/// secrets only after [SecretMask].
public interface CardChat {
  /// Returns the id of the chat, as in the clicks on its buttons.
  String chat();

  /// Returns the configuration of the integration.
  Channel.Config config();

  /// Returns what the integration uses.
  ChannelTools tools();

  /// Returns how times are formatted in the chat.
  default MessageTimes times() {
    return tools().composer().times();
  }

  /// Composes the message of a notification.
  default MessageDraft draft(Notification notification) {
    return tools().draft(config(), notification);
  }

  /// Returns a card's content without its state and buttons, as JSON that [#post] and [#edit] take.
  String body(MessageDraft draft);

  /// Posts a new message that people are told about.
  Posted post(Card card, String deliveryId, Instant deadline);

  /// Adds a short message to a card: what is new, as the notification's reason says.
  ///
  /// @param message id of the card's message
  Posted reply(String message, MessageDraft draft, Instant deadline);

  /// Changes a card in place.
  ///
  /// @param message id of the card's message
  Edited edit(String message, Card card, Instant deadline);

  /// What a card shows.
  ///
  /// @param body see [CardChat#body]
  record Card(String body, CardState state, List<Button> buttons) {
    public Card {
      buttons = List.copyOf(buttons);
    }
  }

  /// A button that Pharos is told about.
  ///
  /// @param data what the click contains, at most 64 characters of ASCII
  record Button(Phrase label, String data) {}

  /// Result of a post.
  sealed interface Posted {
    /// The message was posted.
    ///
    /// @param message its id, to edit it
    /// @param answer the chat's answer, for the ledger
    record Done(String message, String answer) implements Posted {}

    /// The message was not posted.
    ///
    /// @param result never [NotifyResult.Sent]
    record Failed(NotifyResult result) implements Posted {}
  }

  /// Result of an edit.
  sealed interface Edited {
    /// The message shows the card.
    record Done() implements Edited {}

    /// The message does not exist, or can no longer be edited.
    record Gone(String reason) implements Edited {}

    /// The message was not changed.
    ///
    /// @param result never [NotifyResult.Sent]
    record Failed(NotifyResult result) implements Edited {}
  }

  /// The configuration of a channel whose messages can be cards.
  interface Config extends Channel.Config {
    /// Returns the chat of this integration.
    CardChat cards(ChannelTools tools);

    /// Returns what receives the clicks on the cards; empty if other settings determine it.
    Optional<ClickSource> clicks(ChannelTools tools);
  }
}
