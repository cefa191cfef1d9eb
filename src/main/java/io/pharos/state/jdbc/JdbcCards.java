package io.pharos.state.jdbc;

import io.pharos.alerting.pipeline.Integration;
import io.pharos.oncall.chat.CardStore;
import io.pharos.oncall.chat.ChatCard;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Stores the cards in chats in the table `chat_cards`.
record JdbcCards(Jdbc jdbc) implements CardStore {
  /* In the order of the components of ChatCard. */
  private static final String COLUMNS =
      "card_key, group_hash, group_key, receiver, channel, place, chat, message, body, told,"
          + " decided_at, shown, renew_at, episode, episode_version, closed_at, version";

  private static final String SELECT = "select " + COLUMNS + " from chat_cards where ";
  private static final String OF_INTEGRATION = "receiver = ? and channel = ? and place = ?";

  @Override
  public void put(ChatCard card) {
    jdbc.write(
        "save a card",
        connection -> {
          Jdbc.execute(connection, "delete from chat_cards where card_key = ?", card.key());
          Jdbc.execute(connection, Jdbc.insert("chat_cards", COLUMNS), Jdbc.values(card));
          Jdbc.execute(
              connection,
              "update chat_cards set shown = '', version = version + 1 where group_hash = ? and "
                  + OF_INTEGRATION
                  + " and chat = ? and closed_at is null and decided_at < ?",
              card.groupHash(),
              card.receiver(),
              card.channel(),
              card.position(),
              card.chat(),
              card.decidedAt());
        });
  }

  @Override
  public boolean update(ChatCard card) {
    return jdbc.update(
            "change a card",
            "update chat_cards set message = ?, body = ?, told = ?, shown = ?, renew_at = ?,"
                + " episode = ?, episode_version = ?, closed_at = ?, version = version + 1"
                + " where card_key = ? and version = ?",
            card.message(),
            card.body(),
            card.told(),
            card.shown(),
            card.renewAt(),
            card.episode(),
            card.episodeVersion(),
            card.closedAt(),
            card.key(),
            card.version())
        > 0;
  }

  @Override
  public Optional<ChatCard> find(String key) {
    return jdbc.read("read a card", SELECT + "card_key = ?", JdbcCards::card, key).stream()
        .findFirst();
  }

  @Override
  public Optional<ChatCard> newest(String groupHash, Integration.Id integration, String chat) {
    return jdbc
        .read(
            "read a card",
            SELECT
                + "group_hash = ? and "
                + OF_INTEGRATION
                + " and chat = ? order by decided_at desc, card_key limit 1",
            JdbcCards::card,
            groupHash,
            integration.receiver(),
            integration.type(),
            integration.index(),
            chat)
        .stream()
        .findFirst();
  }

  @Override
  public List<ChatCard> due(Integration.Id integration, Instant now, int limit) {
    return jdbc.read(
        "read cards",
        SELECT
            + OF_INTEGRATION
            + " and closed_at is null and (shown = '' or renew_at <= ? or exists (select 1 from"
            + " episodes e where e.group_hash = chat_cards.group_hash and (e.number > episode or"
            + " (e.number = episode and e.version > episode_version))))"
            + " order by decided_at desc, card_key limit ?",
        JdbcCards::card,
        integration.receiver(),
        integration.type(),
        integration.index(),
        now,
        limit);
  }

  @Override
  public void prune(Instant decidedBefore) {
    int _ =
        jdbc.update(
            "delete old cards", "delete from chat_cards where decided_at < ?", decidedBefore);
  }

  private static ChatCard card(ResultSet row) throws SQLException {
    return new ChatCard(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getInt(6),
        row.getString(7),
        row.getString(8),
        row.getString(9),
        row.getInt(10),
        Codec.instant(row, 11),
        row.getString(12),
        Codec.instantOrNull(row, 13),
        row.getLong(14),
        row.getLong(15),
        Codec.instantOrNull(row, 16),
        row.getLong(17));
  }
}
