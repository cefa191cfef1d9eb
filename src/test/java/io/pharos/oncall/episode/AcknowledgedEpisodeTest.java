package io.pharos.oncall.episode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an acknowledgement changes about notifications.
class AcknowledgedEpisodeTest {
  private EpisodeRig rig;

  @BeforeEach
  void start() {
    rig = new EpisodeRig();
  }

  @Test
  void acknowledgedEpisode_neverPagesAgain() {
    rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.advance(3600);
    rig.rig.reload(EpisodeRig.CONFIG.replace("repeat_interval: 10m", "repeat_interval: 5m"));
    rig.advance(1800);
    rig.restart(30);
    rig.advance(7200);
    assertThat(rig.reasons()).isEmpty();
    assertThat(rig.latest().holding(rig.rig.time.instant())).isPresent();
  }

  @Test
  void expiry_pagesAgain_andSaysSo() {
    rig.paged("A", "warning");
    rig.acknowledge(Duration.ofMinutes(30));
    rig.advance(1700);
    assertThat(rig.reasons()).isEmpty();
    rig.advance(200);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_EXPIRED");
    assertThat(rig.latest().acknowledgement().end()).isEqualTo(Acknowledgement.End.EXPIRED);
    assertThat(rig.kinds()).contains("acknowledged", "acknowledgement ended");
    rig.advance(700);
    assertThat(rig.reasons()).containsExactly("a firing A: REPEAT");
  }

  @Test
  void expiryDuringARestart_pagesAgain() {
    rig.paged("A", "warning");
    rig.acknowledge(Duration.ofMinutes(5));
    rig.restart(400);
    rig.advance(100);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_EXPIRED");
  }

  @Test
  void release_pagesAgain_andSaysSo() {
    Episode episode = rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.advance(100);
    assertThat(rig.service.release(episode.number(), "bob"))
        .isInstanceOf(EpisodeService.Outcome.Done.class);
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_RELEASED");
    assertThat(rig.service.release(episode.number(), "bob"))
        .isInstanceOf(EpisodeService.Outcome.Refused.class);
  }

  @Test
  void higherSeverity_breaksThrough_once() {
    rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.fire("B", "critical");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a firing A,B: MORE_SEVERE");
    rig.advance(3600);
    assertThat(rig.reasons()).isEmpty();
  }

  @Test
  void equalSeverity_waits_untilTheAcknowledgementEnds() {
    Episode episode = rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.fire("B", "warning");
    rig.fire("C", "info");
    rig.advance(600);
    assertThat(rig.reasons()).isEmpty();
    assertThat(rig.kinds()).filteredOn("joined"::equals).hasSize(2);
    rig.service.release(episode.number(), "ann");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a firing A,B,C: ACKNOWLEDGEMENT_RELEASED");
  }

  @Test
  void end_isSent_andEndsTheAcknowledgement() {
    Episode episode = rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.fire("B", "warning");
    rig.advance(65);
    rig.resolve("A", "warning");
    rig.advance(120);
    assertThat(rig.reasons()).isEmpty();
    rig.resolve("B", "warning");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a resolved -A,-B: ALL_RESOLVED");
    assertThat(rig.latest().isOpen()).isFalse();
    assertThat(rig.latest().acknowledgement().end()).isEqualTo(Acknowledgement.End.EPISODE_ENDED);
    rig.fire("A", "warning");
    rig.advance(15);
    assertThat(rig.reasons()).containsExactly("a firing A: FIRST_NOTIFICATION");
    assertThat(rig.latest().number()).isEqualTo(episode.number());
    assertThat(rig.latest().reopened()).isEqualTo(1);
    assertThat(rig.latest().acknowledgement()).isNull();
  }

  @Test
  void endAfterALongAcknowledgement_isSent() {
    rig.paged("A", "warning");
    rig.acknowledge(null);
    for (int i = 0; i < 12; i++) {
      rig.advance(1800);
      rig.rig.outbox.collectGarbage();
    }
    rig.resolve("A", "warning");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a resolved -A: ALL_RESOLVED");
  }

  @Test
  void failingDelivery_isWithdrawn_onceItsEpisodeIsAcknowledged() {
    rig.rig.answer(
        "a",
        new NotifyResult.Retryable("503", Optional.of(Duration.ofSeconds(40))),
        new NotifyResult.Sent("ok"));
    Episode episode = rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.advance(600);
    assertThat(rig.reasons()).isEmpty();
    rig.service.release(episode.number(), "ann");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_RELEASED");
  }

