package io.pharos.oncall.shift;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.People;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.oncall.episode.EpisodeRig;
import io.pharos.oncall.escalation.DrillFriends;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.schedule.OverrideStore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Notices at the begin of shifts, by a notifier on virtual time, which begins on Monday, 2 March
/// 2026 at 10:00 UTC, 11:00 in Berlin.
class ShiftNoticesTest {
  private static final int HOUR = 3600;

  private static final String CONFIG =
      """
      route: {receiver: team, group_by: [job]}
      inhibit_rules:
        - {source_matchers: ['alertname="Quiet"'], target_matchers: ['rotation!=""']}
      receivers:
        - {name: pager, pagerduty_configs: [{routing_key: x}]}
      """
          + Stream.of("lead-mail", "lead-chat", "deputy-mail", "team")
              .map("  - {name: %1$s, webhook_configs: [{url: 'http://%1$s'}]}\n"::formatted)
              .collect(Collectors.joining());

  private static final String PEOPLE =
      """
      people:
        - name: lead
          ways: [pager, lead-mail, lead-chat]
          timezone: Europe/Berlin
          rules: {default: [{way: lead-mail}, {way: lead-chat, after: 5m}]}
        - {name: deputy, ways: [deputy-mail]}
      """;

  /* The lead takes over at noon in Berlin, an hour after the start of the clock. */
  private static final String WEEKLY =
      PEOPLE
          + """
      rotations:
        - name: backend
          timezone: Europe/Berlin
          layers: [{name: all, members: [deputy, lead], start: 2026-02-23T12:00, handover: weekly}]
      """;

  private static final String GAPS =
      WEEKLY
          .replace("- name: backend\n", "- name: backend\n    allow_gaps: true\n")
          .replace(
              "handover: weekly}", "handover: weekly, hours: [{from: '12:30', until: '14:00'}]}");

  private final InMemoryShiftStore store = new InMemoryShiftStore();
  private final DrillFriends friends = new DrillFriends();
  private final List<DutyOverride> overrides = new ArrayList<>();
  private OnCallPlan plan;
  private EpisodeRig episodes;
  private ShiftNotices notices;

  private void start(String onCall) {
    plan = plan(onCall);
    episodes =
        new EpisodeRig(
            CONFIG,
            new EpisodeRig.Extension() {
              @Override
              public void starting(EpisodeRig rig) {
                begin(rig);
              }

              @Override
              public void tick() {
                NotifierRig rig = episodes.rig;
                friends.service.tick(
                    rig.dispatcher.now(),
                    key -> notices.flush(key, rig.dispatcher.now()) || rig.dispatcher.flush(key));
                friends.service.record();
                notices.tick(rig.dispatcher.now());
              }
            });
    episodes.advance(10);
  }

  private void begin(EpisodeRig rig) {
    EscalationService escalations = friends.start(rig);
    rig.rig.escalations =
        config ->
            escalations.of(
                plan,
                config.receivers().stream().map(ReceiverConfig::name).collect(Collectors.toSet()),
                "team",
                _ -> Optional.of("team"));
    notices = notices(rig, ShardOwnership.ALL);
  }

  private ShiftNotices notices(EpisodeRig rig, ShardOwnership ownership) {
    return new ShiftNotices(
        new OnCallSchedule(() -> plan, new Overrides(), rig.rig.time),
        store,
        (context, alerts) -> rig.rig.dispatcher.flush(context, alerts),
        ownership,
        rig.rig.time);
  }

  private final class Overrides implements OverrideStore {
    @Override
    public void put(DutyOverride override) {
      overrides.add(override);
    }

    @Override
    public boolean delete(String id) {
      return overrides.removeIf(it -> it.id().equals(id));
    }

    @Override
    public List<DutyOverride> all() {
      return List.copyOf(overrides);
    }

    @Override
    public void prune(Instant before) {}
  }

  private static OnCallPlan plan(String onCall) {
    var names =
        NotifierRig.config(CONFIG).receivers().stream()
            .map(ReceiverConfig::name)
            .collect(Collectors.toSet());
    return OnCallFile.parse(
        "oncall.yml",
        onCall,
        new OnCallFile.Surroundings(Optional.of(names), People.NONE, VirtualTime.START));
  }

