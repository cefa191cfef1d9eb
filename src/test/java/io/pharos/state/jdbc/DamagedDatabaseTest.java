package io.pharos.state.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.deployment.Deployment;
import io.pharos.schedule.LoopRegistry;
import io.pharos.state.GateStoreContract;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// An embedded database whose file was damaged while it was closed: Pharos starts and reports the
/// loss.
@Tag("slow")
class DamagedDatabaseTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DamagedData damages = new DamagedData(InstantSource.fixed(T0), registry);
  private final LoopRegistry loops =
      new LoopRegistry(InstantSource.system(), System::nanoTime, new SimpleMeterRegistry());
  private byte[] whole = new byte[0];

  private Path file() {
    return folder.resolve("pharos.mv.db");
  }

  private Store open() {
    return Store.open(new StoreConfig.Embedded(folder), Optional.empty(), damages, loops);
  }

  private static void deploy(Store store, String key) {
    var _ =
        store.deployments().put(Deployment.begin(GateStoreContract.announcement(key, "v1"), T0));
  }

  @BeforeEach
  void fill() throws Exception {
    try (Store store = open()) {
      for (int i = 0; i < 20; i++) {
        deploy(store, "d" + i);
      }
    }
    whole = Files.readAllBytes(file());
    assertThat(damages.found()).isEmpty();
  }

  static Stream<Arguments> damages() {
    UnaryOperator<byte[]> middle =
        bytes -> {
          Arrays.fill(bytes, bytes.length / 3, bytes.length * 2 / 3, (byte) 0x5a);
          return bytes;
        };
    UnaryOperator<byte[]> garbage =
        bytes -> {
          new Random(1).nextBytes(bytes);
          return bytes;
        };
    UnaryOperator<byte[]> head =
        bytes -> {
          Arrays.fill(bytes, 0, 8192, (byte) 0);
          return bytes;
        };
    return Stream.of(
        Arguments.of("middle", middle),
        Arguments.of("garbage", garbage),
        Arguments.of("head", head),
        Arguments.of("half", (UnaryOperator<byte[]>) b -> Arrays.copyOf(b, b.length / 2)),
        Arguments.of("stump", (UnaryOperator<byte[]>) b -> Arrays.copyOf(b, 9000)),
        Arguments.of("empty", (UnaryOperator<byte[]>) _ -> new byte[0]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void damagedFile_isReadWholeOrSetAsideCountedAndReplaced(
      String name, UnaryOperator<byte[]> damage) throws Exception {
    Files.write(file(), damage.apply(whole.clone()));
    byte[] damaged = Files.readAllBytes(file());
    try (Store store = open()) {
      List<Deployment> kept = store.deployments().newest("", "", 100);
      if (!kept.isEmpty()) {
        // If the damage hit unused bytes, everything is there; otherwise the loss is reported.
        assertThat(kept.size() == 20 || !damages.found().isEmpty()).as("kept %s", kept).isTrue();
        return;
      }
      deploy(store, "new");
      assertThat(store.deployments().find("new")).isPresent();
    }
    assertThat(damages.found())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.part()).isEqualTo(DamagedData.Part.DATABASE);
              assertThat(it.aside())
                  .hasFileName("pharos.mv.db.20260301T100000Z.corrupt")
                  .hasBinaryContent(damaged);
            });
    assertThat(registry.get("pharos_store_damages").tag("part", "database").counter().count())
        .isOne();

    try (Store store = open()) {
      assertThat(store.deployments().find("new")).isPresent();
    }
    assertThat(damages.found()).hasSize(1);
  }

  @Test
  void fileThatIsGone_isReported() throws Exception {
    Files.delete(file());
    try (Store store = open()) {
      assertThat(store.deployments().newest("", "", 10)).isEmpty();
    }
    assertThat(damages.found())
        .singleElement()
        .satisfies(
            it -> assertThat(it.description()).contains("is missing; it contained 20 changes"));
  }

  @Test
  void fileOfSomeTimeAgo_isUsedAndReported() throws Exception {
    try (Store store = open()) {
      for (int i = 20; i < 25; i++) {
        deploy(store, "d" + i);
      }
    }
    Files.write(file(), whole);
    try (Store store = open()) {
      assertThat(store.deployments().find("d19")).isPresent();
      assertThat(store.deployments().find("d20")).isEmpty();
    }
    assertThat(damages.found())
        .singleElement()
        .satisfies(it -> assertThat(it.description()).contains("lacks the last 5 of 25 changes"));
    try (Store _ = open()) {
      assertThat(damages.found()).hasSize(1);
    }
  }

  /// Whatever single page is overwritten, Pharos starts and reports what it can't read.
  @Test
  void pageOverwritten_anywhere_neverKeepsFromStarting() throws Exception {
    var random = new Random(7);
    for (int at = 0; at < whole.length; at += 5 * 4096) {
      byte[] bytes = whole.clone();
      byte[] page = new byte[Math.min(4096, bytes.length - at)];
      random.nextBytes(page);
      System.arraycopy(page, 0, bytes, at, page.length);
      Files.write(file(), bytes);
      var found = new DamagedData(InstantSource.fixed(T0), new SimpleMeterRegistry());
      try (Store store =
          Store.open(new StoreConfig.Embedded(folder), Optional.empty(), found, loops)) {
        List<Deployment> read;
        try {
          read = store.deployments().newest("", "", 100);
        } catch (StoreUnavailableException _) {
          read = store.deployments().newest("", "", 100);
        }
        assertThat(read.size() == 20 || !found.found().isEmpty()).as("page at " + at).isTrue();
        deploy(store, "after" + at);
      }
      Files.write(folder.resolve("pharos.writes"), "20                 \n".getBytes());
    }
  }

  @Test
  void databaseThatAnotherProcessHas_isNoDamage() {
    DatabaseConfig own = DatabaseConfig.in(folder);
    try (Store _ = open()) {
      // H2 lets one process open a file twice, so another kind of failure is needed.
      assertThatThrownBy(
              () ->
                  Database.open(
                      new DatabaseConfig(
                          Dialect.H2, own.jdbcUrl(), "somebody else", "wrong", own.embedded()),
                      damages))
          .isInstanceOf(StoreUnavailableException.class);
    }
    assertThat(damages.found()).isEmpty();
    assertThat(file()).exists();
  }
}
