package io.pharos.alerting.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BatchingJournalTest {
  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");

  private final LoopRegistry loops =
      new LoopRegistry(InstantSource.system(), System::nanoTime, new SimpleMeterRegistry());
  private final InMemoryOutboxStore store = new InMemoryOutboxStore();

  private static OutboxChange fact(int number) {
    return new OutboxChange.AttemptFailed("d", number, NOW, "busy");
  }

  private static OutboxChange decision() {
    var key = new NotificationLogEntry.Key("g", new Integration.Id("r", "webhook", 0));
    var notification =
        new Notification(
            "d",
            "r",
            "webhook",
            0,
            "g",
            NotifiedAlert.Status.RESOLVED,
            Labels.empty(),
            Labels.empty(),
            Labels.empty(),
            "",
            List.of(),
            Notification.Reason.REPEAT,
            NOW,
            0,
            false,
            false);
    return new OutboxChange.Decided(
        new Delivery(
            key,
            notification,
            FingerprintSet.of(List.of(new Fingerprint(1))),
            FingerprintSet.empty(),
            Duration.ofHours(1),
            NOW));
  }

  @Test
  void append_manyAtOnce_areStoredInOrder() throws Exception {
    try (var journal = new BatchingJournal(store, loops)) {
      CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
      for (int i = 1; i <= 500; i++) {
        last = journal.append(List.of(fact(i)));
      }
      last.get(10, TimeUnit.SECONDS);
    }
    assertThat(store.history())
        .hasSize(500)
        .last()
        .isEqualTo(new OutboxChange.AttemptFailed("d", 500, NOW, "busy"));
  }

  @Test
  void append_whileTheStoreFails_voidsDecisionsAndKeepsFacts() throws Exception {
    try (var journal = new BatchingJournal(store, loops)) {
      store.failing(true);
      journal.append(List.of(fact(1))).get(10, TimeUnit.SECONDS);
      var decided = journal.append(List.of(fact(2), decision()));
      assertThatThrownBy(() -> decided.get(10, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("the database is away");
      store.failing(false);
      journal.append(List.of(fact(3))).get(10, TimeUnit.SECONDS);
    }
    assertThat(store.history()).containsExactly(fact(1), fact(2), fact(3));
  }

  @Test
  void append_afterClose_isRefused() {
    var journal = new BatchingJournal(store, loops);
    journal.close();
    assertThatThrownBy(() -> journal.append(List.of(fact(1))).get())
        .hasCauseInstanceOf(RejectedExecutionException.class);
  }
}
