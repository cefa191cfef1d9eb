package io.pharos.oncall.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.oncall.episode.EpisodeEvent;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Policies as receivers, on virtual time. A group is first flushed ten seconds after it fires.
class EscalationTest {
  private static final NotifyResult REFUSED = new NotifyResult.Rejected("404");
  private static final NotifyResult AWAY = new NotifyResult.Retryable("503", Optional.empty());

  private static final AcknowledgementRules ASKING =
      new AcknowledgementRules(Optional.empty(), Optional.of(Duration.ofMinutes(10)), Map.of());

  private final EscalationRig rig = new EscalationRig(EscalationRig.THREE_LEVELS);

  private EscalationRig rig(String policy) {
    return new EscalationRig(EscalationRig.PEOPLE + policy);
  }

  @Test
  void levels_notAcknowledged_areToldInTurnWithinASecond() {
    rig.episodes.fire("A", "warning");
    rig.advance(1200);
    assertThat(rig.messages())
        .containsExactly(
            "10 lead-mail firing A", "310 deputy-mail firing A", "910 boss-mail firing A");
  }

  @Test
  void messages_sayWhichLevelAndWhy() {
    rig.episodes.fire("A", "warning");
    rig.advance(400);
    var steps = rig.rig().messages.stream().map(it -> it.notification().step()).toList();
    assertThat(steps).extracting(EscalationStep::level).containsExactly(1, 2);
    assertThat(steps).extracting(EscalationStep::isFirst).containsExactly(true, false);
    assertThat(rig.rig().messages)
        .extracting(it -> it.notification().reason())
        .containsExactly(Notification.Reason.FIRST_NOTIFICATION, Notification.Reason.ESCALATED);
  }

  @Test
  void timeline_hasEachStep() {
    rig.episodes.paged("A", "warning");
    rig.advance(400);
    assertThat(rig.episodes.store.events(rig.episodes.latest().number()))
        .filteredOn(event -> event.kind() == EpisodeEvent.Kind.ESCALATED)
        .extracting(EpisodeEvent::subject)
        .containsExactly(
            "pages, level 1: lead by lead-mail", "pages, level 2: deputy by deputy-mail");
  }

  @Test
  void acknowledged_noStepWhileItHolds() {
    rig.episodes.paged("A", "warning");
    rig.episodes.acknowledge(null);
    rig.advance(4000);
    assertThat(rig.messages()).isEmpty();
  }

  @Test
  void expiredAcknowledgement_waitingTimeBeginsAnew() {
    rig.episodes.paged("A", "warning");
    rig.advance(185);
    rig.episodes.acknowledge(Duration.ofMinutes(10)); // at 200, until 800
    rig.messages();
    rig.advance(1000);
    assertThat(rig.messages())
        .containsExactly("800 lead-mail firing A", "1100 deputy-mail firing A");
  }

  @Test
  void releasedAcknowledgement_waitingTimeBeginsAnew() {
    rig.episodes.paged("A", "warning");
    rig.episodes.acknowledge(null);
    rig.advance(1985);
    rig.episodes.service.release(rig.episodes.latest().number(), "lead");
    rig.advance(400);
    assertThat(rig.messages())
        .containsExactly("2000 lead-mail firing A", "2300 deputy-mail firing A");
  }

  @Test
  void moreSevereMember_reachesWhoWasTold_butTakesNoStep() {
    rig.episodes.paged("A", "warning");
    rig.episodes.acknowledge(null);
    rig.episodes.fire("B", "critical");
    rig.advance(2000);
    assertThat(rig.messages()).containsExactly("70 lead-mail firing A,B");
  }

  @Test
  void end_isToldToEverybodyWhoWasTold() {
    rig.episodes.fire("A", "warning");
    rig.advance(330);
    rig.messages();
    rig.episodes.resolve("A", "warning");
    rig.advance(2000);
    assertThat(rig.messages())
        .containsExactlyInAnyOrder("370 lead-mail resolved -A", "370 deputy-mail resolved -A");
    assertThat(rig.store.all()).isEmpty();
  }

  @Test
  void groupThatFiresAgain_beginsAtTheFirstLevel() {
    rig.episodes.fire("A", "warning");
    rig.advance(330);
    rig.episodes.resolve("A", "warning");
    rig.advance(100);
    rig.messages();
    rig.episodes.fire("A", "warning");
    rig.advance(400);
    assertThat(rig.messages())
        .containsExactly("440 lead-mail firing A", "740 deputy-mail firing A");
  }

