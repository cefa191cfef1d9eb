package io.pharos.oncall.episode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import org.junit.jupiter.api.Test;

/// The events of an episode.
class EpisodeTimelineTest {
  private final EpisodeRig rig = new EpisodeRig();

  @Test
  void alertThatBeginsInTheFuture_firesInThePast() {
    // A client that posts only the end: Alertmanager's API takes it as the begin, too.
    rig.rig.post("A", Labels.empty(), null, rig.rig.time.instant().plusSeconds(86_400));
    rig.advance(15);
    assertThat(rig.store.events(rig.latest().number()))
        .filteredOn(event -> event.kind() == EpisodeEvent.Kind.FIRING)
        .singleElement()
        .satisfies(event -> assertThat(event.at()).isBeforeOrEqualTo(rig.rig.time.instant()));
  }
}
