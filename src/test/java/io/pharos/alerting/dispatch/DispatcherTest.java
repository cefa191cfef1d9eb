package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The semantics of the pipeline from post to message, on virtual time.
class DispatcherTest {
  private static final String BASE =
      """
      route: {receiver: a, group_by: [job], group_wait: 10s, group_interval: 60s, repeat_interval: 4h}
      receivers: [{name: a, webhook_configs: [{url: 'http://a'}]}]
      """;
  private static final String NO_RESOLVED =
      BASE.replace("url: 'http://a'", "url: 'http://a', send_resolved: false");

  private static final NotifyResult BUSY = new NotifyResult.Retryable("503", Optional.empty());
  private static final NotifyResult BAD = new NotifyResult.Rejected("400");

  @Test
  void group_newAlerts_waitGroupWaitAndComeTogether() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(5);
    rig.fire("B");
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("10.0 a firing A,B");
  }

  @Test
  void group_alertOlderThanGroupWait_isSentAtOnce() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.post(
        "Old",
        Labels.empty(),
        VirtualTime.START.minusSeconds(60),
        VirtualTime.START.plusSeconds(3600));
    assertThat(rig.drain()).containsExactly("0.0 a firing A,Old");
  }

  @Test
  void group_lateAlert_comesWithTheNextIntervalAndTheOldOnes() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(15);
    rig.fire("B");
    rig.advance(300);
    assertThat(rig.messages)
        .extracting(message -> message.notification().reason())
        .containsExactly(Notification.Reason.FIRST_NOTIFICATION, Notification.Reason.NEW_ALERTS);
    assertThat(rig.messages.getLast().notification().alerts())
        .extracting(a -> a.labels().get("alertname") + a.announced())
        .containsExactly("Atrue", "Bfalse");
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "70.0 a firing A,B");
  }

  @Test
  void group_postedRepeatedly_isSentOnce() {
    var rig = new NotifierRig(BASE);
    for (int i = 0; i < 100; i++) {
      rig.fire("A");
      rig.advance(7);
    }
    assertThat(rig.drain()).hasSize(1);
  }

  /// An alert that only expired may still be firing.
  @Test
  void postedEnd_afterARestart_isKnownOfAlertsThatTheSenderEnded() {
    var rig = new NotifierRig(BASE);
    rig.fire("Ended", "Firing");
    rig.post("Expired", Labels.empty(), null, VirtualTime.START.plusSeconds(60));
    rig.advance(100);
    rig.resolve("Ended");
    rig.advance(10);
    rig.killAndStart(BASE, Duration.ofSeconds(5));
    assertThat(Stream.of("Ended", "Firing", "Expired", "Unknown"))
        .filteredOn(name -> rig.dispatcher.postedEnd(Labels.of("alertname", name)).isPresent())
        .containsExactly("Ended");
    assertThat(rig.dispatcher.postedEnd(Labels.of("alertname", "Ended")))
        .contains(VirtualTime.START.plusSeconds(100));
  }

  @Test
  void resolve_partOfAGroup_isSentThenLeftOut() {
    var rig = new NotifierRig(BASE);
    rig.fire("A", "B");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(100);
    rig.fire("C");
    rig.advance(100);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing A,B", "70.0 a firing -A,B", "130.0 a firing B,C");
  }

  @Test
  void resolve_wholeGroup_isSentAndTheNextAlertWaitsGroupWaitAgain() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(80);
    assertThat(rig.messages.getLast().notification().reason())
        .isEqualTo(Notification.Reason.ALL_RESOLVED);
    rig.fire("A");
    rig.advance(50);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing A", "70.0 a resolved -A", "110.0 a firing A");
  }

  @Test
  void resolve_beforeTheFirstMessage_isNeverSent() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(5);
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  @Test
  void resolve_withoutSendResolved_isRecordedSoThatTheNextEpisodeIsSent() {
    var rig = new NotifierRig(NO_RESOLVED);
    rig.fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(80);
    rig.fire("A");
    rig.advance(50);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "110.0 a firing A");
  }

  @Test
  void resolve_partWithoutSendResolved_isLeftOutOfLaterMessages() {
    var rig = new NotifierRig(NO_RESOLVED);
    rig.fire("A", "B");
    rig.advance(20);
    rig.resolve("A");
    rig.fire("C");
    rig.advance(100);
    assertThat(rig.drain()).containsExactly("10.0 a firing A,B", "70.0 a firing B,C");
  }

  @Test
  void resolve_postedAgainForALongTime_isSentOnce() {
    var rig = new NotifierRig(BASE);
    rig.fire("A", "B");
    rig.advance(20);
    var end = rig.time.instant();
    for (int i = 0; i < 15; i++) {
      rig.post("A", Labels.empty(), null, end);
      rig.advance(60);
    }
    assertThat(rig.drain()).containsExactly("10.0 a firing A,B", "70.0 a firing -A,B");
  }

  @Test
  void timeout_withoutEndsAt_resolvesAfterTheResolveTimeout() {
    var rig = new NotifierRig("global: {resolve_timeout: 2m}\n" + BASE);
    rig.post("A", Labels.empty(), null, null);
    rig.advance(100);
    rig.post("A", Labels.empty(), null, null);
    rig.advance(200);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "250.0 a resolved -A");
  }

  @Test
  void repeat_comesOneIntervalAfterTheRepeatInterval() {
    var rig = new NotifierRig(BASE.replace("repeat_interval: 4h", "repeat_interval: 2m"));
    rig.fire("A");
    rig.advance(400);
    assertThat(rig.messages.get(1).notification().reason()).isEqualTo(Notification.Reason.REPEAT);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing A", "190.0 a firing A", "370.0 a firing A");
  }

  @Test
  void flap_resolvedAndFiringAgainWithinAnInterval_isNotSent() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(5);
    rig.fire("A");
    rig.advance(200);
    assertThat(rig.drain()).containsExactly("10.0 a firing A");
  }

  @Test
  void retry_untilItWorks_thenNothingMore() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", BUSY, BUSY);
    rig.fire("A");
    rig.advance(50);
    assertThat(rig.messages).hasSize(3);
    assertThat(rig.messages)
        .extracting(m -> m.notification().deliveryId())
        .containsOnly("delivery-1");
    double first = rig.messages.get(1).at() - rig.messages.get(0).at();
    double second = rig.messages.get(2).at() - rig.messages.get(1).at();
    assertThat(first).isBetween(0.25, 0.75);
    assertThat(second).isBetween(0.375, 1.125);
    assertThat(rig.outbox.pending()).isZero();
    assertThat(
            rig.registry
                .get("alertmanager_notifications")
                .tag("integration", "webhook")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(
            rig.registry
                .get("alertmanager_notification_requests_failed")
                .tag("integration", "webhook")
                .counter()
                .count())
        .isEqualTo(2);
  }

  @Test
  void attempt_leavesTimeForAnother() {
    var rig = new NotifierRig(BASE);
    var hung = new NotifyResult.Retryable("did not answer", Optional.of(Duration.ofSeconds(20)));
    rig.answer("a", hung, hung);
    rig.fire("A");
    rig.advance(55);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing A", "30.0 a firing A", "50.0 a firing A");
    assertThat(rig.patience)
        .containsExactly(Duration.ofSeconds(30), Duration.ofSeconds(20), Duration.ofSeconds(10));
  }

  @Test
  void retryAfter_isHonoured() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", new NotifyResult.Retryable("429", Optional.of(Duration.ofSeconds(17))));
    rig.fire("A");
    rig.advance(50);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "27.0 a firing A");
  }

  @Test
  void retryAfter_beyondTheInterval_holdsBackTheNextDecisionToo() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", new NotifyResult.Retryable("429", Optional.of(Duration.ofSeconds(90))));
    rig.fire("A");
    rig.advance(200);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "100.0 a firing A");
    assertThat(rig.outboxStore.ends())
        .containsExactly("FAILED: gave up after 1 attempts: 429", "SENT: ok");
  }

  @Test
  void rejected_isTriedAgainWithTheNextInterval() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", BAD);
    rig.fire("A");
    rig.advance(200);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "70.0 a firing A");
    assertThat(rig.outboxStore.ends()).containsExactly("FAILED: 400", "SENT: ok");
    assertThat(
            rig.registry
                .get("alertmanager_notifications_failed")
                .tags("integration", "webhook", "reason", "clientError")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void rejectedResolve_keepsTheAlertUntilItIsSent() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(20);
    rig.answer("a", BAD);
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing A", "70.0 a resolved -A", "130.0 a resolved -A");
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  private static final String OFTEN = BASE.replace("group_interval: 60s", "group_interval: 4s");

  private static NotifyResult[] many(NotifyResult result) {
    var results = new NotifyResult[4000];
    Arrays.fill(results, result);
    return results;
  }

  @Test
  void deadReceiver_newState_followsWhatWasDecidedBefore() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(12);
    rig.fire("B");
    rig.advance(2.1);
    rig.fire("C");
    rig.advance(4);
    rig.answers.clear();
    rig.messages.clear();
    rig.advance(120);
    assertThat(rig.messages)
        .extracting(message -> NotifierRig.Message.names(message.notification()))
        .containsExactly("firing A", "firing A,B,C");
    assertThat(rig.outboxStore.ends())
        .containsExactly("SUPERSEDED: a newer decision was made", "SENT: ok", "SENT: ok");
  }

  @Test
  void deadReceiver_alertThatCameAndWent_isSentWithItsEnd() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(12);
    rig.resolve("A");
    rig.advance(2.1);
    rig.answers.clear();
    rig.messages.clear();
    rig.advance(300);
    assertThat(rig.messages)
        .extracting(message -> NotifierRig.Message.names(message.notification()))
        .containsExactly("firing A", "resolved -A");
    assertThat(rig.outbox.pending()).isZero();
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  @Test
  void deadReceiver_newStateBeyondTheDeadline_isDecidedAnew() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(12);
    rig.fire("B");
    rig.advance(10);
    rig.answers.clear();
    rig.messages.clear();
    rig.advance(120);
    assertThat(rig.messages)
        .extracting(message -> NotifierRig.Message.names(message.notification()))
        .containsExactly("firing A,B");
    assertThat(rig.outboxStore.ends().getFirst()).startsWith("FAILED: gave up after ");
  }

  @Test
  void restart_twoUndelivered_goInOrder() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(12);
    rig.resolve("A");
    rig.advance(2.1);
    rig.answers.clear();
    rig.messages.clear();
    rig.killAndStart(OFTEN, Duration.ofSeconds(1));
    rig.advance(100);
    assertThat(rig.messages)
        .extracting(message -> NotifierRig.Message.names(message.notification()))
        .containsExactly("firing A", "resolved -A");
  }

  @Test
  void deadReceiver_sameState_keepsItsDeliveryOverTicks() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(22);
    rig.answers.clear();
    rig.advance(60);
    assertThat(rig.messages)
        .extracting(message -> message.notification().deliveryId())
        .containsOnly("delivery-1");
    assertThat(rig.outboxStore.ends()).containsExactly("SENT: ok");
  }

  @Test
  void deadReceiver_pastTheDeadline_isTriedInShortIntervalsAgain() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(60);
    var pauses = new ArrayList<Double>();
    for (int i = 1; i < rig.messages.size(); i++) {
      pauses.add(rig.messages.get(i).at() - rig.messages.get(i - 1).at());
    }
    assertThat(pauses).allMatch(pause -> pause < 8);
    assertThat(pauses.subList(pauses.size() / 2, pauses.size())).anyMatch(pause -> pause < 0.8);
    assertThat(rig.outbox.pending()).isEqualTo(1);
  }

  @Test
  void retryAfter_pastTheDeadline_isStillHonoured() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", BUSY, new NotifyResult.Retryable("429", Optional.of(Duration.ofSeconds(9))));
    rig.fire("A");
    rig.advance(60);
    assertThat(rig.messages).hasSize(3);
    assertThat(rig.messages.get(2).at() - rig.messages.get(1).at()).isBetween(8.99, 9.1);
  }

  @Test
  void deadReceiver_untilTheDeadline_failsAndIsDecidedAnew() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(75);
    rig.answers.clear();
    rig.advance(60);
    assertThat(rig.outboxStore.ends())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("FAILED: gave up after ");
    assertThat(
            rig.registry
                .get("alertmanager_notifications_failed")
                .tags("integration", "webhook", "reason", "contextDeadlineExceeded")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void waitingDecision_thatIsNoLongerTrue_isDropped() {
    var rig = new NotifierRig(OFTEN);
    rig.answer("a", many(BUSY));
    rig.fire("A");
    rig.advance(12);
    rig.resolve("A");
    rig.advance(2.1);
    rig.fire("A");
    rig.advance(4);
    rig.answers.clear();
    rig.messages.clear();
    rig.advance(300);
    assertThat(rig.messages)
        .extracting(message -> NotifierRig.Message.names(message.notification()))
        .containsExactly("firing A");
    assertThat(rig.outbox.pending()).isZero();
    assertThat(rig.outboxStore.ends())
        .containsExactly("SUPERSEDED: outdated before it could be sent", "SENT: ok");
  }

  @Test
  void unsentDecision_endedWithoutSendResolved_isStillSent() {
    var rig = new NotifierRig(NO_RESOLVED.replace("group_interval: 60s", "group_interval: 4s"));
    rig.fire("A");
    rig.advance(12);
    rig.answer("a", many(BUSY));
    rig.fire("B");
    rig.advance(3);
    rig.resolve("A", "B");
    rig.advance(4);
    rig.answers.clear();
    rig.advance(100);
    assertThat(rig.outboxStore.ends()).containsExactly("SENT: ok", "SENT: ok");
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  @Test
  void slowAttempt_changesMeanwhileFollowIt() {
    var rig = new NotifierRig(BASE);
    rig.during.put(
        "a",
        () -> {
          rig.fire("B");
          rig.advance(61);
          rig.fire("C");
          rig.advance(60);
        });
    rig.fire("A");
    rig.advance(10);
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "131.0 a firing A,B,C");
    assertThat(rig.outboxStore.ends())
        .containsExactly("SUPERSEDED: a newer decision was made", "SENT: ok", "SENT: ok");
  }

  @Test
  void slowAttempt_thatFails_yieldsToTheNewerDecision() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", BUSY);
    rig.during.put(
        "a",
        () -> {
          rig.fire("B");
          rig.advance(61);
        });
    rig.fire("A");
    rig.advance(100);
    assertThat(rig.messages).hasSize(2);
    assertThat(rig.messages.getLast().toString()).endsWith("a firing A,B");
    assertThat(rig.outboxStore.ends())
        .containsExactly(
            "FAILED: gave up after 1 attempts: 503",
            "SUPERSEDED: the delivery before it failed",
            "SENT: ok");
  }

  @Test
  void notifierThatThrows_isTriedAgain() {
    var rig = new NotifierRig(BASE);
    rig.during.put(
        "a",
        () -> {
          throw new IllegalStateException("bug");
        });
    rig.fire("A");
    rig.advance(30);
    assertThat(rig.messages).hasSize(2);
  }

  @Test
  void siblingIntegrations_failIndependently() {
    var rig =
        new NotifierRig(
            """
            route: {receiver: a, group_wait: 10s, group_interval: 60s}
            receivers:
            - name: a
              webhook_configs: [{url: 'http://a'}, {url: 'http://b', send_resolved: false}]
            """);
    rig.answer("a", BAD);
    rig.fire("A");
    rig.advance(100);
    assertThat(rig.messages)
        .extracting(m -> m.notification().integrationIndex() + "@" + m.at())
        .containsExactly("0@10.0", "1@10.0", "0@70.0");
  }

  @Test
  void silence_mutesUntilItsEnd() {
    var rig = new NotifierRig(BASE);
    rig.silence("alertname=\"A\"", Duration.ofSeconds(100));
    rig.fire("A");
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("130.0 a firing A");
    assertThat(
            rig.registry
                .get("alertmanager_notifications_suppressed")
                .tag("reason", "silence")
                .counter()
                .count())
        .isEqualTo(2);
  }

  @Test
  void silence_resolvedWhileMuted_isNotSent() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(20);
    rig.silence("alertname=\"A\"", Duration.ofSeconds(100));
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("10.0 a firing A");
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  @Test
  void silence_partOfAGroup_hidesThatPart() {
    var rig = new NotifierRig(BASE);
    rig.fire("A", "B");
    rig.silence("alertname=\"A\"", Duration.ofSeconds(100));
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("10.0 a firing B", "130.0 a firing A,B");
  }

  private static final String INHIBIT =
      BASE
          + """
          inhibit_rules:
          - {source_matchers: [sev="1"], target_matchers: [sev="2"], equal: [site]}
          """;

  private static void fire(NotifierRig rig, String name, String severity, String site) {
    rig.post(
        name, Labels.of("sev", severity, "site", site), null, rig.time.instant().plusSeconds(3600));
  }

  private static void resolve(NotifierRig rig, String name, String severity, String site) {
    rig.post(name, Labels.of("sev", severity, "site", site), null, rig.time.instant());
  }

  @Test
  void inhibition_lastsUntilTheLastSourceIsResolved() {
    var rig = new NotifierRig(INHIBIT);
    fire(rig, "S1", "1", "x");
    fire(rig, "S2", "1", "x");
    fire(rig, "T", "2", "x");
    fire(rig, "Other", "2", "y");
    rig.advance(20);
    resolve(rig, "S2", "1", "x");
    rig.advance(60);
    resolve(rig, "S1", "1", "x");
    rig.advance(60);
    assertThat(rig.drain())
        .containsExactly(
            "10.0 a firing Other,S1,S2",
            "70.0 a firing -S2,Other,S1",
            "130.0 a firing -S1,Other,T");
  }

  @Test
  void inhibition_sourceAndTargetResolvedTogether_areBothSent() {
    var rig = new NotifierRig(INHIBIT);
    fire(rig, "T", "2", "x");
    rig.advance(20);
    fire(rig, "S", "1", "x");
    rig.advance(60);
    resolve(rig, "S", "1", "x");
    resolve(rig, "T", "2", "x");
    rig.advance(60);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing T", "70.0 a firing S", "130.0 a resolved -S,-T");
  }

  private static final String TIMES =
      """
      route:
        receiver: a
        group_by: [alertname]
        group_wait: 10s
        group_interval: 60s
        routes:
        - {matchers: [alertname="Muted"], mute_time_intervals: [morning]}
        - {matchers: [alertname="Active"], active_time_intervals: [later]}
      receivers: [{name: a, webhook_configs: [{url: 'http://a'}]}]
      time_intervals:
      - {name: morning, time_intervals: [{times: [{start_time: '10:00', end_time: '10:02'}]}]}
      - {name: later, time_intervals: [{times: [{start_time: '19:01', end_time: '19:03'}], location: Asia/Tokyo}]}
      """;

  @Test
  void timeIntervals_muteAndRelease() {
    var rig = new NotifierRig(TIMES);
    rig.fire("Muted", "Active");
    assertThat(rig.dispatcher.groups(_ -> true))
        .extracting(group -> group.alerts().getFirst().mutedBy())
        .containsExactly(List.of("later"), List.of("morning"));
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("70.0 a firing Active", "130.0 a firing Muted");
  }

  @Test
  void accept_invalidAlerts_areRefusedAndTheOthersTaken() {
    var rig = new NotifierRig(BASE);
    var now = rig.time.instant();
    Dispatcher.AcceptResult result =
        rig.dispatcher.accept(
            List.of(
                new Alert(Labels.empty(), Labels.empty(), null, null, ""),
                new Alert(Labels.of("alertname", "Good"), Labels.empty(), null, null, ""),
                new Alert(
                    Labels.of("alertname", "Bad"), Labels.empty(), now, now.minusSeconds(1), "")));
    assertThat(result.accepted()).isEqualTo(1);
    assertThat(result.errors()).hasSize(2).first().isEqualTo("at least one label pair required");
    assertThat(result.errors().getLast()).contains("start time must be before end time");
    assertThat(rig.dispatcher.alerts(_ -> true)).hasSize(1);
    assertThat(rig.registry.get("alertmanager_alerts_invalid").counter().count()).isEqualTo(2);
    rig.dispatcher.send(List.of(new Alert(Labels.empty(), Labels.empty(), null, null, "")));
    assertThat(rig.registry.get("alertmanager_alerts_invalid").counter().count()).isEqualTo(3);
  }

  @Test
  void continueAndNestedRoutes_notifyEachReceiver() {
    var rig =
        new NotifierRig(
            """
            route:
              receiver: a
              group_wait: 10s
              group_interval: 60s
              routes:
              - {receiver: b, matchers: [alertname=~"A|B"], continue: true}
              - receiver: c
                matchers: [alertname="A"]
                routes: [{receiver: d, matchers: [deep="yes"]}]
            receivers:
            - {name: a, webhook_configs: [{url: 'http://a'}]}
            - {name: b, webhook_configs: [{url: 'http://b'}]}
            - {name: c, webhook_configs: [{url: 'http://c'}]}
            - {name: d, webhook_configs: [{url: 'http://d'}]}
            """);
    rig.fire("A", "B", "C");
    rig.post("A", Labels.of("deep", "yes"), null, rig.time.instant().plusSeconds(99));
    rig.advance(30);
    assertThat(rig.drain())
        .containsExactlyInAnyOrder(
            "10.0 b firing A,A,B", "10.0 c firing A", "10.0 d firing A", "10.0 a firing C");
  }

  @Test
  void reload_sameRoutes_sendsNothingAgain() {
    var rig = new NotifierRig(BASE);
    rig.fire("A", "B");
    rig.advance(20);
    rig.resolve("B");
    rig.advance(60);
    rig.drain();
    rig.reload(BASE);
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
    rig.resolve("A");
    rig.advance(100);
    assertThat(rig.drain()).hasSize(1);
  }

  @Test
  void reload_receiverRemoved_givesItsDeliveriesUp() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", BUSY, BUSY, BUSY, BUSY);
    rig.fire("A");
    rig.advance(10.1);
    rig.reload(
        """
        route: {receiver: b, group_wait: 10s, group_interval: 60s}
        receivers: [{name: b, webhook_configs: [{url: 'http://b'}]}]
        """);
    rig.advance(30);
    assertThat(rig.outboxStore.ends()).contains("FAILED: the integration is no longer configured");
    assertThat(rig.drain()).contains("10.1 b firing A");
    assertThat(rig.outbox.pending()).isZero();
  }

  @Test
  void restart_sentAlerts_areNotSentAgain_butTheirEndIs() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(20);
    rig.drain();
    rig.killAndStart(BASE, Duration.ofSeconds(30));
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
    rig.resolve("A");
    rig.advance(100);
    assertThat(rig.drain()).hasSize(1).first().asString().endsWith("a resolved -A");
  }

  @Test
  void restart_beforeTheFirstMessage_sendsWithoutANewPost() {
    var rig = new NotifierRig(BASE);
    rig.fire("A");
    rig.advance(5);
    rig.killAndStart(BASE, Duration.ofSeconds(30));
    assertThat(rig.drain()).containsExactly("35.0 a firing A");
  }

  @Test
  void restart_decidedButUnsent_isSentUnderTheSameId() {
    var rig = new NotifierRig(BASE);
    rig.answer("a", BUSY);
    rig.fire("A");
    rig.advance(10.1);
    assertThat(rig.drain()).containsExactly("10.0 a firing A");
    rig.killAndStart(BASE, Duration.ofSeconds(500));
    assertThat(rig.messages)
        .singleElement()
        .satisfies(m -> assertThat(m.notification().deliveryId()).isEqualTo("delivery-1"));
    rig.advance(300);
    assertThat(rig.messages).hasSize(1);
  }

  @Test
  void restart_sentButNotRecorded_isRepeatedUnderTheSameId() {
    var rig = new NotifierRig(BASE);
    rig.during.put("a", () -> rig.outboxStore.kill());
    rig.fire("A");
    rig.advance(11);
    rig.killAndStart(BASE, Duration.ofSeconds(5));
    rig.advance(300);
    assertThat(rig.messages)
        .extracting(m -> m.notification().deliveryId())
        .containsExactly("delivery-1", "delivery-1");
  }

  @Test
  void restart_alertThatCouldNotBeRenewed_isExtendedByItsValidity() {
    var rig = new NotifierRig(BASE);
    rig.post("A", Labels.empty(), null, rig.time.instant().plusSeconds(120));
    rig.advance(20);
    rig.drain();
    rig.killAndStart(BASE, Duration.ofSeconds(1000));
    rig.advance(60);
    assertThat(rig.drain()).isEmpty();
    rig.post("A", Labels.empty(), null, rig.time.instant().plusSeconds(120));
    rig.advance(100);
    assertThat(rig.drain()).isEmpty();
    rig.advance(100);
    assertThat(rig.drain()).hasSize(1).first().asString().endsWith("a resolved -A");
  }

  @Test
  void gap_alertThatCouldNotBeRenewed_isExtendedAndNotResolved() {
    var rig = new NotifierRig(BASE);
    rig.post("A", Labels.empty(), VirtualTime.START, VirtualTime.START.plusSeconds(240));
    rig.fire("B");
    rig.advance(20);
    rig.resolve("B");
    rig.advance(70);
    rig.drain();
    rig.time.jump(Duration.ofHours(1));
    rig.advance(120);
    assertThat(rig.drain()).isEmpty();
    rig.advance(240);
    assertThat(rig.drain()).singleElement().asString().endsWith("resolved -A");
  }

  @Test
  void restart_settledAlert_isNotChanged() {
    var rig = new NotifierRig(BASE);
    rig.fire("A", "B");
    rig.advance(20);
    rig.resolve("B");
    rig.advance(100);
    rig.drain();
    rig.killAndStart(BASE, Duration.ofSeconds(10));
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void databaseUnavailable_criticalIsSentDirectly_othersWait() {
    var rig = new NotifierRig(BASE.replace("[job]", "[alertname]"));
    rig.outboxStore.failing(true);
    rig.alertStore.failing = true;
    rig.fire("Minor");
    rig.post(
        "Major", Labels.of("severity", "critical"), null, rig.time.instant().plusSeconds(3600));
    rig.advance(20);
    assertThat(rig.messages).hasSize(1);
    assertThat(rig.messages.getFirst().notification().possibleDuplicate()).isTrue();
    assertThat(rig.drain()).containsExactly("10.0 a firing Major");
    rig.outboxStore.failing(false);
    rig.alertStore.failing = false;
    rig.advance(120);
    assertThat(rig.drain()).containsExactly("25.0 a firing Minor");
    assertThat(rig.alertStore.load().alerts()).hasSize(2);
    assertThat(rig.registry.get("pharos_alert_store_failures").counter().count()).isPositive();
  }

  @Test
  void databaseUnavailable_alertThatEndsMeanwhile_isToldOnlyIfItFiredBefore() {
    var rig = new NotifierRig(BASE.replace("[job]", "[alertname]"));
    rig.fire("Told");
    rig.advance(20);
    rig.drain();
    rig.outboxStore.failing(true);
    rig.fire("Untold");
    rig.advance(20);
    rig.resolve("Told", "Untold");
    rig.advance(120);
    assertThat(rig.drain()).isEmpty();
    assertThat(
            rig.registry.get("alertmanager_notifications_failed").counters().stream()
                .mapToDouble(Counter::count)
                .sum())
        .as("each group's failure is counted once, not at each repetition")
        .isEqualTo(2);
    rig.outboxStore.failing(false);
    rig.advance(120);
    assertThat(rig.drain()).singleElement().asString().endsWith("a resolved -Told");
    assertThat(rig.outbox.undecided()).isEmpty();
  }

  @Test
  void garbage_resolvedAlertsAreDeleted_unlessUnsent() {
    var rig = new NotifierRig(BASE.replace("[job]", "[alertname]"));
    rig.fire("Told", "Untold");
    rig.advance(20);
    rig.resolve("Told");
    rig.advance(60);
    rig.answer("a", many(BAD));
    rig.resolve("Untold");
    rig.advance(60);
    rig.advance(1800 * 2 + 10);
    rig.dispatcher.collectGarbage();
    rig.outbox.collectGarbage();
    rig.advance(10);
    assertThat(rig.alertStore.load().alerts())
        .extracting(stored -> stored.alert().name())
        .containsExactly("Untold");
  }

  @Test
  void groups_showLabelsReceiverAndWhatSuppresses() {
    var rig = new NotifierRig(INHIBIT);
    fire(rig, "S", "1", "x");
    fire(rig, "T", "2", "x");
    String id = rig.silence("alertname=\"S\"", Duration.ofHours(1));
    AlertOverview.Group group = rig.dispatcher.groups(_ -> true).getFirst();
    assertThat(group.receiver()).isEqualTo("a");
    assertThat(group.key()).isEqualTo("{}:{}");
    assertThat(group.alerts())
        .allSatisfy(alert -> assertThat(alert.isSuppressed()).isTrue())
        .extracting(AlertOverview.Status::silencedBy)
        .containsExactlyInAnyOrder(List.of(id), List.of());
    assertThat(rig.dispatcher.alerts("nobody"::equals)).isEmpty();
    assertThat(rig.registry.get("alertmanager_alerts").tag("state", "suppressed").gauge().value())
        .isEqualTo(2);
    assertThat(rig.registry.get("alertmanager_alerts").tag("state", "active").gauge().value())
        .isZero();
    assertThat(rig.registry.get("alertmanager_silences").tag("state", "active").gauge().value())
        .isEqualTo(1);
  }

  @Test
  void group_oldAlertsOfOnePost_areSentTogether() {
    var rig = new NotifierRig(BASE);
    var begin = rig.time.instant().minusSeconds(300);
    rig.dispatcher.accept(
        List.of(
            new Alert(Labels.of("alertname", "A"), Labels.empty(), begin, null, ""),
            new Alert(Labels.of("alertname", "B"), Labels.empty(), begin, null, "")));
    rig.advance(1);
    assertThat(rig.drain()).containsExactly("0.0 a firing A,B");
  }

  @Test
  void notification_carriesKeyCommonLabelsAndOrder() {
    var rig = new NotifierRig(BASE);
    for (String instance : List.of("i2", "i1")) {
      rig.post(
          "A",
          Labels.of("job", "j", "instance", instance),
          null,
          rig.time.instant().plusSeconds(60));
    }
    rig.advance(11);
    var notification = rig.messages.getFirst().notification();
    assertThat(notification.groupKey()).isEqualTo("{}:{job=\"j\"}");
    assertThat(notification.commonLabels()).isEqualTo(Labels.of("alertname", "A", "job", "j"));
    assertThat(notification.externalUrl()).isEqualTo("http://pharos.example");
    assertThat(notification.first()).isTrue();
    assertThat(notification.alerts())
        .extracting(a -> a.labels().get("instance"))
        .containsExactly("i1", "i2");
    var cut = notification.truncate(1);
    assertThat(cut.truncated()).isEqualTo(1);
    assertThat(cut.commonLabels().get("instance")).isEqualTo("i1");
    assertThat(notification.truncate(0)).isSameAs(notification);
  }
}
