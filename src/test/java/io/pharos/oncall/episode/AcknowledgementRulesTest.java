package io.pharos.oncall.episode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.oncall.episode.EpisodeService.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Owners who are asked whether they are still on it, and episodes that several people must
/// acknowledge.
class AcknowledgementRulesTest {
  private EpisodeRig rig;

  @BeforeEach
  void start() {
    rig = new EpisodeRig();
    rig.paged("A", "warning");
    rig.reasons();
  }

  private void use(Duration askAfter, int people) {
    rig.service.install(
        new AcknowledgementRules(
            Optional.ofNullable(askAfter),
            Optional.of(Duration.ofMinutes(10)),
            Map.of("a", people)));
  }

  private Outcome acknowledge(String person) {
    return rig.service.acknowledge(rig.latest().number(), person, "", null, "");
  }

  @Test
  void durationAboutToEnd_ownerIsAskedOnce() {
    use(null, 1);
    rig.acknowledge(Duration.ofMinutes(30));
    rig.advance(1190);
    assertThat(rig.reasons()).isEmpty();
    rig.advance(20);
    assertThat(rig.reasons()).containsExactly("a firing A: STILL_ON_IT");
    rig.advance(570);
    assertThat(rig.reasons()).isEmpty();
  }

  @Test
  void noAnswer_acknowledgementExpires_andPagesAtOnce() {
    use(null, 1);
    rig.acknowledge(Duration.ofMinutes(30));
    rig.advance(1790);
    rig.reasons();
    rig.advance(15);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_EXPIRED");
  }

  @Test
  void renewedInTime_doesNotPage_andAsksAgainLater() {
    use(Duration.ofHours(1), 1);
    rig.acknowledge(null);
    for (int i = 0; i < 3; i++) {
      rig.advance(3610);
      assertThat(rig.reasons()).as("round %d", i).containsExactly("a firing A: STILL_ON_IT");
      assertThat(acknowledge("ann")).isInstanceOf(Outcome.Done.class);
    }
    rig.advance(3500);
    assertThat(rig.reasons()).isEmpty();
  }

  @Test
  void restartAfterTheQuestion_isNotAskedTwice() {
    use(null, 1);
    rig.acknowledge(Duration.ofMinutes(30));
    rig.advance(1210);
    rig.reasons();
    rig.restart(5);
    use(null, 1);
    rig.advance(500);
    assertThat(rig.reasons()).isEmpty();
  }

  @Test
  void shortDuration_isNotAsked() {
    use(Duration.ofHours(1), 1);
    rig.acknowledge(Duration.ofMinutes(19));
    rig.advance(1100);
    assertThat(rig.reasons()).isEmpty();
    rig.advance(50);
    assertThat(rig.reasons()).containsExactly("a firing A: ACKNOWLEDGEMENT_EXPIRED");
  }

  @Test
  void endWhileAsked_isSent() {
    use(null, 1);
    rig.acknowledge(Duration.ofMinutes(30));
    rig.advance(1210);
    rig.reasons();
    rig.resolve("A", "warning");
    rig.advance(65);
    assertThat(rig.reasons()).containsExactly("a resolved -A: ALL_RESOLVED");
  }

  @Test
  void twoPeopleRequired_pagesUntilTheSecondAcknowledges() {
    use(null, 2);
    assertThat(acknowledge("ann")).isInstanceOf(Outcome.Partly.class);
    assertThat(rig.latest().holding(rig.rig.time.instant())).isEmpty();
    rig.advance(700);
    assertThat(rig.reasons()).containsExactly("a firing A: REPEAT");
    assertThat(rig.service.unowned()).containsExactly("A");
    assertThat(acknowledge("bob")).isInstanceOf(Outcome.Done.class);
    assertThat(rig.latest().acknowledgement().owner()).isEqualTo("ann, bob");
    assertThat(rig.service.unowned()).isEmpty();
    rig.advance(3600);
    assertThat(rig.reasons()).isEmpty();
    assertThat(rig.kinds()).contains("acknowledged, more people must", "acknowledged");
  }

  @Test
  void samePersonTwice_countsOnce() {
    use(null, 2);
    acknowledge("ann");
    assertThat(acknowledge("ann")).isInstanceOf(Outcome.Partly.class);
    assertThat(rig.latest().acknowledgement().missing()).isEqualTo(1);
  }

  @Test
  void partlyAcknowledged_continuesAfterARestart() {
    use(null, 2);
    acknowledge("ann");
    rig.restart(5);
    use(null, 2);
    rig.advance(5);
    assertThat(acknowledge("bob")).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void takenOver_needsOnePerson_releasedNeedsAllAgain() {
    use(null, 2);
    acknowledge("ann");
    acknowledge("bob");
    assertThat(acknowledge("cay")).isInstanceOf(Outcome.Done.class);
    assertThat(rig.latest().acknowledgement().owner()).isEqualTo("cay");
    rig.service.release(rig.latest().number(), "cay");
    assertThat(acknowledge("ann")).isInstanceOf(Outcome.Partly.class);
  }

  @Test
  void partlyAcknowledged_endsWithTheEpisode() {
    use(null, 2);
    acknowledge("ann");
    rig.resolve("A", "warning");
    rig.advance(65);
    rig.fire("A", "warning");
    rig.advance(20);
    assertThat(rig.latest().acknowledgement()).isNull();
  }
}
