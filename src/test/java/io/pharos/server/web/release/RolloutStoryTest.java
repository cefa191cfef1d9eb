package io.pharos.server.web.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateState;
import io.pharos.rollout.OperatorRequest;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutRig;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the page of a rollout says in its phases.
class RolloutStoryTest {
  private final RolloutRig rig = new RolloutRig(RolloutRig.CANARY + "approve: [50]\nlease: 10s\n");

  private RolloutStory story() {
    Rollout rollout = rig.rollout();
    return RolloutStory.of(
        new RolloutStory.Facts(
            rollout,
            rig.service.site(rollout).orElse(null),
            rig.service.events(rollout.id()),
            List.of(),
            rig.service.seen(rollout)),
        rig.clock.instant());
  }

  private static List<String> steps(RolloutStory story) {
    return story.steps().stream().map(it -> it.name() + " " + it.css()).toList();
  }

  private void pass() {
    rig.gates.say(GateState.PASS, "well");
    rig.run(30);
  }

  @Test
  void story_beforeTheAgent_saysThatNobodyActs() {
    rig.start();
    RolloutStory story = story();
    assertThat(story.leaseCss()).isEqualTo("unknown");
    assertThat(story.lease()).isEqualTo("No agent has ever reported, so nothing changes.");
    assertThat(story.share()).isNull();
    assertThat(story.next().text()).isEqualTo("The agent reports the running servers.");
    assertThat(steps(story))
        .containsExactly(
            "5 % planned", "25 % planned", "50 % planned", "100 % planned", "watch planned");
  }

  @Test
  void story_step_showsWeightsPlannedNowAndReached() {
    rig.start();
    rig.run(10);
    RolloutStory story = story();
    assertThat(steps(story)).startsWith("5 % now", "25 % planned");
    assertThat(story.share()).isEqualTo(5);
    assertThat(story.leaseCss()).isEqualTo("up");
    assertThat(story.lease()).startsWith("host:1:a acts");
    assertThat(story.servers()).allMatch(RolloutStory.ServerRow::matches);
    assertThat(story.servers().getLast())
        .matches(it -> it.isNew() && it.seen().equals("1.1, weight 5 %, healthy"));
    assertThat(story.next().text())
        .isEqualTo("After a PASS of the gate the new version gets 25 %, at the earliest");
    assertThat(story.actions()).extracting(RolloutStory.Action::key).contains("pause", "abort");
    pass();
    assertThat(steps(story())).startsWith("5 % done", "25 % now");
  }

  @Test
  void story_held_waitsForAPerson() {
    rig.start();
    rig.run(10);
    pass();
    pass();
    RolloutStory story = story();
    assertThat(story.word().word()).isEqualTo("waits for a person");
    assertThat(story.css()).isEqualTo("unknown");
    assertThat(story.next().text()).contains("until a person approves").contains("50 %");
    assertThat(story.actions())
        .extracting(RolloutStory.Action::key)
        .containsExactly("approve", "abort");
    rig.service.act(rig.rollout().id(), OperatorRequest.APPROVE, "ada", "It looks well.");
    rig.run(5);
    assertThat(steps(story())).startsWith("5 % done", "25 % done", "50 % now");
  }

  @Test
  void story_agentGone_saysSo() {
    rig.start();
    rig.run(10);
    rig.runAlone(60);
    RolloutStory story = story();
    assertThat(story.leaseCss()).isEqualTo("unknown");
    assertThat(story.lease()).startsWith("Nobody acts: the lease of host:1:a ended 50 s ago");
  }

  @Test
  void story_failedGate_saysWhyItReturned() {
    rig.start();
    rig.run(10);
    rig.gates.say(GateState.FAIL, "12 % of all requests failed.");
    rig.run(20);
    RolloutStory story = story();
    assertThat(story.word().word()).isEqualTo("returned");
    assertThat(story.css()).isEqualTo("firing");
    assertThat(story.returned()).contains("12 % of all requests failed.");
    assertThat(steps(story)).startsWith("5 % back", "25 % planned");
    assertThat(story.actions()).isEmpty();
    assertThat(story.next().text()).isEmpty();
  }
}
