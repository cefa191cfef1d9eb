package io.pharos.oncall.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.People;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.faults.FaultRun;
import io.pharos.faults.FaultRun.Target;
import io.pharos.model.Labels;
import io.pharos.oncall.drill.DrillService.Outcome;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeRig;
import io.pharos.oncall.escalation.DrillFriends;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Fire drills of a notifier on virtual time.
class DrillTest {
  private static final String PHAROS = "127.0.0.1:9095";
  private static final String CONFIG =
      """
      route:
        receiver: team
        group_by: [job]
        group_wait: 10s
        group_interval: 60s
        repeat_interval: 2h
        routes: [{receiver: pages, matchers: ['job="x"']}]
      inhibit_rules:
        - {source_matchers: ['alertname="Quiet"'], target_matchers: ['drill!=""']}
      receivers:
        - name: pages
      """
          + Stream.of("lead-mail", "lead-chat", "deputy-mail", "deputy-chat", "boss-mail", "team")
              .map("  - {name: %1$s, webhook_configs: [{url: 'http://%1$s'}]}\n"::formatted)
              .collect(Collectors.joining());

  private static final String PEOPLE =
      """
      people:
        - name: lead
          ways: [lead-mail, lead-chat]
          quiet_hours: [{severities: [critical, warning, info], from: "00:00", until: "24:00"}]
        - {name: deputy, ways: [deputy-mail, deputy-chat]}
        - {name: boss, ways: [boss-mail]}
      rotations:
        - name: nobody
          timezone: UTC
          allow_gaps: true
          layers: [{name: all, members: [lead], start: 2030-01-01T00:00, handover: daily}]
      """;

  private static final String THREE_LEVELS =
      PEOPLE
          + """
      policies:
        - name: pages
          repeat: 2
          levels:
            - {people: [lead]}
            - {people: [deputy], after: 20m}
            - {people: [boss], after: 1h, important: true}
      """;

