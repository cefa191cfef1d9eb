package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Inhibition that continues after its source has ended.
class OutlastingTest {
  private static final String CONFIG =
      """
      route:
        receiver: a
        group_by: [alertname]
        group_wait: 5s
        group_interval: 30s
        repeat_interval: 4h
      receivers:
        - {name: a, webhook_configs: [{url: 'http://a'}]}
      """;
  private static final String PHAROS =
      """
      inhibit_rules:
        - source_matchers: [alertname="Errors"]
          target_matchers: [alertname="Budget"]
          outlasts: 35m
      """;

  @TempDir Path folder;
  private AlertmanagerConfig config;
  private NotifierRig rig;

  @BeforeEach
  void start() throws Exception {
    config = NotifierRig.config(folder, CONFIG, PHAROS);
    rig = new NotifierRig(config);
  }

  /// Posts an alert that fires for hours.
  private void fire(String name) {
    Instant now = rig.time.instant();
    rig.post(name, Labels.empty(), now, now.plus(Duration.ofHours(10)));
  }

  private void errorsComeAndGo() {
    fire("Errors");
    rig.advance(300);
    rig.resolve("Errors");
    rig.advance(60);
    assertThat(rig.drain()).containsExactly("5.0 a firing Errors", "305.0 a resolved -Errors");
  }

  @Test
  void targetThatBeginsAfterItsSourceEnded_isMuted_andShowsWhy() {
    errorsComeAndGo();
    fire("Budget");
    rig.advance(1700);
    assertThat(rig.drain()).isEmpty();
    assertThat(rig.dispatcher.alerts(_ -> true))
        .singleElement()
        .satisfies(
            state ->
                assertThat(state.inhibitedBy())
                    .containsExactly(Fingerprint.of(Labels.of("alertname", "Errors"))));
    rig.resolve("Budget");
    rig.advance(3600);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void targetThatStillFiresAfterTheTime_isSentThen() {
    fire("Errors");
    rig.advance(290);
    fire("Budget");
    rig.advance(10);
    rig.resolve("Errors");
    rig.advance(3000);
    assertThat(rig.drain())
        .containsExactly(
            "5.0 a firing Errors", "305.0 a resolved -Errors", "2425.0 a firing Budget");
  }

  @Test
  void endedSource_isKeptWhileItMutes_overGarbageCollectionAndRestart() {
    errorsComeAndGo();
    rig.advance(600);
    rig.dispatcher.collectGarbage();
    rig.killAndStart(config, Duration.ofSeconds(30));
    fire("Budget");
    rig.advance(600);
    rig.dispatcher.collectGarbage();
    assertThat(rig.drain()).isEmpty();
    rig.advance(3600);
    assertThat(rig.drain()).hasSize(1).allMatch(message -> message.contains("firing Budget"));
    rig.dispatcher.collectGarbage();
    rig.advance(10);
    assertThat(rig.alertStore.load().alerts())
        .extracting(stored -> stored.alert().name())
        .containsExactly("Budget");
  }

  @Test
  void reload_withAnOutlastingRule_knowsWhatEndedBefore() {
    var plain = new NotifierRig(CONFIG);
    rig = plain;
    errorsComeAndGo();
    plain.dispatcher.reload(config, pipeline(plain));
    plain.time.settle();
    fire("Budget");
    plain.advance(600);
    assertThat(plain.drain()).isEmpty();
  }

  @Test
  void endedSource_thatAnotherReplicaStored_mutesHereToo() {
    errorsComeAndGo();
    var other = new NotifierRig(CONFIG);
    other.advance(360);
    var here =
        new Dispatcher(
            config,
            pipeline(other),
            other.outbox,
            new StoreOf(rig.alertStore.load()),
            other.silences,
            other.clock,
            other.time,
            other.time,
            new SimpleMeterRegistry(),
            ShardOwnership.ALL,
            MemoryBounds.unbounded());
    here.start();
    here.exchange();
    assertThat(here.config().inhibitRules()).hasSize(1);
    Instant now = other.time.instant();
    here.accept(
        List.of(
            new io.pharos.alerting.alert.Alert(
                Labels.of("alertname", "Budget"),
                Labels.empty(),
                now,
                now.plusSeconds(36_000),
                "")));
    other.advance(600);
    assertThat(other.drain()).isEmpty();
    other.advance(1800);
    assertThat(other.drain()).hasSize(1);
  }

  private Pipeline pipeline(NotifierRig of) {
    return new Pipeline(
        config,
        (receiver, _) ->
            (notification, _) -> {
              of.messages.add(new NotifierRig.Message(of.time.seconds(), receiver, notification));
              return new NotifyResult.Sent("ok");
            },
        of.silences,
        of.outbox,
        Escalations.NONE,
        "http://pharos.example/",
        new SimpleMeterRegistry());
  }

  /// A store in which another replica has stored alerts after this one's start.
  private record StoreOf(Stored left) implements AlertStore {
    @Override
    public CompletableFuture<Void> save(Collection<TrackedAlert> alerts) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void checkpoint(
        Instant now,
        Collection<TrackedAlert> renewed,
        Collection<Fingerprint> settled,
        Collection<Fingerprint> forgotten) {}

    @Override
    public Stored load() {
      return new Stored(List.of(), Instant.EPOCH);
    }

    @Override
    public Changes changesSince(long version) {
      return new Changes(1, left.alerts().stream().map(StoredAlert::alert).toList());
    }
  }
}
