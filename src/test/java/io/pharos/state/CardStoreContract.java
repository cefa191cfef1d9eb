package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.Integration;
import io.pharos.model.Labels;
import io.pharos.model.Sha256;
import io.pharos.oncall.chat.CardStore;
import io.pharos.oncall.chat.ChatCard;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The contract of all stores of cards in chats.
abstract class CardStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123456Z");
  private static final Instant FAR = T.plusSeconds(86_400);

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  private final String name = UUID.randomUUID().toString().substring(0, 8);
  private final String group = "{}:{job=\"" + name + "\"}";
  private final Integration.Id integration = new Integration.Id(name, "telegram", 1);

  private CardStore cards() {
    return store().cards();
  }

  private ChatCard card(String key, int second, String shown) {
    return card(key, second, shown, null, 0, 0, null, 1);
  }

  private ChatCard card(
      String key,
      int second,
      String shown,
      @Nullable Instant renewAt,
      long episode,
      long episodeVersion,
      @Nullable Instant closedAt,
      long version) {
    return new ChatCard(
        name + key,
        Sha256.hex(group),
        group,
        name,
        "telegram",
        1,
        "-100",
        "m" + key,
        "{\"text\":\"严重 😀\"}",
        2,
        T.plusSeconds(second),
        shown,
        renewAt,
        episode,
        episodeVersion,
        closedAt,
        version);
  }

  @Test
  void card_isRead_asItWasStored_andReplacedByItsKey() {
    ChatCard card = card("a", 0, "x", FAR, 3, 4, T, 7);
    cards().put(card("a", 5, ""));
    cards().put(card);
    assertThat(cards().find(name + "a")).contains(card);
    assertThat(cards().find(name + "b")).isEmpty();
  }

  @Test
  void update_ofAnOldVersion_changesNothing() {
    cards().put(card("a", 0, "x"));
    cards().update(card("a", 0, "y"));
    cards().update(card("a", 0, "z"));
    ChatCard stored = cards().find(name + "a").orElseThrow();
    assertThat(stored.shown()).isEqualTo("y");
    assertThat(stored.version()).isEqualTo(2);
  }

  @Test
  void newest_isThatOfTheGroup_inTheChatOfTheIntegration() {
    cards().put(card("a", 0, "x"));
    cards().put(card("b", 2, "x"));
    cards().put(card("c", 3, "x", null, 0, 0, T, 1));
    String hash = Sha256.hex(group);
    assertThat(cards().newest(hash, integration, "-100").orElseThrow().message()).isEqualTo("mc");
    assertThat(cards().newest(hash, integration, "-101")).isEmpty();
    assertThat(cards().newest(hash, new Integration.Id(name, "telegram", 0), "-100")).isEmpty();
    assertThat(cards().newest(Sha256.hex("other"), integration, "-100")).isEmpty();
  }

  private List<String> due(Instant now) {
    return cards().due(integration, now, 10).stream().map(ChatCard::message).toList();
  }

  @Test
  void due_areCardsWithNewContent_oldButtons_orAChangedEpisode() {
    // The newest first, because a newer card makes older ones outdated.
    cards().put(card("d", 3, "", null, 0, 0, T, 1));
    cards().put(card("c", 2, ""));
    cards().put(card("b", 1, "x", FAR, Long.MAX_VALUE, 0, null, 1));
    cards().put(card("a", 0, "x", FAR, 0, 0, null, 1));
    assertThat(due(T)).containsExactly("mc");
    assertThat(due(FAR)).containsExactly("mc", "mb", "ma");
    episode();
    Episode stored = store().episodes().latest(group).orElseThrow();
    assertThat(due(T)).containsExactly("mc", "ma");
    cards().put(card("a", 0, "x", FAR, stored.number(), stored.version(), null, 1));
    assertThat(due(T)).containsExactly("mc");
    store().episodes().save(List.of(new EpisodeStore.Change(stored, List.of())));
    assertThat(due(T)).containsExactly("mc", "ma");
    assertThat(cards().due(integration, T, 1)).hasSize(1);
  }

  private void episode() {
    var episode =
        new Episode(
            0,
            group,
            Labels.of("job", name),
            "r",
            "Down",
            "critical",
            0,
            0,
            T,
            T,
            null,
            0,
            Map.of(),
            "",
            Map.of(),
            0,
            0,
            T,
            null,
            0);
    store().episodes().save(List.of(new EpisodeStore.Change(episode, List.of())));
  }

  @Test
  void put_makesOlderOpenCardsOfTheGroupAndChatOutdated() {
    cards().put(card("a", 0, "x"));
    cards().put(card("b", 1, "x", null, 0, 0, T, 1));
    cards().put(card("c", 3, "x"));
    cards().put(card("d", 2, "x"));
    assertThat(due(T)).containsExactly("ma");
    assertThat(cards().find(name + "a").orElseThrow().version()).isGreaterThan(1);
  }

  @Test
  void prune_deletesCardsThatWereDecidedBefore() {
    cards().put(card("a", -86_400 * 5_000, ""));
    cards().put(card("b", 0, ""));
    cards().prune(T.minusSeconds(86_400L * 4_000));
    assertThat(due(T)).containsExactly("mb");
  }
}
