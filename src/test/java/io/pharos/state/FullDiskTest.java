package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore.StoredAlert;
import io.pharos.gate.deployment.Deployment;
import io.pharos.oncall.window.StoredWindow;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.SmallDisk;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The embedded store on a disk that rejects writes, and later accepts them again.
class FullDiskTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  private static final int ROUNDS = Integer.getInteger("pharos.full.rounds", 5);

  @TempDir Path temporary;
  private final DamagedData damages =
      new DamagedData(InstantSource.fixed(T0), new SimpleMeterRegistry());
  private final LoopRegistry loops =
      new LoopRegistry(InstantSource.system(), System::nanoTime, new SimpleMeterRegistry());
  private SmallDisk disk;
  private Store store;

  @BeforeEach
  void open() throws Exception {
    disk = SmallDisk.mount(temporary.resolve("disk"), "12m");
    reopen();
  }

  @AfterEach
  void close() throws Exception {
    if (store != null) {
      store.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  private void reopen() {
    if (store != null) {
      store.close();
    }
    store = Store.open(new StoreConfig.Embedded(disk.folder()), Optional.empty(), damages, loops);
  }

  private static TrackedAlert alert(String name) {
    return NotifierStoreContract.alert(name, T0.plusSeconds(60));
  }

  private void save(String name) {
    store.notifier().alerts().save(List.of(alert(name))).join();
  }

  private List<String> names() {
    return store.notifier().alerts().load().alerts().stream()
        .map(StoredAlert::alert)
        .map(TrackedAlert::name)
        .sorted()
        .toList();
  }

  private void deploy(String key) {
    var _ =
        store.deployments().put(Deployment.begin(GateStoreContract.announcement(key, "v1"), T0));
  }

  @Test
  void notifierLog_onAFullDisk_goesOnInItsReserve() {
    save("A");
    disk.fill();
    for (int i = 0; i < 200; i++) {
      save("F" + i);
    }
    disk.free();
    save("Z");
    List<String> before = names();
    assertThat(before).hasSize(202);
    reopen();
    assertThat(names()).isEqualTo(before);
    assertThat(damages.found()).isEmpty();
  }

  @Test
  void notifierLog_whenItsReserveIsUsedUp_rejectsAndAcceptsAgain() {
    save("A");
    disk.fill();
    List<TrackedAlert> many =
        IntStream.range(0, 2000).mapToObj(i -> alert("many" + i + "x".repeat(200))).toList();
    boolean refused = false;
    for (int i = 0; i < 40 && !refused; i++) {
      try {
        store.notifier().alerts().save(many).join();
      } catch (CompletionException e) {
        assertThat(e).hasMessageContaining("No space left on device");
        refused = true;
      }
    }
    assertThat(refused).isTrue();
    assertThat(store.troubles()).anyMatch(it -> it.contains("are not stored"));
    disk.free();
    save("Z");
    assertThat(store.troubles()).noneMatch(it -> it.contains("are not stored"));
    reopen();
    assertThat(names()).contains("A", "Z");
    assertThat(damages.found()).isEmpty();
  }

  @Test
  void deployments_onAFullDisk_areRejectedAndAcceptedAgain() {
    deploy("one");
    disk.fill();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> deploy("two")).isInstanceOf(StoreUnavailableException.class);
      assertThat(store.deployments().find("one")).isPresent();
    }
    assertThat(store.troubles())
        .containsExactly(
            "deployments, gates and rollouts are not stored: the disk rejects writes: No space left on device");
    disk.free();
    deploy("three");
    assertThat(store.troubles()).isEmpty();
    reopen();
    assertThat(store.deployments().find("one")).isPresent();
    assertThat(store.deployments().find("two")).isEmpty();
    assertThat(store.deployments().find("three")).isPresent();
    assertThat(damages.found()).isEmpty();
  }

  @Test
  void windows_ofManyThreadsOnADiskThatFillsAndEmpties_areAcceptedAgain() throws Exception {
    deploy("one");
    var stop = new AtomicBoolean();
    var writes = new AtomicInteger();
    try (var threads = Executors.newCachedThreadPool()) {
      for (int i = 0; i < 6; i++) {
        var window = new StoredWindow("window" + i, "text", "lead", T0);
        var _ = threads.submit(() -> repeat(stop, () -> put(window, writes)));
        var _ = threads.submit(() -> repeat(stop, () -> store.windows().all()));
      }
      try {
        for (int round = 0; round < ROUNDS; round++) {
          Thread.sleep(100);
          disk.fill();
          Thread.sleep(100 + 37 * (round % 9));
          disk.free();
          int enough = writes.get() + 6;
          long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
          while (writes.get() < enough) {
            assertThat(System.nanoTime()).as("round %d", round).isLessThan(end);
            Thread.sleep(10);
          }
        }
      } finally {
        stop.set(true);
      }
    }
    assertThat(store.troubles()).isEmpty();
    reopen();
    assertThat(store.windows().all()).hasSize(6);
    assertThat(damages.found()).isEmpty();
  }

  private void put(StoredWindow window, AtomicInteger writes) {
    store.windows().put(window);
    writes.incrementAndGet();
  }

  private static Void repeat(AtomicBoolean stop, Runnable action) throws InterruptedException {
    while (!stop.get()) {
      try {
        action.run();
      } catch (StoreUnavailableException _) {
        // The disk is full.
      }
      Thread.sleep(20); // H2 keeps what it overwrites for 45 s, and the disk is small
    }
    return null;
  }

  @Test
  void start_onAFullDisk_isPossible() {
    save("A");
    deploy("one");
    store.close();
    disk.fill();
    reopen();
    assertThat(names()).containsExactly("A");
    save("B");
    assertThat(store.deployments().find("one")).isPresent();
    disk.free();
    save("C");
    deploy("two");
    reopen();
    assertThat(names()).containsExactly("A", "B", "C");
    assertThat(store.deployments().find("two")).isPresent();
  }

  @Test
  void firstStart_onAFullDisk_worksOnceThereIsRoom() throws Exception {
    store.close();
    try (var files = Files.walk(disk.folder())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(disk.folder())) {
          Files.delete(file);
        }
      }
    }
    disk.fill();
    reopen();
    assertThatThrownBy(() -> deploy("one")).isInstanceOf(StoreUnavailableException.class);
    assertThat(store.troubles()).isNotEmpty();
    disk.free();
    save("A");
    deploy("one");
    assertThat(store.troubles()).noneMatch(it -> it.contains("are not stored"));
  }
}
