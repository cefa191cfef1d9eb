package io.pharos.oncall.chat;

import io.pharos.alerting.pipeline.Integration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Stores cards. Methods throw [io.pharos.trouble.StoreUnavailableException] if the store does not
/// answer.
public interface CardStore {
  /// Stores a card; replaces a card with the same key. The open cards of its group and chat that
  /// were decided before it become outdated.
  void put(ChatCard card);

  /// Stores a changed card, unless it was changed since it was read.
  ///
  /// @return whether it was stored
  boolean update(ChatCard card);

  /// Returns the card with a key.
  Optional<ChatCard> find(String key);

  /// Returns the newest card of a group, closed or not.
  Optional<ChatCard> newest(String groupHash, Integration.Id integration, String chat);

  /// Returns cards whose messages are outdated: their content or their episode has changed, or
  /// their buttons expire; the newest first.
  List<ChatCard> due(Integration.Id integration, Instant now, int limit);

  /// Deletes the cards that were decided before an instant.
  void prune(Instant decidedBefore);
}
