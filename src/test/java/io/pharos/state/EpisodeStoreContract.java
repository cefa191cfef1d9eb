package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeEvent;
import io.pharos.oncall.episode.EpisodeStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The contract of all stores of episodes.
abstract class EpisodeStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123456Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  private final String job = UUID.randomUUID().toString();
  private String key = "{}:{job=\"" + job + "\"}";
  private final Labels labels = Labels.of("job", job, "名", "值");

  private EpisodeStore episodes() {
    return store().episodes();
  }

  private Episode draft(Instant start) {
    return episode(0, 0, start, null, null);
  }

  private Episode episode(
      long number,
      long version,
      Instant start,
      @Nullable Instant end,
      @Nullable Acknowledgement acknowledgement) {
    return new Episode(
        number,
        key,
        labels,
        "on-call",
        "InstanceDown",
        "critical",
        0,
        1,
        start,
        start,
        end,
        0,
        Map.of("00000000000000ff", "firing"),
        "99 %",
        Map.of("runbook", "http://r/?a=b"),
        0,
        0,
        start,
        acknowledgement,
        version);
  }

  private static Acknowledgement acknowledgement(@Nullable Instant until) {
    return new Acknowledgement("李雷", "on it", T.plusSeconds(5), until, 1, 0, "link", null, null);
  }

  private static EpisodeEvent event(String id, EpisodeEvent.Kind kind, String text) {
    return new EpisodeEvent(id, kind, T, "on-call/slack[0]", text, null, "pending");
  }

  private void save(Episode after, EpisodeEvent... events) {
    assertThat(episodes().save(List.of(new EpisodeStore.Change(after, List.of(events))))).isEmpty();
  }

  private Episode latest() {
    return episodes().latest(key).orElseThrow();
  }

  private Episode ended(Episode from) {
    return episode(from.number(), from.version(), from.startedAt(), T.plusSeconds(60), null);
  }

  @Test
  void newEpisode_isReadAsItWasWritten_andHasTheNextNumber() {
    save(draft(T), event("a", EpisodeEvent.Kind.NOTIFIED, "ok"));
    Episode first = latest();
    assertThat(first)
        .usingRecursiveComparison()
        .ignoringFields("number", "version", "eventCount")
        .isEqualTo(draft(T));
    assertThat(first.eventCount()).isEqualTo(1);
    assertThat(episodes().find(first.number())).contains(first);
    assertThat(episodes().find(first.number() + 1_000_000)).isEmpty();
    assertThat(episodes().ofLabels(Fingerprint.of(labels), 5)).containsExactly(first);
    save(ended(first));
    save(draft(T.plusSeconds(100)));
    assertThat(latest().number()).isGreaterThan(first.number());
    assertThat(episodes().ofLabels(Fingerprint.of(labels), 1)).containsExactly(latest());
  }

  @Test
  void group_hasOneOpenEpisode() {
    save(draft(T));
    assertThat(
            episodes().save(List.of(new EpisodeStore.Change(draft(T.plusSeconds(1)), List.of()))))
        .containsExactly(key);
    assertThat(episodes().open()).contains(latest());
    save(ended(latest()));
    assertThat(episodes().open()).extracting(Episode::groupKey).doesNotContain(key);
  }

  @Test
  void openEpisode_isUnowned_whileNoAcknowledgementHolds() {
    Instant before = T.plusSeconds(9);
    Instant after = T.plusSeconds(10);
    int othersBefore = episodes().unowned(before).size();
    int othersAfter = episodes().unowned(after).size();
    save(draft(T));
    assertThat(episodes().unowned(before)).hasSize(othersBefore + 1).contains(latest().title());
    Episode read = latest();
    save(episode(read.number(), read.version(), T, null, acknowledgement(after)));
    assertThat(episodes().unowned(before)).hasSize(othersBefore);
    assertThat(episodes().unowned(after)).hasSize(othersAfter + 1);
    save(ended(latest()));
    assertThat(episodes().unowned(after)).hasSize(othersAfter);
  }

  @Test
  void episodeOfADrill_needsNoOwner() {
    int others = episodes().unowned(T).size();
    key = "drill:" + key;
    save(draft(T));
    assertThat(episodes().unowned(T)).hasSize(others);
  }

  @Test
  void overtakenChange_isNotStored() {
    save(draft(T));
    Episode read = latest();
    save(episode(read.number(), read.version(), T, null, acknowledgement(null)));
    var late =
        new EpisodeStore.Change(ended(read), List.of(event("x", EpisodeEvent.Kind.LEFT, "")));
    assertThat(episodes().save(List.of(late))).containsExactly(key);
    assertThat(latest().acknowledgement()).isEqualTo(acknowledgement(null));
    assertThat(latest().isOpen()).isTrue();
    assertThat(episodes().events(read.number())).isEmpty();
  }

  @Test
  void event_withTheSameKey_replacesTheFirst() {
    save(draft(T), event("d", EpisodeEvent.Kind.NOTIFIED, ""));
    Episode read = latest();
    var sent =
        new EpisodeEvent(
            "d",
            EpisodeEvent.Kind.NOTIFIED,
            T,
            "on-call/slack[0]",
            "200",
            T.plusSeconds(2),
            "sent");
    save(read, sent, event("e", EpisodeEvent.Kind.COMMENTED, "\0"));
    assertThat(episodes().events(read.number()))
        .containsExactly(sent, event("e", EpisodeEvent.Kind.COMMENTED, "?"));
    assertThat(latest().eventCount()).isEqualTo(2);
  }

  @Test
  void eventsOfOneChange_withTheSameKey_areOneEvent() {
    var first = event("a", EpisodeEvent.Kind.NOTIFIED, "first");
    var second = event("a", EpisodeEvent.Kind.NOTIFIED, "second");
    save(draft(T), first, second);
    assertThat(episodes().events(latest().number())).containsExactly(second);
    assertThat(latest().eventCount()).isEqualTo(1);
    var other = event("b", EpisodeEvent.Kind.NOTIFIED, "third");
    save(ended(latest()), other, second, first);
    assertThat(episodes().events(latest().number())).containsExactly(first, other);
    assertThat(latest().eventCount()).isEqualTo(2);
  }

  @Test
  void events_areBounded_butPeopleAreHeard() {
    var many = new ArrayList<EpisodeEvent>();
    for (int i = 0; i < 1_005; i++) {
      many.add(event("n" + i, EpisodeEvent.Kind.NOTIFIED, ""));
    }
    save(draft(T), many.toArray(EpisodeEvent[]::new));
    save(latest(), event("c", EpisodeEvent.Kind.COMMENTED, "found it"));
    assertThat(latest().omitted()).isEqualTo(5);
    assertThat(latest().eventCount()).isEqualTo(1_001);
    assertThat(episodes().events(latest().number())).hasSize(1_001);
  }

  @Test
  void acknowledgement_survives_withItsEnd() {
    save(draft(T));
    Acknowledgement until = acknowledgement(T.plusSeconds(600));
    save(episode(latest().number(), latest().version(), T, null, until));
    assertThat(latest().acknowledgement()).isEqualTo(until);
    var released =
        new Acknowledgement(
            "李雷", "", T, null, 0, 2, "", T.plusSeconds(9), Acknowledgement.End.RELEASED);
    save(episode(latest().number(), latest().version(), T, null, released));
    assertThat(latest().acknowledgement()).isEqualTo(released);
  }

  private List<Long> found(String text, Optional<Episode.State> state, Optional<Long> before) {
    return episodes()
        .search(
            new EpisodeStore.Search(
                text, state, "on-call", Optional.of(T), before, 50, T.plusSeconds(300)))
        .stream()
        .filter(it -> it.groupKey().equals(key))
        .map(Episode::number)
        .toList();
  }

  @Test
  void search_findsByTextStateAndNumber() {
    save(draft(T));
    long number = latest().number();
    assertThat(found("INSTANCEdown", Optional.empty(), Optional.empty())).containsExactly(number);
    assertThat(found(job, Optional.of(Episode.State.OPEN), Optional.empty()))
        .containsExactly(number);
    assertThat(found("", Optional.empty(), Optional.of(number))).isEmpty();
    assertThat(found("%' or 1=1 --", Optional.empty(), Optional.empty())).isEmpty();
    save(episode(number, latest().version(), T, null, acknowledgement(T.plusSeconds(301))));
    assertThat(found("李雷", Optional.of(Episode.State.ACKNOWLEDGED), Optional.empty()))
        .containsExactly(number);
    assertThat(found("", Optional.of(Episode.State.OPEN), Optional.empty())).isEmpty();
    save(episode(number, latest().version(), T, null, acknowledgement(T.plusSeconds(300))));
    assertThat(found("", Optional.of(Episode.State.ACKNOWLEDGED), Optional.empty())).isEmpty();
    assertThat(found("", Optional.of(Episode.State.OPEN), Optional.empty()))
        .containsExactly(number);
    save(episode(number, latest().version(), T, null, acknowledgement(null)));
    assertThat(found("", Optional.of(Episode.State.ACKNOWLEDGED), Optional.empty()))
        .containsExactly(number);
    save(ended(latest()));
    assertThat(found("", Optional.of(Episode.State.ENDED), Optional.empty()))
        .containsExactly(number);
  }

  @Test
  void prune_deletesEndedEpisodes_withTheirEvents() {
    save(draft(T), event("a", EpisodeEvent.Kind.NOTIFIED, ""));
    Episode open = latest();
    episodes().prune(T.plusSeconds(100), 0);
    assertThat(episodes().find(open.number())).isPresent();
    save(ended(open));
    episodes().prune(T.plusSeconds(60), 1_000_000);
    assertThat(episodes().find(open.number())).isPresent();
    episodes().prune(T.plusSeconds(61), 1_000_000);
    assertThat(episodes().find(open.number())).isEmpty();
    assertThat(episodes().events(open.number())).isEmpty();
  }
}