  @Test
  void mutedGroup_doesNotEscalate_andWaitsAnewAfterwards() {
    rig.episodes.paged("A", "warning");
    rig.rig().silence("{alertname=\"A\"}", Duration.ofMinutes(20)); // until 1215
    rig.advance(1400);
    assertThat(rig.messages()).isEmpty();
    rig.advance(300);
    assertThat(rig.messages()).containsExactly("1570 deputy-mail firing A");
  }

  @Test
  void groupThatIsMutedFromTheStart_beginsLater() {
    rig.rig().silence("{alertname=\"A\"}", Duration.ofMinutes(5));
    rig.episodes.fire("A", "warning");
    rig.advance(700);
    assertThat(rig.messages())
        .containsExactly("310 lead-mail firing A", "610 deputy-mail firing A");
  }

  @Test
  void wayThatIsRefused_handsOverAtOnce() {
    rig.rig().answer("lead-mail", REFUSED);
    rig.episodes.fire("A", "warning");
    rig.advance(20);
    assertThat(rig.messages())
        .containsExactly("10 lead-mail firing A", "10 lead-mail firing A", "10 lead-chat firing A");
  }

  @Test
  void wayThatDoesNotConfirm_handsOverAfterTenSeconds() {
    rig.rig().answer("lead-mail", Collections.nCopies(20, AWAY).toArray(NotifyResult[]::new));
    rig.episodes.fire("A", "warning");
    rig.advance(40);
    assertThat(rig.messages()).contains("20 lead-chat firing A");
  }

  @Test
  void levelWhoseWaysAllFail_goesOnAtOnce_andTheLastOneToTheFallback() {
    for (String person : new String[] {"lead", "deputy", "boss"}) {
      rig.rig().answer(person + "-mail", REFUSED, REFUSED, REFUSED);
      rig.rig().answer(person + "-chat", REFUSED, REFUSED, REFUSED);
    }
    rig.episodes.fire("A", "warning");
    rig.advance(30);
    assertThat(rig.messages()).anyMatch(it -> it.endsWith("team firing A"));
    assertThat(rig.service.status(rig.episodes.latest().groupKey()).orElseThrow().hasFallenBack())
        .isTrue();
  }

  @Test
  void fallback_isToldOfTheEnd() {
    EscalationRig empty = rig("policies: [{name: pages, levels: [{rotations: [gap]}]}]\n" + GAP);
    empty.episodes.fire("A", "warning");
    empty.advance(15);
    assertThat(empty.messages()).containsExactly("10 team firing A");
    empty.episodes.resolve("A", "warning");
    empty.advance(100);
    assertThat(empty.messages()).containsExactly("70 team resolved -A");
  }

  @Test
  void policyWithoutFallback_thatReachesNobody_tellsTheRootReceiver() {
    EscalationRig empty = rig("policies: [{name: pages, levels: [{rotations: [gap]}]}]\n" + GAP);
    empty.hasFallback = false;
    empty.root = "team";
    empty.rig().reload(EscalationRig.CONFIG);
    empty.episodes.fire("A", "warning");
    empty.advance(15);
    assertThat(empty.messages()).containsExactly("10 team firing A");
  }

  /* Nobody is on call on a Monday. */
  private static final String GAP =
      """
      rotations:
        - name: gap
          timezone: UTC
          allow_gaps: true
          layers:
            - name: all
              members: [lead]
              start: 2026-01-05T09:00
              handover: weekly
              hours: [{days: [saturday:sunday], from: "00:00", until: "24:00"}]
      """;

  @Test
  void levelWithNobodyOnCall_goesOnAtOnceAndSaysSo() {
    EscalationRig gap =
        rig(
            "policies: [{name: pages, levels: [{rotations: [gap]}, {people: [boss], after: 10m}]}]\n"
                + GAP);
    gap.episodes.fire("A", "warning");
    gap.advance(15);
    assertThat(gap.rig().messages)
        .extracting(it -> it.notification().step().cause())
        .containsExactly(EscalationStep.Cause.NOBODY_REACHED);
    assertThat(gap.messages()).containsExactly("10 boss-mail firing A");
  }

  @Test
  void override_decidesWhoIsOnCall() {
    EscalationRig gap = rig("policies: [{name: pages, levels: [{rotations: [gap]}]}]\n" + GAP);
    var now = gap.rig().time.instant();
    gap.overrides.add(
        new io.pharos.oncall.schedule.DutyOverride(
            "o", "gap", now, now.plusSeconds(3600), "deputy", "", false, "", "lead", now));
    gap.advance(3);
    gap.episodes.fire("A", "warning");
    gap.advance(15);
    assertThat(gap.messages()).containsExactly("13 deputy-mail firing A");
  }