  private List<String> messages() {
    List<String> all =
        episodes.rig.messages.stream()
            .map(
                it ->
                    "%.0f %s %s"
                        .formatted(
                            Math.floor(it.at() / 60),
                            it.receiver(),
                            it.notification().alerts().getFirst().annotations().get("title")))
            .toList();
    episodes.rig.messages.clear();
    return all;
  }

  private void override(String person, String from, String until) {
    overrides.add(
        new DutyOverride(
            person + from,
            "backend",
            Instant.parse(from),
            Instant.parse(until),
            person,
            "",
            false,
            "",
            "operator",
            VirtualTime.START));
  }

  @Test
  void shiftThatBegins_tellsThePersonOnce_withItsEnd_andTheOneBefore() {
    start(WEEKLY);
    episodes.advance(HOUR - 60);
    assertThat(messages()).isEmpty();
    episodes.advance(HOUR);
    Notification sent = episodes.rig.messages.getFirst().notification();
    assertThat(messages())
        .containsExactly("60 lead-mail You are on call for backend until Mon 9 Mar 12:00");
    assertThat(sent.reason()).isEqualTo(Notification.Reason.SHIFT);
    assertThat(sent.alerts().getFirst().annotations().get("summary"))
        .isEqualTo("Your shift began on Mon 2 Mar 12:00 (Europe/Berlin). deputy had it before.");
    episodes.advance(3 * 86_400);
    assertThat(messages()).isEmpty();
    assertThat(episodes.service.open()).isEmpty();
    assertThat(episodes.rig.dispatcher.alerts(_ -> true)).isEmpty();
  }

  @Test
  void message_hasALinkToWhoIsOnCall_andNoneThatAcknowledgesOrSilences() {
    start(WEEKLY);
    episodes.advance(HOUR);
    Notification sent = episodes.rig.messages.getFirst().notification();
    Message message =
        new MessageComposer(ZoneId.of("Europe/Berlin"), Language.CHINESE).compose(sent);
    assertThat(message.links())
        .extracting(link -> link.kind() + " " + link.url())
        .containsExactly("ON_CALL " + sent.externalUrl() + "/oncall");
    assertThat(message.title()).isEqualTo("你正在为 backend 值班，至 3月9日周一 12:00");
    assertThat(message.summary()).isEqualTo("你的班次开始于 3月2日周一 12:00（Europe/Berlin）。此前由 deputy 值班。");
    assertThat(message.whySent()).isEqualTo("发送给 lead-mail：你的班次已开始");
  }

  @Test
  void personSeenOnDutyForTheFirstTime_isNotTold() {
    start(WEEKLY.replace("[deputy, lead]", "[lead, deputy]"));
    episodes.advance(HOUR - 60);
    assertThat(messages()).isEmpty();
  }

  @Test
  void reloadThatLeavesThePersonOnDuty_tellsNothing() {
    start(WEEKLY);
    plan =
        plan(
            WEEKLY
                .replace("members: [deputy, lead]", "members: [deputy]")
                .replace("2026-02-23T12:00, handover: weekly", "2026-03-02T11:01, handover: daily")
                .replace(
                    "layers: [",
                    "layers: [{name: a, members: [deputy], start:"
                        + " 2026-02-02T11:00, handover: daily}, "));
    episodes.advance(2 * HOUR);
    assertThat(messages()).isEmpty();
  }

  @Test
  void reloadThatPutsAnotherPersonOnDuty_tellsThatPerson() {
    String until15 = WEEKLY.replace("T12:00", "T15:00");
    start(until15);
    plan = plan(until15.replace("[deputy, lead]", "[lead, deputy]"));
    episodes.advance(60);
    assertThat(messages())
        .containsExactly("0 lead-mail You are on call for backend until Mon 2 Mar 15:00");
  }

  @Test
  void rotationWithoutNotice_tellsNobody() {
    start(WEEKLY.replace("- name: backend\n", "- name: backend\n    notice: false\n"));
    episodes.advance(2 * HOUR);
    assertThat(messages()).isEmpty();
  }