  private final InMemoryDrillStore store = new InMemoryDrillStore();
  private final DrillFriends friends = new DrillFriends();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private OnCallPlan plan;
  private DrillService service;
  private EpisodeRig episodes;

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
                friends.service.tick(rig.dispatcher.now(), rig.flushGroup);
                friends.service.record();
                service.tick(rig.dispatcher.now());
              }
            });
  }

  private void begin(EpisodeRig rig) {
    rig.rig.flushGroup =
        key -> service.flush(key, rig.rig.dispatcher.now()) || rig.rig.dispatcher.flush(key);
    EscalationService escalations = friends.start(rig);
    rig.rig.escalations =
        config ->
            escalations.of(
                plan,
                config.receivers().stream().map(ReceiverConfig::name).collect(Collectors.toSet()),
                "team",
                _ -> Optional.of("team"));
    service =
        new DrillService(
            store,
            escalations,
            rig.service,
            rig.rig.outboxStore,
            (context, alerts) -> rig.rig.dispatcher.flush(context, alerts),
            ShardOwnership.ALL,
            rig.rig.time,
            registry);
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

  private Drill drill(String comment, Duration wait) {
    return ((Outcome.Started) service.start("pages", "operator", comment, wait)).drill();
  }

  private Drill newest() {
    return service.newest("pages", 1).getFirst();
  }

  private List<String> messages() {
    List<String> all =
        episodes.rig.messages.stream()
            .map(
                it ->
                    "%.0f %s %s"
                        .formatted(
                            Math.floor(it.at()),
                            it.receiver(),
                            NotifierRig.Message.names(it.notification())))
            .toList();
    episodes.rig.messages.clear();
    return all;
  }

  private void acknowledge(String person) {
    Episode open =
        episodes.service.open().stream()
            .filter(it -> it.groupLabels().get("person").equals(person))
            .findFirst()
            .orElseThrow();
    var _ = episodes.service.acknowledge(open.number(), person, "", null, "");
  }

  /* Each flush of the group tries again. */
  private void reject(String receiver) {
    var all = new NotifyResult[20];
    Arrays.fill(all, new NotifyResult.Rejected("no such mailbox"));
    episodes.rig.answer(receiver, all);
  }

  private static List<String> states(Drill drill) {
    return drill.levels().stream().map(level -> level.state().text()).toList();
  }

  @Test
  void drill_withoutAcknowledgement_tellsEachLevelAfterItsWait_andEndsEach() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(1));
    episodes.advance(200);
    assertThat(messages())
        .containsExactly(
            "0 lead-mail firing PharosDrill",
            "60 deputy-mail firing PharosDrill",
            "120 boss-mail firing PharosDrill",
            "180 lead-mail resolved -PharosDrill",
            "180 deputy-mail resolved -PharosDrill",
            "180 boss-mail resolved -PharosDrill");
    assertThat(states(newest())).containsOnly("not acknowledged");
    assertThat(newest().isOpen()).isFalse();
    assertThat(newest().isPassed()).isFalse();
    assertThat(episodes.service.open()).isEmpty();
  }

  @Test
  void acknowledgement_isRecordedWithItsTime_andTheNextLevelIsToldAtOnce() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(10));
    episodes.advance(5);
    acknowledge("lead");
    episodes.advance(5);
    acknowledge("deputy");
    episodes.advance(10);
    acknowledge("boss");
    episodes.advance(5);
    assertThat(newest().isPassed()).isTrue();
    assertThat(newest().isOpen()).isFalse();
    Drill.Level second = newest().levels().get(1);
    assertThat(second.calls().getFirst().acknowledgedBy()).isEqualTo("deputy");
    assertThat(Duration.between(second.toldAt(), second.calls().getFirst().acknowledgedAt()))
        .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(6));
    assertThat(messages()).filteredOn(it -> it.contains("firing")).hasSize(3);
  }

  @Test
  void message_saysFirstThatItIsADrill() {
    start(THREE_LEVELS);
    drill("quarterly", Duration.ofMinutes(1));
    episodes.advance(2);
    var message =
        MessageComposer.english().compose(episodes.rig.messages.getFirst().notification());
    assertThat(message.title()).isEqualTo("Fire drill of pages, level 1");
    assertThat(message.headline()).startsWith("🟡 DRILL Fire drill of pages");
    assertThat(message.summary()).contains("This is a drill; nothing is wrong (quarterly)");
    assertThat(episodes.rig.messages.getFirst().notification().alerts().getFirst().annotations())
        .extracting(it -> it.get("title_zh"))
        .isEqualTo("演练：pages 第 1 级");
  }

  @Test
  void wayThatFails_handsOverToTheNextOne_andBothAreInTheResult() {
    start(THREE_LEVELS);
    reject("lead-mail");
    drill("", Duration.ofMinutes(1));
    episodes.advance(30);
    assertThat(newest().levels().getFirst().calls().getFirst().ways())
        .extracting(way -> way.receiver() + " " + way.outcome())
        .containsExactly("lead-mail FAILED", "lead-chat SENT");
  }

  @Test
  void storeOfDecisionsAway_levelAndEndAreToldWithinSecondsOfItsReturn() {
    start(THREE_LEVELS);
    episodes.rig.outboxStore.failing(true);
    drill("", Duration.ofMinutes(1));
    episodes.advance(20);
    assertThat(messages()).isEmpty();
    episodes.rig.outboxStore.failing(false);
    episodes.advance(10);
    assertThat(messages()).containsExactly("25 lead-mail firing PharosDrill");
    episodes.advance(145);
    episodes.rig.outboxStore.failing(true);
    episodes.advance(20);
    episodes.rig.outboxStore.failing(false);
    messages();
    episodes.advance(10);
    assertThat(messages())
        .containsExactlyInAnyOrder(
            "200 lead-mail resolved -PharosDrill",
            "200 deputy-mail resolved -PharosDrill",
            "200 boss-mail resolved -PharosDrill");
  }

  @Test
  void levelThatNobodyCanBeReachedOn_isNotDelivered_andTheFallbackIsNotTold() {
    start(THREE_LEVELS);
    reject("lead-mail");
    reject("lead-chat");
    drill("", Duration.ofMinutes(1));
    episodes.advance(30);
    assertThat(states(newest())).containsExactly("not delivered", "not told yet", "not told yet");
    episodes.advance(200);
    assertThat(messages()).noneMatch(it -> it.contains("team"));
    assertThat(states(newest()))
        .containsExactly("not delivered", "not acknowledged", "not acknowledged");
  }

  @Test
  void levelWithoutAnybodyOnCall_saysSo_andIsNotWaitedFor() {
    start(PEOPLE + "policies: [{name: pages, levels: [{rotations: [nobody]}, {people: [boss]}]}]");
    drill("", Duration.ofMinutes(1));
    episodes.advance(5);
    assertThat(states(newest())).containsExactly("nobody on call", "not acknowledged");
    assertThat(messages()).containsExactly("1 boss-mail firing PharosDrill");
  }

  @Test
  void inhibitedDrill_isMuted_andSaysSo() {
    start(THREE_LEVELS);
    episodes.rig.fire("Quiet");
    drill("", Duration.ofMinutes(1));
    episodes.advance(200);
    assertThat(messages()).noneMatch(it -> it.contains("Drill"));
    assertThat(states(newest())).containsOnly("muted");
  }

  @Test
  void drill_isNoIncidentWithoutOwner_andNoAlertOfTheNotifier() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(1));
    episodes.advance(5);
    assertThat(episodes.service.open()).hasSize(1);
    assertThat(episodes.service.unowned()).isEmpty();
    assertThat(episodes.rig.dispatcher.alerts(_ -> true)).isEmpty();
    assertThat(friends.service.status(episodes.service.open().getFirst().groupKey())).isEmpty();
  }

  @Test
  void realAlert_escalatesBesideADrill() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(1));
    episodes.rig.post(
        "A",
        Labels.of("job", "x"),
        episodes.rig.time.instant(),
        episodes.rig.time.instant().plusSeconds(100_000));
    episodes.advance(5);
    acknowledge("lead");
    episodes.advance(1300);
    assertThat(messages())
        .filteredOn(it -> it.endsWith(" A"))
        .containsExactly("10 lead-mail firing A", "1210 deputy-mail firing A");
  }

  @Test
  void restart_continuesTheDrill_andTellsNobodyTwice() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(1));
    episodes.advance(70);
    assertThat(messages()).hasSize(2);
    episodes.restart(20);
    episodes.advance(100);
    assertThat(messages())
        .containsExactly(
            "120 boss-mail firing PharosDrill",
            "180 lead-mail resolved -PharosDrill",
            "180 deputy-mail resolved -PharosDrill",
            "180 boss-mail resolved -PharosDrill");
  }

  @Test
  void endOfADrill_isToldAfterARestart() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(1));
    episodes.advance(5);
    messages();
    Drill open = newest();
    store.save(open.with(open.levels(), episodes.rig.time.instant()));
    episodes.restart(5);
    episodes.advance(5);
    assertThat(messages()).containsExactly("10 lead-mail resolved -PharosDrill");
    episodes.restart(5);
    episodes.advance(30);
    assertThat(messages()).isEmpty();
  }

  @Test
  void secondDrillOfAPolicy_isRefused_untilTheFirstEnds() {
    start(THREE_LEVELS);
    drill("", Duration.ofSeconds(1));
    assertThat(service.start("pages", "", "", Duration.ofSeconds(1)))
        .isInstanceOf(Outcome.Running.class);
    episodes.advance(10);
    assertThat(service.start("pages", "", "", Duration.ofSeconds(1)))
        .isInstanceOf(Outcome.Started.class);
    assertThat(service.start("other", "", "", Duration.ofSeconds(1)))
        .isInstanceOf(Outcome.Invalid.class);
    assertThat(service.start("pages", "", "", Duration.ofHours(2)))
        .isInstanceOf(Outcome.Invalid.class);
  }

  @Test
  void storeThatIsAway_delaysTheDrill() {
    start(THREE_LEVELS);
    drill("", Duration.ofMinutes(1));
    store.isAway = true;
    episodes.advance(30);
    assertThat(messages()).isEmpty();
    store.isAway = false;
    episodes.advance(2);
    assertThat(messages()).containsExactly("30 lead-mail firing PharosDrill");
  }

  private static String scheduled(String repeat) {
    return THREE_LEVELS.replace(
        "    repeat: 2\n",
        // an hour after the start of the clock
        "    drill: {repeat: %s, timezone: UTC, start: 2026-03-02T11:00}\n".formatted(repeat));
  }

  private double gauge(String name, int level) {
    Gauge gauge =
        registry.find(name).tags("policy", "pages", "level", Integer.toString(level)).gauge();
    return gauge == null ? -1 : gauge.value();
  }

  @Test
  void schedule_startsEachDrillOnce_alsoOverARestart() {
    start(scheduled("daily"));
    episodes.advance(3590);
    assertThat(service.newest("pages", 10)).isEmpty();
    episodes.advance(60);
    episodes.restart(1);
    episodes.advance(600);
    assertThat(service.newest("pages", 10)).hasSize(1);
    assertThat(newest().by()).isEmpty();
  }

  @Test
  void scheduleThatIsNewInTheFile_doesNotStartDrillsOfThePast() {
    start(scheduled("daily"));
    store.isAway = true; // the schedule is not known before the first drill would have begun
    episodes.advance(3700);
    store.isAway = false;
    episodes.advance(60);
    assertThat(service.newest("pages", 10)).isEmpty();
  }

  @Test
  void levelThatDoesNotAcknowledge_isOverdueADayAfterTheDrill() throws Exception {
    start(scheduled("weekly"));
    episodes.advance(3605);
    acknowledge("lead");
    episodes.advance(600);
    assertThat(gauge("pharos_oncall_level_drill_overdue", 2)).isZero();
    assertThat(gauge("pharos_oncall_level_last_drill_timestamp_seconds", 1))
        .isEqualTo(newest().startedAt().toEpochMilli() / 1000.0);
    assertThat(gauge("pharos_oncall_level_last_drill_timestamp_seconds", 2)).isEqualTo(-1);
    episodes.restart(86_400);
    episodes.advance(20);
    assertThat(gauge("pharos_oncall_level_drill_overdue", 1)).isZero();
    assertThat(gauge("pharos_oncall_level_drill_overdue", 2)).isEqualTo(1);
    try (var run = new FaultRun(List.of(new Target("pharos", PHAROS, "")), "pharos")) {
      run.show(Map.of(PHAROS, FaultRun.page(registry)));
      run.pass(Duration.ofMinutes(12));
      assertThat(run.firing()).containsExactlyInAnyOrder("OnCallDrillOverdue", "Watchdog");
    }
    drill("again", Duration.ofMinutes(1));
    episodes.advance(2);
    acknowledge("lead");
    episodes.advance(2);
    acknowledge("deputy");
    episodes.advance(20);
    assertThat(gauge("pharos_oncall_level_drill_overdue", 2)).isZero();
    assertThat(gauge("pharos_oncall_level_drill_overdue", 3)).isEqualTo(1);
  }
}