  @Test
  void databaseAway_knownAcknowledgementHolds_andIsStoredAgain() {
    rig.paged("A", "warning");
    rig.acknowledge(Duration.ofMinutes(30));
    rig.store.isAway = true;
    rig.advance(1700);
    assertThat(rig.reasons()).isEmpty();
    rig.advance(200);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_EXPIRED");
    rig.store.isAway = false;
    rig.advance(10);
    assertThat(rig.kinds()).contains("acknowledgement ended");
  }

  @Test
  void databaseAwayAtTheStart_unknownAcknowledgement_pages() {
    rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.store.isAway = true;
    rig.restart(700);
    rig.advance(30);
    assertThat(rig.reasons()).containsExactly("a firing A: REPEAT");
    rig.store.isAway = false;
    rig.advance(3600);
    assertThat(rig.reasons()).isEmpty();
  }

  @Test
  void endWhileTheDatabaseIsAway_isRecordedLater_andTheNextEpisodePages() {
    rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.store.isAway = true;
    rig.resolve("A", "warning");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a resolved -A: ALL_RESOLVED");
    rig.restart(5);
    rig.fire("A", "warning");
    rig.advance(30);
    assertThat(rig.reasons()).containsExactly("a firing A: FIRST_NOTIFICATION");
    rig.store.isAway = false;
    rig.advance(1300);
    assertThat(rig.reasons()).containsExactly("a firing A: REPEAT", "a firing A: REPEAT");
    assertThat(rig.latest().reopened()).isEqualTo(1);
    assertThat(rig.kinds()).contains("resolved", "reopened", "acknowledgement ended");
  }

  @Test
  void storeAway_neitherDelaysNorLosesAPage() {
    rig.store.isAway = true;
    rig.fire("A", "warning");
    rig.advance(15);
    assertThat(rig.reasons()).containsExactly("a firing A: FIRST_NOTIFICATION");
    rig.store.isAway = false;
    rig.advance(3);
    assertThat(rig.latest().title()).isEqualTo("A");
    assertThat(rig.service.timeline(rig.latest()).isComplete()).isTrue();
  }

  @Test
  void firesAgainBeforeTheEndIsRecorded_isReopened_andPagesAfterARestart() {
    rig = new EpisodeRig(EpisodeRig.CONFIG.replace("group_wait: 10s", "group_wait: 0s"));
    rig.paged("A", "warning");
    rig.acknowledge(null);
    rig.advance(40);
    rig.resolve("A", "warning");
    rig.rig.advance(60);
    rig.fire("A", "warning");
    rig.rig.advance(1);
    assertThat(rig.reasons())
        .containsExactly("a resolved -A: ALL_RESOLVED", "a firing A: FIRST_NOTIFICATION");
    rig.advance(5);
    assertThat(rig.latest().reopened()).isEqualTo(1);
    assertThat(rig.latest().acknowledgement()).isNull();
    rig.restart(5);
    rig.advance(700);
    assertThat(rig.reasons()).containsExactly("a firing A: REPEAT");
  }

  @Test
  void twoGroupsWithTheSameLabels_haveEpisodesOfTheirOwn() {
    rig =
        new EpisodeRig(
            """
            route:
              receiver: a
              group_by: [job]
              group_wait: 10s
              group_interval: 60s
              repeat_interval: 10m
              routes: [{receiver: b, matchers: [team="b"], continue: true}, {receiver: a}]
            receivers:
              - {name: a, webhook_configs: [{url: 'http://a'}]}
              - {name: b, webhook_configs: [{url: 'http://b'}]}
            """);
    rig.rig.post(
        "A",
        Labels.of("team", "b"),
        rig.rig.time.instant(),
        rig.rig.time.instant().plus(Duration.ofDays(3)));
    rig.advance(15);
    assertThat(rig.store.open()).hasSize(2);
    assertThat(rig.reasons()).hasSize(2);
    long ofA =
        rig.store.open().stream()
            .filter(it -> it.receiver().equals("a"))
            .findFirst()
            .orElseThrow()
            .number();
    rig.service.acknowledge(ofA, "ann", "", null, "");
    rig.advance(700);
    assertThat(rig.reasons()).containsExactly("b firing A: REPEAT");
  }

  @Test
  void link_acknowledgesOnce() {
    Episode episode = rig.paged("A", "warning");
    assertThat(rig.service.acknowledge(episode.number(), "ann", "", null, "delivery-1"))
        .isInstanceOf(EpisodeService.Outcome.Done.class);
    rig.service.release(episode.number(), "ann");
    assertThat(rig.service.acknowledge(episode.number(), "eve", "", null, "delivery-1"))
        .isInstanceOf(EpisodeService.Outcome.Replayed.class);
    assertThat(rig.latest().holding(rig.rig.time.instant())).isEmpty();
  }
}