  @Test
  void override_tellsItsPerson_andAtItsEndTheOneWhoHasItAgain() {
    start(WEEKLY);
    override("lead", "2026-03-02T10:10:00Z", "2026-03-02T10:40:00Z");
    episodes.advance(HOUR);
    assertThat(episodes.rig.messages.get(1).notification().alerts().getFirst().annotations())
        .extracting(it -> it.get("summary"))
        .isEqualTo("Your shift began on Mon 2 Mar 10:40 (UTC). lead had it before.");
    assertThat(messages())
        .containsExactly(
            "10 lead-mail You are on call for backend until Mon 2 Mar 11:40",
            "40 deputy-mail You are on call for backend until Mon 2 Mar 11:00",
            "60 lead-mail You are on call for backend until Mon 9 Mar 12:00");
  }

  @Test
  void overrideThatContinuesAShift_isOneShift() {
    start(WEEKLY);
    override("lead", "2026-03-02T10:30:00Z", "2026-03-02T11:00:00Z");
    episodes.advance(2 * HOUR);
    assertThat(messages())
        .containsExactly("30 lead-mail You are on call for backend until Mon 9 Mar 12:00");
  }

  @Test
  void gapThatBegins_tellsNobody_andItsEndTellsThatNobodyHadIt() {
    start(GAPS);
    episodes.advance(2 * HOUR);
    assertThat(episodes.rig.messages.getFirst().notification().alerts().getFirst().annotations())
        .extracting(it -> it.get("summary"))
        .isEqualTo(
            "Your shift began on Mon 2 Mar 12:30 (Europe/Berlin). Nobody had it before you.");
    assertThat(messages())
        .containsExactly("90 lead-mail You are on call for backend until Mon 2 Mar 14:00");
    episodes.advance(4 * HOUR);
    assertThat(messages()).isEmpty();
  }

  @Test
  void handOverWhereTheClockChanges_isToldAtTheNewTime() {
    start(
        PEOPLE
            + """
            rotations:
              - name: backend
                timezone: Europe/Berlin
                layers: [{name: all, members: [deputy, lead], start: 2026-03-22T09:00, handover: weekly}]
            """);
    // Sunday, 29 March, 06:59 UTC: 08:59 by the summer time that began in this night.
    episodes.restart(
        Duration.between(episodes.rig.time.instant(), Instant.parse("2026-03-29T06:59:00Z"))
            .toSeconds());
    episodes.advance(30);
    messages();
    double minute = Math.floor(episodes.rig.time.seconds() / 60);
    episodes.advance(60);
    assertThat(messages())
        .containsExactly(
            "%.0f lead-mail You are on call for backend until Sun 5 Apr 09:00"
                .formatted(minute + 1));
  }

  @Test
  void silencesAndInhibitions_doNotMuteIt() {
    start(WEEKLY);
    episodes.rig.fire("Quiet");
    episodes.advance(2 * HOUR);
    assertThat(messages()).filteredOn(it -> it.contains("on call")).hasSize(1);
  }

  @Test
  void wayThatFails_handsOverToTheNext_andNoFallbackIsTold() {
    start(WEEKLY);
    var all = new NotifyResult[20];
    Arrays.fill(all, new NotifyResult.Rejected("no such mailbox"));
    episodes.rig.answer("lead-mail", all);
    episodes.advance(2 * HOUR);
    assertThat(messages())
        .filteredOn(it -> !it.contains("lead-mail"))
        .containsExactly("60 lead-chat You are on call for backend until Mon 9 Mar 12:00");
  }

  @Test
  void quietHoursOfInfo_holdItBackUntilTheirEnd() {
    start(
        WEEKLY.replace(
            "timezone: Europe/Berlin\n    rules",
            "timezone: Europe/Berlin\n    quiet_hours: [{severities: [info], from: '09:00', until: '15:00'}]\n    rules"));
    episodes.advance(5 * HOUR);
    assertThat(messages())
        .containsExactly("240 lead-mail You are on call for backend until Mon 9 Mar 12:00");
  }

