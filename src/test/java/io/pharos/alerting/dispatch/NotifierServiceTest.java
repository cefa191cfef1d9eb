package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.ConfigException;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.schedule.ThreadJobs;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The notifier with real threads and a real database.
class NotifierServiceTest {
  private static final String CONFIG =
      """
      route: {receiver: a, group_by: [alertname], group_wait: 0s, group_interval: 1s}
      receivers: [{name: a, webhook_configs: [{url: 'http://a'}]}]
      """;

  @TempDir Path folder;
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final BlockingQueue<NotifyResult> answers = new LinkedBlockingQueue<>();
  private SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private ThreadJobs jobs;
  private Path file;
  private Store store;
  private NotifierService notifications;

  @BeforeEach
  void start() throws Exception {
    file = Files.writeString(folder.resolve("alertmanager.yml"), CONFIG);
    open();
  }

  private void open() {
    registry = new SimpleMeterRegistry();
    jobs = new ThreadJobs();
    store = Store.open(new StoreConfig.Embedded(folder));
    notifications =
        new NotifierService(
            file,
            MessageSettings.ALERTMANAGER,
            "http://pharos",
            store.notifier(),
            _ ->
                (_, _) ->
                    (notification, _) -> {
                      NotifyResult answer = answers.poll();
                      messages.add(NotifierRig.Message.names(notification));
                      return answer == null ? new NotifyResult.Sent("ok") : answer;
                    },
            _ -> Escalations.NONE,
            InstantSource.system(),
            registry,
            jobs,
            new LoopRegistry(InstantSource.system(), System::nanoTime, registry),
            MemoryBounds.unbounded(),
            EpisodeKeeper.NONE);
    notifications.start();
  }

  @AfterEach
  void stop() {
    notifications.close();
    jobs.close();
    store.close();
  }

  private void fire(String name) {
    Instant now = InstantSource.system().instant();
    notifications
        .dispatcher()
        .accept(
            List.of(
                new Alert(
                    Labels.of("alertname", name), Labels.empty(), now, now.plusSeconds(600), "")));
  }

  private String message() throws InterruptedException {
    return messages.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void alert_isDeliveredRetriedAndInTheLedger() throws Exception {
    answers.add(new NotifyResult.Retryable("503", Optional.empty()));
    fire("A");
    assertThat(message()).isEqualTo("firing A");
    assertThat(message()).isEqualTo("firing A");
    notifications.close();
    assertThat(store.notifier().outbox().ledger(new LedgerEntry.Query("", "sent", "", 10)))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.attempts()).isEqualTo(2);
              assertThat(entry.failures()).hasSize(1);
              assertThat(entry.answer()).isEqualTo("ok");
            });
  }

  @Test
  void restart_undeliveredIsResumed_deliveredIsNotRepeated() throws Exception {
    fire("A");
    assertThat(message()).isEqualTo("firing A");
    answers.add(new NotifyResult.Retryable("503", Optional.of(java.time.Duration.ofSeconds(9))));
    fire("B");
    assertThat(message()).isEqualTo("firing B");
    stop();
    open();
    assertThat(message()).isEqualTo("firing B");
    assertThat(messages.poll(1500, TimeUnit.MILLISECONDS)).isNull();
    assertThat(notifications.dispatcher().alerts(_ -> true)).hasSize(2);
  }

  @Test
  void reload_badFile_isRefusedWhole_andTheOldOneStays() throws Exception {
    double hash = registry.get("alertmanager_config_hash").gauge().value();
    Files.writeString(file, "route: {receiver: zz}\nreceivers: [{name: a}]");
    assertThatThrownBy(notifications::reload)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("undefined receiver \"zz\"");
    assertThat(registry.get("alertmanager_config_last_reload_successful").gauge().value()).isZero();
    assertThat(registry.get("alertmanager_config_hash").gauge().value()).isEqualTo(hash);
    fire("A");
    assertThat(message()).isEqualTo("firing A");
    Files.writeString(
        file, CONFIG.replace("receiver: a,", "receiver: b,").replace("name: a", "name: b"));
    notifications.reload();
    assertThat(notifications.dispatcher().config().route().receiver()).isEqualTo("b");
    assertThat(registry.get("alertmanager_config_last_reload_successful").gauge().value())
        .isEqualTo(1);
    assertThat(registry.get("alertmanager_config_hash").gauge().value()).isNotEqualTo(hash);
    assertThat(
            registry
                .get("alertmanager_config_last_reload_success_timestamp_seconds")
                .gauge()
                .value())
        .isPositive();
    assertThat(message()).isEqualTo("firing A");
    assertThat(notifications.silences().list()).isEmpty();
    assertThat(notifications.outbox().pending()).isLessThanOrEqualTo(1);
  }

  @Test
  void storm_manyGroups_areEachSentOnce() throws Exception {
    for (int i = 0; i < 300; i++) {
      fire("A" + i);
    }
    for (int i = 0; i < 300; i++) {
      assertThat(message()).startsWith("firing A");
    }
    assertThat(messages.poll(1500, TimeUnit.MILLISECONDS)).isNull();
  }
}