  private static final String NIGHT =
      """
      people:
        - name: lead
          ways: [lead-mail, lead-chat]
          quiet_hours: [{severities: [warning], from: "09:00", until: "11:00"}]
        - {name: deputy, ways: [deputy-mail, deputy-chat]}
      policies:
        - {name: pages, levels: [{people: [lead]}, {people: [deputy], after: 10m}]}
      """;

  @Test
  void quietHours_holdBackASeverity_theNextLevelIsToldAtOnce() {
    var night = new EscalationRig(NIGHT); // it is 10:00
    night.episodes.fire("A", "warning");
    night.advance(1000);
    assertThat(night.messages()).containsExactly("10 deputy-mail firing A");
    night.advance(2700);
    assertThat(night.messages()).containsExactly("3600 lead-mail firing A");
  }

  @Test
  void quietHours_letOtherSeveritiesThrough_alsoWhenTheyJoinLater() {
    var night = new EscalationRig(NIGHT);
    night.episodes.fire("A", "warning");
    night.advance(65);
    night.messages();
    night.episodes.fire("B", "critical");
    night.advance(70);
    assertThat(night.messages())
        .containsExactlyInAnyOrder("70 deputy-mail firing A,B", "70 lead-mail firing A,B");
  }

  @Test
  void personalRule_saysWaysAndWaitingTimes() {
    var rules =
        new EscalationRig(
            """
            people:
              - name: lead
                ways: [lead-mail, lead-chat]
                rules:
                  default: [{way: lead-mail}, {way: lead-chat, after: 3m}]
                  important: [{way: lead-chat}]
            policies:
              - {name: pages, levels: [{people: [lead]}, {people: [lead], after: 10m, important: true}]}
            """);
    rules.episodes.fire("A", "warning");
    rules.advance(1000);
    assertThat(rules.messages())
        .containsExactly(
            "10 lead-mail firing A", "190 lead-chat firing A", "610 lead-chat firing A");
  }

  @Test
  void repeat_tellsTheLevelsAgain() {
    EscalationRig repeat =
        rig(
            "policies: [{name: pages, repeat: 1, levels: [{people: [lead]}, {people: [deputy], after: 5m}]}]\n");
    repeat.episodes.fire("A", "warning");
    repeat.advance(2000);
    assertThat(repeat.messages())
        .containsExactly(
            "10 lead-mail firing A",
            "310 deputy-mail firing A",
            "610 lead-mail firing A",
            "910 deputy-mail firing A");
  }

  @Test
  void levelsOfAnotherPolicy_followInItsPlace() {
    EscalationRig other =
        rig(
            """
            policies:
              - {name: pages, levels: [{people: [lead]}, {policy: later, after: 5m}]}
              - {name: later, levels: [{people: [deputy]}, {people: [boss], after: 1m}]}
            """);
    other.episodes.fire("A", "warning");
    other.advance(1000);
    assertThat(other.messages())
        .containsExactly(
            "10 lead-mail firing A", "310 deputy-mail firing A", "370 boss-mail firing A");
  }

  @Test
  void restart_continues_andDoublesNothing() {
    rig.episodes.fire("A", "warning");
    rig.advance(320);
    rig.messages();
    rig.episodes.restart(100);
    rig.advance(600);
    assertThat(rig.messages()).containsExactly("910 boss-mail firing A");
  }

  @Test
  void killBeforeAStepIsStored_doublesNothing() {
    rig.episodes.fire("A", "warning");
    rig.advance(300);
    rig.records = false;
    rig.advance(20);
    rig.messages();
    rig.records = true;
    rig.episodes.restart(5);
    rig.advance(100);
    assertThat(rig.messages()).isEmpty();
  }

  @Test
  void stepsThatBecameDueWhileTheProcessWasDown_areTakenAtOnce() {
    rig.episodes.paged("A", "warning");
    rig.episodes.restart(600);
    rig.advance(30);
    assertThat(rig.messages()).hasSize(1).allMatch(it -> it.endsWith("deputy-mail firing A"));
  }

