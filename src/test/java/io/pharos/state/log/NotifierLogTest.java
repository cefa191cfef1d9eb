package io.pharos.state.log;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore.StoredAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.simulation.disk.SimulatedDisk;
import io.pharos.simulation.disk.SimulatedDisk.End;
import io.pharos.state.NotifierStoreContract;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The notifier's log on the disk: torn, damaged, and truncated by snapshots.
class NotifierLogTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  private static final int FRAME_HEADER = 12;
  private static final Path EARLIER = Path.of("src/test/resources/state/log");

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DamagedData damages = new DamagedData(InstantSource.fixed(T0), registry);
  private final LoopRegistry loops =
      new LoopRegistry(InstantSource.system(), System::nanoTime, registry);
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
    var key = new NotificationLogEntry.Key("g-" + id, new Integration.Id("r", "webhook", 0));
    return NotifierStoreContract.delivery(id, key, 2);
  }

  @Test
  void reserve_ofAFreshFolder_isThereBeforeAnythingIsWritten() {
    assertThat(folder.resolve("reserve")).content(StandardCharsets.ISO_8859_1).hasSize(4 << 20);
    assertThat(folder.resolve("reserve.tmp")).doesNotExist();
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> path.toString().endsWith(suffix))
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }

  private List<String> names() {
    return names(log);
  }

  private static List<String> names(NotifierLog log) {
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

  /// The process may be killed between a write and its sync.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void writeThatWasReadAtTheNextStart_survivesAPowerLoss(int killedAt) {
    for (long seed = 0; seed < 20; seed++) {
      var disk = new SimulatedDisk(seed);
      try (var first = NotifierLog.open(disk.mount(), damages, loops)) {
        first.alerts().save(List.of(alert("A"))).join();
        disk.crashAt(killedAt, End.KILL);
        CompletableFuture<Void> saved = first.alerts().save(List.of(alert("B")));
        saved.exceptionally(_ -> null).join();
        disk.crash(End.KILL);
      }
      List<String> read;
      try (var second = NotifierLog.open(disk.mount(), damages, loops)) {
        read = names(second);
        disk.crash(End.POWER_LOSS);
      }
      try (var third = NotifierLog.open(disk.mount(), damages, loops)) {
        assertThat(names(third)).contains("A").isEqualTo(read);
      }
    }
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
    long at = Files.size(segment) + FRAME_HEADER + 5;
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
                assertThat(it.description())
                    .contains("damaged at byte", "everything after them was read"));
    assertThat(registry.get("pharos_store_damages").tag("part", "notifier_log").counter().count())
        .isOne();
    assertThat(files(".corrupt")).hasSize(1);
  }

  /// The reserve had become the next segment, and a kill came before its header was written.
  @Test
  void fileOfZeros_isATornWrite() throws Exception {
    save("A");
    log.close();
    Files.write(folder.resolve("00000007.log"), new byte[4096]);
    log = NotifierLog.open(folder, damages, loops);
    assertThat(names()).containsExactly("A");
    assertThat(damages.found()).isEmpty();
    assertThat(files(".corrupt")).isEmpty();
  }

  private static Silence silence(String id) {
    return new Silence(
        id,
        List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "job", "x|y", false)),
        T0,
        T0.plusSeconds(3600),
        T0,
        "ann",
        "planned",
        Map.of("ticket", "T-1"));
  }

  private static NotificationLogEntry.Key key() {
    return new NotificationLogEntry.Key("g", new Integration.Id("r", "webhook", 0));
  }

  private static NotificationLogEntry told() {
    return new NotificationLogEntry(
        key(),
        FingerprintSet.of(List.of(alert("A").fingerprint())),
        FingerprintSet.empty(),
        T0,
        T0.plusSeconds(9));
  }

  /// The contents of the files in [#EARLIER].
  private void fill() {
    log.alerts().save(List.of(alert("A"), alert("B"), alert("C"))).join();
    log.silences().save(List.of(silence("s1"), silence("s2")));
    log.outbox()
        .apply(
            List.of(
                new OutboxChange.Decided(NotifierStoreContract.delivery("d1", key(), 2)),
                new OutboxChange.Decided(NotifierStoreContract.deliveryOf("d2", alert("A"))),
                new OutboxChange.AttemptFailed("d2", 1, T0, "503")));
    log.outbox()
        .apply(
            List.of(
                new OutboxChange.Finished(
                    "d1", Delivery.Status.SENT, 1, T0.plusSeconds(5), "200 OK"),
                new OutboxChange.Logged(told())));
    log.silences().delete(List.of("s2"));
    log.alerts()
        .checkpoint(
            T0.plusSeconds(9),
            List.of(alert("A").withEndsAt(T0.plusSeconds(99))),
            List.of(alert("B").fingerprint()),
            List.of(alert("C").fingerprint()));
  }

  /// Opens a copy of files written by a build from before frames were a separate class.
  private void openEarlier(String... files) throws IOException {
    log.close();
    folder = folder.resolve("earlier");
    for (String file : files) {
      Path copy = folder.resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(EARLIER.resolve(file), copy);
    }
    log = NotifierLog.open(folder, damages, loops);
    assertThat(damages.found()).isEmpty();
    assertThat(log.alerts().load().alerts())
        .contains(
            new StoredAlert(alert("A").withEndsAt(T0.plusSeconds(99)), false),
            new StoredAlert(alert("B"), true));
    assertThat(log.alerts().load().aliveAt()).isEqualTo(T0.plusSeconds(9));
    assertThat(log.silences().load()).containsExactly(silence("s1"));
    assertThat(log.outbox().log()).containsExactly(told());
    assertThat(log.outbox().pending())
        .containsExactly(NotifierStoreContract.deliveryOf("d2", alert("A")));
    assertThat(log.outbox().ledger(new LedgerEntry.Query("", "", "", 9)))
        .extracting(LedgerEntry::deliveryId, LedgerEntry::status, LedgerEntry::answer)
        .containsExactly(
            tuple("d2", Delivery.Status.PENDING, ""), tuple("d1", Delivery.Status.SENT, "200 OK"));
  }

  @Test
  void segmentOfAnEarlierBuild_isReadAsItWas_andWrittenTheSame() throws Exception {
    fill();
    log.close();
    assertThat(folder.resolve("00000001.log"))
        .hasSameBinaryContentAs(EARLIER.resolve("00000001.log"));
    assertThat(folder.resolve("ledger/00000003.ledger"))
        .hasSameBinaryContentAs(EARLIER.resolve("ledger/00000003.ledger"));
    openEarlier("00000001.log", "ledger/00000003.ledger");
    assertThat(names()).containsExactly("A", "B");
  }

  @Test
  void snapshotOfAnEarlierBuild_isReadAsItWas() throws Exception {
    openEarlier("00000003.snapshot", "00000004.log", "ledger/00000003.ledger");
    assertThat(names()).containsExactly("A", "B", "D", "E");
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
    List<LedgerEntry> ledger = log.outbox().ledger(new LedgerEntry.Query("", "", "", 100));
    reopen();
    assertThat(sorted(log.alerts().load().alerts())).isEqualTo(alerts).hasSize(60);
    assertThat(log.outbox().pending()).containsExactlyInAnyOrderElementsOf(pending).hasSize(39);
    assertThat(log.outbox().ledger(new LedgerEntry.Query("", "", "", 100))).isEqualTo(ledger);
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
      assertThat(log.outbox().ledger(new LedgerEntry.Query("", "", "", 9)))
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
      assertThat(ledger.query(new LedgerEntry.Query("", "", "", 3), Stream.of()))
          .extracting(LedgerEntry::deliveryId)
          .containsExactly("d49", "d48", "d47");
      assertThat(ledger.query(new LedgerEntry.Query("", "", "g-d3", 3), Stream.of())).hasSize(1);
      ledger.forgetFinishedBefore(T0.plusSeconds(40));
      assertThat(ledger.query(new LedgerEntry.Query("", "", "", 100), Stream.of())).hasSize(10);
      try (Stream<Path> files = Files.list(ledgerFolder)) {
        assertThat(files.count()).isLessThan(20);
      }
    }
  }

  @Test
  void ledger_afterForce_survivesAPowerLoss() throws Exception {
    var entries = List.of(new LogState.Numbered(1, sent("d1", T0)));
    for (long seed = 0; seed < 20; seed++) {
      var disk = new SimulatedDisk(seed);
      try (var ledger = LedgerFiles.open(disk.mount(), 500, damages)) {
        ledger.append(entries, 1);
        ledger.force();
        disk.crash(End.POWER_LOSS);
      }
      assertThat(deliveries(disk)).containsExactly("d1");
    }
  }

  @Test
  void ledger_thatAKillKeptFromItsSync_survivesAPowerLossAfterTheNextStart() throws Exception {
    var entries = List.of(new LogState.Numbered(1, sent("d1", T0)));
    for (long seed = 0; seed < 20; seed++) {
      var disk = new SimulatedDisk(seed);
      try (var ledger = LedgerFiles.open(disk.mount(), 500, damages)) {
        ledger.append(entries, 1);
        disk.crash(End.KILL);
      }
      try (var ledger = LedgerFiles.open(disk.mount(), 500, damages)) {
        ledger.addMissing(entries, 2);
        disk.crash(End.POWER_LOSS);
      }
      assertThat(deliveries(disk)).containsExactly("d1");
    }
  }

  private List<String> deliveries(SimulatedDisk disk) throws IOException {
    try (var ledger = LedgerFiles.open(disk.mount(), 500, damages)) {
      return ledger.query(new LedgerEntry.Query("", "", "", 9), Stream.of()).stream()
          .map(LedgerEntry::deliveryId)
          .toList();
    }
  }

  /// A damaged file that a query reads is reported, which shows that older files are not read.
  @Test
  void ledgerOfGroups_filesWithOlderDecisions_areNotRead() throws Exception {
    Path ledgerFolder = folder.resolve("small");
    try (LedgerFiles ledger = LedgerFiles.open(ledgerFolder, 500, damages)) {
      for (int i = 0; i < 50; i++) {
        ledger.append(List.of(new LogState.Numbered(i, sent("d" + i, T0.plusSeconds(i)))), i);
      }
      Path oldest;
      try (Stream<Path> files = Files.list(ledgerFolder)) {
        oldest = files.sorted().findFirst().orElseThrow();
      }
      byte[] bytes = Files.readAllBytes(oldest);
      bytes[bytes.length / 2] ^= 1;
      Files.write(oldest, bytes);
      Instant since = T0.plusSeconds(30);
      assertThat(ledger.ofGroups(Map.of("even", since, "none", since), Stream.of()))
          .containsOnlyKeys("even")
          .extractingByKey("even", as(LIST))
          .hasSize(10);
      assertThat(
              ledger.query(
                  new LedgerEntry.Query("", "", "odd", Optional.of(since), 100), Stream.of()))
          .hasSize(10);
      assertThat(damages.found()).isEmpty();
      assertThat(ledger.ofGroups(Map.of("odd", T0), Stream.of()).get("odd"))
          .extracting(LedgerEntry::deliveryId)
          .startsWith("d49", "d47");
      assertThat(damages.found()).hasSize(1);
    }
  }

  private static LedgerEntry sent(String id, Instant decidedAt) {
    String group = Integer.parseInt(id.substring(1)) % 2 == 0 ? "even" : "odd";
    return new LedgerEntry(
        id,
        new NotificationLogEntry.Key(group, new Integration.Id("on-call", "slack", 0)),
        Labels.empty(),
        "firing",
        Notification.Reason.REPEAT,
        1,
        0,
        false,
        decidedAt,
        decidedAt,
        Delivery.Status.SENT,
        1,
        "ok",
        List.of());
  }

  @Test
  void closed_refusesChanges() {
    log.close();
    assertThatThrownBy(() -> log.outbox().apply(List.of(new OutboxChange.Forgotten(List.of()))))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("the store is closed");
  }
}
