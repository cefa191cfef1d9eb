package io.pharos.server.web.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateRunBuilder;
import io.pharos.gate.GateState;
import io.pharos.gate.hindsight.Regret;
import io.pharos.gate.hindsight.StoredGate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the page of a gate says, for gates of the real judge.
class GateStoryTest {
  private static final String REASON = "The errors are those of the load test, see INC-42.";

  private final GateRig rig = new GateRig();

  private GateStory story(GateRun run) {
    return story(run, rig.stored(run));
  }

  private GateStory story(GateRun run, StoredGate stored) {
    GateRun now = rig.service.find(run.id()).orElseThrow();
    return GateStory.of(
        now,
        rig.service.effectiveVerdict(now),
        stored,
        GateEvidence.of(stored, rig.clock.instant()),
        List.of(new Regret(Regret.ALERT_AFTER_PASS, rig.clock.instant(), "an alert fired")),
        rig.clock.instant());
  }

  private static CheckCard check(GateStory story, String id) {
    return story.checks().stream().filter(it -> it.id().equals(id)).findFirst().orElseThrow();
  }

  @Test
  void story_runningGate_saysWhatIsMissingAndUntilWhen() {
    GateStory story = story(rig.openedAndSeen());
    assertThat(story.verdict().word()).isEqualTo("deciding");
    assertThat(story.progress()).contains("of 5 required checks passed so far");
    assertThat(story.decided()).isNull();
    assertThat(story.deadline().ago()).isEqualTo("in 9 min");
    assertThat(story.course()).singleElement().matches(it -> it.answer().equals("408, ask again"));
  }

  @Test
  void story_pass_hasChartsWithBoundsOfAllChecks() {
    GateStory story = story(rig.toTheEnd(rig.open()));
    assertThat(story.verdict().css()).isEqualTo("pass");
    assertThat(story.verdict().sentenceClass()).isEqualTo("ok");
    assertThat(story.advice()).isEmpty();
    assertThat(story.remarks()).containsExactly("Later: an alert fired");
    CheckCard errors = check(story, "error_bound");
    assertThat(errors.charts())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.title()).isEqualTo("Requests that failed, in percent");
              assertThat(it.chart().json()).contains("\"op\":\">\",\"value\":5", "new version");
            });
    assertThat(errors.facts().getFirst().value()).startsWith("0 of ").contains("likely 0 % to ");
    assertThat(story.checks()).allMatch(it -> !it.charts().isEmpty() && !it.isOpen());
    assertThat(story.course().getFirst())
        .matches(it -> it.word().equals("PASS") && it.answer().equals("200, continue"));
  }

  @Test
  void story_checks_leadToTheirLineOfThePolicy() {
    GateStory story = story(rig.toTheEnd(rig.open()));
    for (CheckCard check : story.checks()) {
      assertThat(story.policy().get(check.line() - 1)).as(check.id()).contains(check.id() + ":");
    }
  }

  @Test
  void story_fail_isFirstUnfoldedAndSaysWhatToDo() {
    rig.badPerScrape = 20;
    GateStory story = story(rig.toTheEnd(rig.open()));
    assertThat(story.verdict().word()).isEqualTo("FAIL");
    assertThat(story.advice()).startsWith("Return to the previous release");
    CheckCard first = story.checks().getFirst();
    assertThat(first.id()).isEqualTo("error_bound");
    assertThat(first.isOpen()).isTrue();
    assertThat(first.text()).startsWith("60 of 120 requests failed");
    assertThat(first.queries().getFirst().address())
        .contains("sum%28rate%28http_requests_total", "g0.range_input=", "g0.end_input=");
  }

  @Test
  void story_inconclusive_saysWhatItCouldNotSee() {
    rig.scraping = false;
    GateStory story = story(rig.toTheEnd(rig.open()));
    assertThat(story.verdict().word()).isEqualTo("INCONCLUSIVE");
    assertThat(story.verdict().sentenceClass()).isEqualTo("unknown");
    assertThat(check(story, "error_bound").unseen())
        .matches("[0-9]+ of [0-9]+ observations had no usable data.*");
    assertThat(story.course().getFirst().answer()).isEqualTo("425, no verdict");
  }

  @Test
  void story_timeWithoutObservation_isNamed() {
    GateRun run = rig.openedAndSeen();
    rig.clock.advance(Duration.ofMinutes(3));
    rig.step();
    rig.tick();
    assertThat(story(run).unseen())
        .singleElement()
        .asString()
        .startsWith("Nothing was observed for 3 min, from ");
  }

  @Test
  void story_expiredPass_isNoPass() {
    GateRun run = rig.toTheEnd(rig.open());
    rig.clock.advance(Duration.ofHours(1));
    GateStory story = story(run);
    assertThat(story.verdict().css()).isEqualTo("inconclusive");
    assertThat(story.verdict().word()).isEqualTo("PASS expired");
    assertThat(story.advice()).isEqualTo("Open a new gate, because the pass is too old.");
  }

  @Test
  void story_override_isShownAsOneAndNeverAsAPass() {
    rig.badPerScrape = 20;
    GateRun run = rig.toTheEnd(rig.open());
    rig.service.override(rig.now(run), "PASS", REASON, "ada");
    GateStory story = story(run);
    assertThat(story.verdict().css()).isEqualTo("overridden");
    assertThat(story.verdict().sentenceClass()).isNotEqualTo("ok");
    assertThat(story.own()).isEqualTo("The gate's own verdict is FAIL.");
    assertThat(story.overrides())
        .singleElement()
        .matches(
            it -> it.by().equals("ada") && it.reason().equals(REASON) && it.own().equals("FAIL"));
    assertThat(story.course().getFirst())
        .matches(it -> it.css().equals("overridden") && it.answer().equals("200, continue"));
    assertThat(rig.now(run).state()).isEqualTo(GateState.FAIL);
    rig.clock.advance(Duration.ofHours(1));
    assertThat(story(run).verdict().word()).isEqualTo("override expired");
  }

  @Test
  void story_changedRecord_isUnknown() {
    GateRun run = rig.toTheEnd(rig.open());
    StoredGate stored = rig.stored(run);
    var forged =
        new StoredGate(
            GateRunBuilder.of(stored.run()).policyVersion("8").build(),
            stored.checks(),
            stored.deployment(),
            stored.trail(),
            stored.overrides(),
            stored.facts());
    GateStory story = story(run, forged);
    assertThat(story.verdict().css()).isEqualTo("unknown");
    assertThat(story.remarks()).anyMatch(it -> it.startsWith("The record was changed: "));
  }
}
