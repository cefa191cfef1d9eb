package io.pharos.state.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.Fuzzing;
import io.pharos.Nightly;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.bytes.BrokenFrames;
import io.pharos.bytes.Frames;
import io.pharos.bytes.NumberedFile;
import io.pharos.schedule.LoopRegistry;
import io.pharos.state.NotifierStoreContract;
import io.pharos.trouble.DamagedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The notifier's log, snapshots and ledger with damage: Pharos always starts, reports the damage,
/// and accepts new changes.
@Tag("slow")
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LogFuzzTest {
  /// Each start forces files to the disk several times.
  private static final int STARTS = Nightly.rounds(30, 1_000);

  private static final int ROUNDS = Nightly.rounds(1_000, 50_000);
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");
  private static final long SMALL = 1 << 11;
  private static final LedgerEntry.Query ALL = new LedgerEntry.Query("", "", "", 100);
  private static final Logger LOG = Logger.getLogger("io.pharos.state");

  @TempDir Path folder;

  /* Hundreds of damaged files would fill the test log. */
  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  private static DamagedData damages() {
    return new DamagedData(InstantSource.fixed(T0), new SimpleMeterRegistry());
  }

  private static LoopRegistry loops() {
    return new LoopRegistry(InstantSource.system(), System::nanoTime, new SimpleMeterRegistry());
  }

  private static TrackedAlert alert(String name) {
    return NotifierStoreContract.alert(name, T0.plusSeconds(60));
  }

  /// Files by their name below the folder, containing every kind of record.
  private Map<String, byte[]> written() throws IOException {
    Path made = Files.createDirectory(folder.resolve("made"));
    try (var log = NotifierLog.open(made, SMALL, damages(), loops())) {
      for (int i = 0; i < 12; i++) {
        log.alerts().save(List.of(alert("A" + i), alert("B" + i))).join();
        var key = new NotificationLogEntry.Key("g-" + i, new Integration.Id("r", "webhook", 0));
        Delivery delivery = NotifierStoreContract.delivery("d" + i, key, 2);
        log.outbox().apply(List.of(new OutboxChange.Decided(delivery)));
        log.outbox().apply(List.of(new OutboxChange.AttemptFailed("d" + i, 1, T0, "refused")));
        if (i % 2 == 0) {
          log.outbox()
              .apply(
                  List.of(
                      new OutboxChange.Finished("d" + i, Delivery.Status.SENT, 2, T0, "200 OK")));
        }
      }
      log.alerts()
          .checkpoint(
              T0,
              List.of(alert("A1")),
              List.of(alert("A2").fingerprint()),
              List.of(alert("A3").fingerprint()));
    }
    var files = new TreeMap<String, byte[]>();
    try (Stream<Path> all = Files.walk(made)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(made.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  @Test
  void brokenLog_starts_andAcceptsNewChanges() throws IOException {
    Map<String, byte[]> whole = written();
    assertThat(whole.keySet())
        .anyMatch(name -> name.endsWith(".log"))
        .anyMatch(name -> name.endsWith(".snapshot"))
        .anyMatch(name -> name.startsWith("ledger/"));
    List<String> names = List.copyOf(whole.keySet());
    var random = Fuzzing.random(21);
    var round = new int[1];
    Fuzzing.fuzz(
        STARTS,
        () -> {
          var files = new TreeMap<>(whole);
          String name = names.get(random.nextInt(names.size()));
          files.put(name, BrokenFrames.next(random, whole.get(name), LogFormat.LOG.header()));
          return files;
        },
        files -> changed(whole, files),
        files -> start(folder.resolve("run" + round[0]++), files));
  }

  @Test
  void brokenFile_isReadAsFarAsItIsGood() throws IOException {
    Map<String, byte[]> whole = written();
    List<String> names = List.copyOf(whole.keySet());
    var random = Fuzzing.random(24);
    Path file = folder.resolve("file");
    Fuzzing.fuzz(
        ROUNDS,
        () -> {
          byte[] bytes = whole.get(names.get(random.nextInt(names.size())));
          return BrokenFrames.next(random, bytes, LogFormat.LOG.header());
        },
        HexFormat.of()::formatHex,
        bytes -> {
          Files.write(file, bytes);
          ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(bytes, LogFormat.LOG.header()));
          var kind = new Frames.Kind(header.getLong(), Long.BYTES, true);
          var records = new LogRecordReader(new LogState());
          assertThat(Frames.read(new NumberedFile(header.getLong(), file), kind, records))
              .isNotNull();
        });
  }

  private static String changed(Map<String, byte[]> whole, Map<String, byte[]> files) {
    return files.entrySet().stream()
        .filter(file -> file.getValue() != whole.get(file.getKey()))
        .map(file -> file.getKey() + " " + HexFormat.of().formatHex(file.getValue()))
        .findFirst()
        .orElse("none");
  }

  private static void start(Path run, Map<String, byte[]> files) throws IOException {
    for (var file : files.entrySet()) {
      Path to = run.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue());
    }
    try (var log = NotifierLog.open(run, SMALL, damages(), loops())) {
      var key = new NotificationLogEntry.Key("g-next", new Integration.Id("r", "webhook", 0));
      log.alerts().load();
      log.silences().load();
      log.outbox().pending();
      log.outbox().log();
      log.outbox().ledger(ALL);
      log.alerts().save(List.of(alert("Next"))).join();
      log.outbox()
          .apply(
              List.of(
                  new OutboxChange.Decided(NotifierStoreContract.delivery("next", key, 1)),
                  new OutboxChange.Finished("next", Delivery.Status.SENT, 1, T0, "200 OK")));
    }
    try (var log = NotifierLog.open(run, SMALL, damages(), loops())) {
      assertThat(log.alerts().load().alerts())
          .anyMatch(stored -> stored.alert().name().equals("Next"));
      assertThat(log.outbox().ledger(ALL))
          .anyMatch(entry -> entry.key().groupKey().equals("g-next"));
    }
    try (Stream<Path> all = Files.walk(run)) {
      all.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
    }
  }
}