  @Test
  void databaseAway_escalationGoesOn_alsoAfterARestart() {
    rig.episodes.fire("A", "warning");
    rig.advance(20);
    rig.store.isAway = true;
    rig.advance(300);
    assertThat(rig.messages()).containsExactly("10 lead-mail firing A", "310 deputy-mail firing A");
    rig.episodes.restart(10);
    rig.advance(1000);
    assertThat(rig.messages()).hasSize(1).allMatch(it -> it.endsWith("boss-mail firing A"));
  }

  @Test
  void storeOfDecisionsAway_levelIsToldWithinSecondsOfItsReturn() {
    rig.episodes.fire("A", "warning");
    rig.advance(305);
    rig.rig().outboxStore.failing(true);
    rig.advance(20);
    assertThat(rig.messages()).containsExactly("10 lead-mail firing A");
    rig.rig().outboxStore.failing(false);
    rig.advance(100);
    assertThat(rig.messages()).containsExactly("330 deputy-mail firing A");
  }

  @Test
  void clockSetBack_delaysNoStep() {
    rig.episodes.paged("A", "warning");
    rig.rig().time.setBack(Duration.ofHours(1));
    rig.advance(400);
    assertThat(rig.messages()).containsExactly("310 deputy-mail firing A");
  }

  @Test
  void reload_keepsWhatWasTold() {
    rig.episodes.fire("A", "warning");
    rig.advance(320);
    rig.messages();
    rig.plan =
        EscalationRig.plan(
            EscalationRig.PEOPLE
                + "policies: [{name: pages, levels: [{people: [lead]}, {people: [deputy], after: 5m}]}]\n");
    rig.rig().reload(EscalationRig.CONFIG);
    rig.advance(1000);
    assertThat(rig.messages()).isEmpty();
  }

  @Test
  void status_saysWhoIsNextUnlessSomebodyAcknowledges() {
    var episode = rig.episodes.paged("A", "warning");
    var status = rig.service.status(episode.groupKey()).orElseThrow();
    assertThat(status.told()).containsExactly("lead");
    assertThat(status.next().people()).containsExactly("deputy");
    assertThat(Duration.between(status.startedAt(), status.next().at()))
        .isEqualTo(Duration.ofMinutes(5));
    rig.episodes.acknowledge(null);
    assertThat(rig.service.status(episode.groupKey()).orElseThrow().next()).isNull();
  }

  @Test
  void replica_knowsTheStepsOfAnother_andAnOvertakenOneAdoptsThem() {
    var episode = rig.episodes.paged("A", "warning");
    var other =
        new EscalationService(
            rig.store,
            rig.episodes.service,
            (_, _) -> true,
            List::of,
            rig.rig().time,
            new SimpleMeterRegistry());
    other.of(rig.plan, Set.of("pages"), "pages", _ -> Optional.empty());
    other.record();
    assertThat(other.status(episode.groupKey())).isEqualTo(rig.service.status(episode.groupKey()));
    Escalation ahead = rig.store.all().getFirst();
    rig.store.save(
        List.of(
            new Escalation(
                ahead.groupKey(),
                ahead.policy(),
                ahead.startedAt(),
                1,
                ahead.since(),
                rig.rig().time.instant(),
                ahead.calls(),
                null,
                null,
                ahead.version())),
        rig.rig().time.instant());
    rig.advance(2);
    assertThat(rig.service.status(episode.groupKey()).orElseThrow().level()).isGreaterThan(1);
  }

  @Test
  void owner_isAsked_othersAreNot() {
    rig.episodes.service.install(ASKING);
    rig.episodes.paged("A", "warning");
    rig.advance(400);
    rig.messages();
    acknowledge("deputy", Duration.ofMinutes(30)); // at 415
    rig.advance(1500);
    assertThat(rig.messages()).containsExactly("1615 deputy-mail firing A");
  }

  @Test
  void ownerWhomThePolicyHasNotTold_isAskedByTheFirstWay_andGetsTheEnd() {
    rig.episodes.service.install(ASKING);
    rig.episodes.paged("A", "warning");
    rig.messages();
    acknowledge("boss", Duration.ofMinutes(30)); // at 15
    rig.advance(1500);
    assertThat(rig.messages()).containsExactly("1215 boss-mail firing A");
    rig.episodes.resolve("A", "warning");
    rig.advance(70);
    assertThat(rig.messages())
        .extracting(it -> it.replaceFirst("\\d+ ", ""))
        .containsExactlyInAnyOrder("boss-mail resolved -A", "lead-mail resolved -A");
  }

  private void acknowledge(String owner, Duration length) {
    rig.episodes.service.acknowledge(rig.episodes.latest().number(), owner, "", length, "");
  }
}
