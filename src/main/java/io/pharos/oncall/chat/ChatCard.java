package io.pharos.oncall.chat;

import io.pharos.alerting.pipeline.Integration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A card that was posted.
///
/// @param key see [CardButtons#key]
/// @param groupHash SHA-256 of the group's key, in hexadecimal
/// @param channel type of the integration
/// @param position of the integration, see [Integration.Id]
/// @param chat id of the chat
/// @param message id of the message within the chat
/// @param body content without state and buttons
/// @param told number of firing alerts in the body
/// @param decidedAt when the notification was decided that it began with
/// @param shown identifies what the message shows; empty if that is outdated
/// @param renewAt when its buttons must be renewed; null if it has none
/// @param episode number of the episode whose state it shows; 0 if there was none yet
/// @param episodeVersion version of that episode
/// @param closedAt when the message began to show the end, or that a newer one continues; it is
///   edited again only if its content changes. Null before
/// @param version increases with each change
public record ChatCard(
    String key,
    String groupHash,
    String groupKey,
    String receiver,
    String channel,
    int position,
    String chat,
    String message,
    String body,
    int told,
    Instant decidedAt,
    String shown,
    @Nullable Instant renewAt,
    long episode,
    long episodeVersion,
    @Nullable Instant closedAt,
    long version) {
  /// Returns the integration that posted it.
  public Integration.Id integration() {
    return new Integration.Id(receiver, channel, position);
  }

  /// Whether the card is in a chat. A message's id may begin with the id of its chat, if the
  /// configuration names the chat differently.
  boolean isIn(String chatId) {
    return chat.equals(chatId) || (!chatId.isEmpty() && message.startsWith(chatId + "/"));
  }

  /// Returns a copy with another content, which the message does not show yet; a closed card is
  /// open until it does.
  ChatCard with(String newBody, int newTold) {
    return new ChatCard(
        key,
        groupHash,
        groupKey,
        receiver,
        channel,
        position,
        chat,
        message,
        newBody,
        newTold,
        decidedAt,
        "",
        renewAt,
        episode,
        episodeVersion,
        null,
        version);
  }

  /// Returns a copy whose message shows a view.
  ChatCard showing(String newMessage, CardView view, Instant now) {
    return new ChatCard(
        key,
        groupHash,
        groupKey,
        receiver,
        channel,
        position,
        chat,
        newMessage,
        body,
        told,
        decidedAt,
        view.fingerprint(),
        view.renewAt(),
        view.episode(),
        view.episodeVersion(),
        view.card().state().isOver() ? now : null,
        version);
  }
}
