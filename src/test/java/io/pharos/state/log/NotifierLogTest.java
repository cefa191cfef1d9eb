package io.pharos.state.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore.StoredAlert;
import io.pharos.alerting.notify.Delivery;
import io.pharos.alerting.notify.IntegrationId;
import io.pharos.alerting.notify.LedgerEntry;
import io.pharos.alerting.notify.LedgerQuery;
import io.pharos.alerting.notify.LogKey;
import io.pharos.alerting.notify.OutboxChange;
import io.pharos.model.Labels;
import io.pharos.schedule.Loops;
import io.pharos.state.NotifierStoreContract;
import io.pharos.trouble.Damages;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The notifier's log: what is on the disk, torn, damaged, and cut short by snapshots.
class NotifierLogTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Damages damages = new Damages(InstantSource.fixed(T0), registry);
  private final Loops loops = new Loops(InstantSource.system(), System::nanoTime, registry);
  private NotifierLog log;

  @BeforeEach
  void open() {
    log = NotifierLog.open(folder, damages, loops);
  }

  @AfterEach
  void close() {
    log.close();
  }

  private void reopen() {
    log.close();
    log = NotifierLog.open(folder, damages, loops);
  }

  private static TrackedAlert alert(String name) {
    return NotifierStoreContract.alert(name, T0.plusSeconds(60));
  }

  private static Delivery delivery(String id) {
    var key = new LogKey("g-" + id, new IntegrationId("r", "webhook", 0));
    return NotifierStoreContract.delivery(id, key, 2);
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> path.toString().endsWith(suffix))
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }

  private List<String> names() {
    return log.alerts().load().alerts().stream()
        .map(StoredAlert::alert)
        .map(TrackedAlert::name)
        .sorted()
        .toList();
  }

  private void save(String... names) {
    for (String name : names) {
      log.alerts().save(List.of(alert(name))).join();
    }
  }

  @Test
  void lastWrite_tornAnywhere_isPassedOver_andWhatWasBeforeIsThere() throws Exception {
    save("A");
    Path segment = files(".log").getLast();
    long before = Files.size(segment);
    save("B");
    log.close();
    byte[] whole = Files.readAllBytes(segment);
    for (long end = before; end < whole.length; end += 7) {
      Files.write(segment, Arrays.copyOf(whole, (int) end));
      log = NotifierLog.open(folder, damages, loops);
      assertThat(names()).containsExactly("A");
      log.close();
      for (Path later : files(".log")) {
        if (!later.equals(segment)) {
          Files.delete(later);
        }
      }
    }
    assertThat(files(".corrupt")).isEmpty();
    log = NotifierLog.open(folder, damages, loops);
  }

  @Test
  void zerosAtTheEnd_areATornWrite() throws Exception {
    save("A");
    log.close();
    Path segment = files(".log").getLast();
    try (var file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.setLength(file.length() + 4096);
    }
    log = NotifierLog.open(folder, damages, loops);
    assertThat(names()).containsExactly("A");
    assertThat(files(".corrupt")).isEmpty();
  }

  @Test
  void damageInTheMiddle_keepsACopy_andLosesOnlyWhatIsDamaged() throws Exception {
    save("A");
    Path segment = files(".log").getLast();
    long at = Files.size(segment) + LogFormat.FRAME_HEADER + 5;
    save("B", "C");
    reopen();
    save("D");
    log.close();
    try (var file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(~old);
    }
    log = NotifierLog.open(folder, damages, loops);
    assertThat(names()).containsExactly("A", "C", "D");
    assertThat(damages.found())
        .singleElement()
        .satisfies(
            it ->
                assertThat(it.what())
                    .contains("damaged at byte", "what stands behind them was read"));
    assertThat(registry.get("pharos_store_damages").tag("part", "notifier_log").counter().count())
        .isOne();
    assertThat(files(".corrupt")).hasSize(1);
  }

  @Test
  void fileOfSomethingElse_isDamage() throws Exception {
    log.close();
    Files.writeString(folder.resolve("00000000.log"), "not a log at all, but long enough");
    log = NotifierLog.open(folder, damages, loops);
    assertThat(files(".corrupt")).hasSize(1);
    assertThat(names()).isEmpty();
  }

  @Test
  void snapshots_supersedeSegments_andNothingIsLost() throws Exception {
    log.close();
    log = NotifierLog.open(folder, 20_000, damages, loops);
    for (int round = 0; round < 40; round++) {
      var saves = new ArrayList<CompletableFuture<Void>>();
      for (int i = 0; i < 20; i++) {
        saves.add(log.alerts().save(List.of(alert("A" + i), alert("R" + round))));
      }
      saves.forEach(CompletableFuture::join);
      log.outbox()
          .apply(
              List.of(
                  new OutboxChange.Decided(delivery("d" + round)),
                  new OutboxChange.AttemptFailed("d" + round, 1, T0, "503")));
    }
    log.outbox().apply(List.of(new OutboxChange.Finished("d0", Delivery.Status.SENT, 2, T0, "ok")));
    log.alerts().checkpoint(T0, List.of(alert("A0").withEndsAt(T0)), List.of(), List.of());
    List<StoredAlert> alerts = sorted(log.alerts().load().alerts());
    List<Delivery> pending = log.outbox().pending();
    List<LedgerEntry> ledger = log.outbox().ledger(new LedgerQuery("", "", "", 100));
    reopen();
    assertThat(sorted(log.alerts().load().alerts())).isEqualTo(alerts).hasSize(60);
    assertThat(log.outbox().pending()).containsExactlyInAnyOrderElementsOf(pending).hasSize(39);
    assertThat(log.outbox().ledger(new LedgerQuery("", "", "", 100))).isEqualTo(ledger);
    assertThat(files(".snapshot")).hasSize(1);
    assertThat(files(".log").size()).isLessThan(10);
  }

  private static List<StoredAlert> sorted(List<StoredAlert> alerts) {
    return alerts.stream()
        .sorted(Comparator.comparing(stored -> stored.alert().fingerprint()))
        .toList();
  }

  @Test
  void messageOfStoredAlerts_isSmall_andReadBackWhole_evenIfTheAlertWentOn() {
    TrackedAlert alert = alert("A");
    log.alerts().save(List.of(alert)).join();
    Delivery delivery = NotifierStoreContract.deliveryOf("d1", alert);
    log.outbox().apply(List.of(new OutboxChange.Decided(delivery)));
    TrackedAlert other =
        new TrackedAlert(
            alert.labels(),
            alert.fingerprint(),
            Labels.of("summary", "other"),
            alert.startsAt(),
            alert.endsAt(),
            alert.updatedAt(),
            false,
            "");
    log.alerts().save(List.of(other)).join();
    log.alerts().checkpoint(T0, List.of(), List.of(), List.of(alert.fingerprint()));
    reopen();
    assertThat(log.outbox().pending()).containsExactly(delivery);
  }

  @Test
  void ledger_entriesThatAKillKeptFromIt_areAddedOnce() throws Exception {
    log.outbox()
        .apply(
            List.of(
                new OutboxChange.Decided(delivery("d1")),
                new OutboxChange.Finished("d1", Delivery.Status.SENT, 1, T0, "ok")));
    log.close();
    try (Stream<Path> ledger = Files.list(folder.resolve("ledger"))) {
      for (Path file : ledger.toList()) {
        Files.delete(file);
      }
    }
    for (int i = 0; i < 2; i++) {
      log = NotifierLog.open(folder, damages, loops);
      assertThat(log.outbox().ledger(new LedgerQuery("", "", "", 9)))
          .extracting(LedgerEntry::deliveryId)
          .containsExactly("d1");
      log.close();
    }
    log = NotifierLog.open(folder, damages, loops);
  }

  @Test
  void ledger_manyFiles_newestFirst_andOldFilesGo() throws Exception {
    Path ledgerFolder = folder.resolve("small");
    try (LedgerFiles ledger = LedgerFiles.open(ledgerFolder, 500, damages)) {
      var state = new LogState();
      for (int i = 0; i < 50; i++) {
        state.decide(delivery("d" + i));
        var finished = new ArrayList<LogState.Numbered>();
        state.finish(
            new OutboxChange.Finished("d" + i, Delivery.Status.SENT, 1, T0.plusSeconds(i), "ok"),
            finished);
        ledger.append(finished, state.nextNumber);
      }
      assertThat(ledger.query(new LedgerQuery("", "", "", 3), Stream.of()))
          .extracting(LedgerEntry::deliveryId)
          .containsExactly("d49", "d48", "d47");
      assertThat(ledger.query(new LedgerQuery("", "", "g-d3", 3), Stream.of())).hasSize(1);
      ledger.forgetFinishedBefore(T0.plusSeconds(40));
      assertThat(ledger.query(new LedgerQuery("", "", "", 100), Stream.of())).hasSize(10);
      try (Stream<Path> files = Files.list(ledgerFolder)) {
        assertThat(files.count()).isLessThan(20);
      }
    }
  }

  @Test
  void closed_refusesChanges() {
    log.close();
    assertThatThrownBy(() -> log.outbox().apply(List.of(new OutboxChange.Forgotten(List.of()))))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("the store is closed");
  }
}