  @Test
  void shiftThatIsAlmostOverWhenQuietHoursEnd_isNotTold() {
    start(
        GAPS.replace(
            "timezone: Europe/Berlin\n    rules",
            "timezone: Europe/Berlin\n    quiet_hours: [{severities: [info], from: '12:00', until:"
                + " '13:40'}]\n    rules"));
    episodes.advance(4 * HOUR);
    assertThat(messages()).noneMatch(it -> it.contains("lead-"));
  }

  @Test
  void restart_tellsNobodyTwice_andAShiftThatBeganMeanwhileIsTold() {
    start(WEEKLY);
    episodes.restart(2 * HOUR);
    episodes.advance(60);
    assertThat(messages())
        .containsExactly("120 lead-mail You are on call for backend until Mon 9 Mar 12:00");
    episodes.restart(5);
    episodes.advance(HOUR);
    assertThat(messages()).isEmpty();
  }

  @Test
  void killBetweenStoreAndSend_losesNothing() {
    start(WEEKLY);
    episodes.advance(HOUR - 60);
    ShiftStart known = store.starts.get("backend");
    // Stored by a process that was killed before it flushed the group.
    assertThat(
            store.save(
                new ShiftStart(
                    "backend",
                    "lead",
                    VirtualTime.START.plusSeconds(HOUR),
                    "deputy",
                    VirtualTime.START.plusSeconds(HOUR),
                    true,
                    known.version() + 1)))
        .isTrue();
    episodes.restart(120);
    episodes.advance(60);
    assertThat(messages()).hasSize(1);
  }

  @Test
  void shiftsThatBeganAndEndedWhileAway_areNotTold_butThePersonsNewOneIs() {
    start(WEEKLY.replace("handover: weekly", "handover: daily").replace("-02-23", "-03-01"));
    // The deputy had it, the lead, and now the deputy again.
    episodes.restart(30 * HOUR);
    episodes.advance(60);
    assertThat(messages())
        .containsExactly("1800 deputy-mail You are on call for backend until Wed 4 Mar 11:00");
  }

  @Test
  void shiftWithLessThanAnHourLeft_isNotToldLate() {
    start(WEEKLY.replace("handover: weekly", "handover: daily").replace("-02-23", "-03-01"));
    episodes.restart(24 * HOUR + 30 * 60);
    episodes.advance(60);
    assertThat(messages()).isEmpty();
  }

  @Test
  void storeThatIsAway_delaysTheNotice() {
    start(WEEKLY);
    store.isAway = true;
    episodes.advance(2 * HOUR);
    assertThat(messages()).isEmpty();
    store.isAway = false;
    episodes.advance(30);
    assertThat(messages())
        .containsExactly("120 lead-mail You are on call for backend until Mon 9 Mar 12:00");
  }

  @Test
  void twoReplicas_tellOnce_alsoWhenBothWatchTheRotation() {
    start(WEEKLY);
    ShiftNotices other = notices(episodes, ShardOwnership.ALL);
    for (int second = 0; second < HOUR + 60; second += 5) {
      other.tick(episodes.rig.dispatcher.now());
      episodes.advance(5);
    }
    assertThat(messages()).hasSize(1);
  }

  @Test
  void replicaThatTakesOver_tellsNobodyTwice() {
    start(WEEKLY);
    episodes.advance(HOUR);
    assertThat(messages()).hasSize(1);
    notices = notices(episodes, ShardOwnership.ALL);
    episodes.advance(HOUR);
    assertThat(messages()).isEmpty();
    assertThat(store.starts.get("backend").version()).isEqualTo(1);
  }

  @Test
  void replicaThatDoesNotOwnTheRotation_leavesItToTheOther() {
    start(WEEKLY);
    notices =
        notices(
            episodes,
            new ShardOwnership() {
              @Override
              public boolean owns(int shard) {
                return false;
              }

              @Override
              public boolean isCertain(int shard) {
                return false;
              }
            });
    episodes.advance(2 * HOUR);
    assertThat(messages()).isEmpty();
    assertThat(store.starts.get("backend").person()).isEqualTo("deputy");
  }
}
