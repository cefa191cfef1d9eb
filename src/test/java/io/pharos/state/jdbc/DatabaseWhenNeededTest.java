package io.pharos.state.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments.FinishOutcome;
import io.pharos.schedule.LoopRegistry;
import io.pharos.state.GateStoreContract;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import io.pharos.trouble.DamagedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The embedded database of a service that has stored nothing yet.
class DatabaseWhenNeededTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DamagedData damages = new DamagedData(InstantSource.fixed(T0), registry);

  private Store open() {
    var loops = new LoopRegistry(InstantSource.system(), System::nanoTime, registry);
    return Store.open(new StoreConfig.Embedded(folder), Optional.empty(), damages, loops);
  }

  private Path file() {
    return folder.resolve("pharos.mv.db");
  }

  @Test
  void reads_returnNothing_andCreateNoDatabase() {
    try (Store store = open()) {
      assertThat(store.deployments().newest("", "", 10)).isEmpty();
      assertThat(store.deployments().find("d")).isEmpty();
      assertThat(store.gates().observed()).isEmpty();
      assertThat(store.gates().decidedSince(T0, 10)).isEmpty();
      assertThat(store.rollouts().underWay()).isEmpty();
      assertThat(store.callbacks().changes(10)).isEmpty();
      assertThat(store.callbacks().due(T0, Set.of(), 10)).isEmpty();
      assertThat(store.callbacks().open()).isEmpty();
      store.callbacks().releaseAll();
      assertThat(store.troubles()).isEmpty();
    }
    assertThat(file()).doesNotExist();
  }

  @Test
  void firstThatIsStored_makesTheDatabase_andIsThereAfterARestart() {
    try (Store store = open()) {
      assertThat(store.deployments().newest("", "", 10)).isEmpty();
      var _ =
          store.deployments().put(Deployment.begin(GateStoreContract.announcement("d", "v1"), T0));
      assertThat(file()).exists();
      assertThat(store.deployments().find("d")).isPresent();
      assertThat(store.callbacks().changes(10)).hasSize(1);
    }
    try (Store store = open()) {
      assertThat(store.deployments().newest("", "", 10)).hasSize(1);
    }
    assertThat(damages.found()).isEmpty();
  }

  /// The second begins before the first is committed.
  @Test
  void firstTwoTransactions_atTheSameTime_areBothCounted() throws Exception {
    try (Database database = Database.openWhenNeeded(DatabaseConfig.in(folder), damages);
        Connection first = database.connection();
        Connection second = database.connection()) {
      first.setAutoCommit(false);
      second.setAutoCommit(false);
      database.count(first);
      var counted = new FutureTask<>(() -> database.count(second));
      Thread thread = Thread.ofPlatform().start(counted);
      while (thread.getState() == Thread.State.RUNNABLE) {
        Thread.sleep(10);
      }
      first.commit();
      assertThat(counted.get(10, TimeUnit.SECONDS)).isNotNull();
      second.commit();
    }
  }

  @Test
  void endOfAnUnknownDeployment_isNotFound() {
    try (Store store = open()) {
      assertThat(store.deployments().finish("d", DeploymentStatus.SUCCEEDED, T0))
          .isInstanceOf(FinishOutcome.NotFound.class);
    }
  }

  @Test
  void databaseThatWasThereAndIsGone_isReportedAtTheStart() throws Exception {
    try (Store store = open()) {
      var _ =
          store.deployments().put(Deployment.begin(GateStoreContract.announcement("d", "v1"), T0));
    }
    Files.delete(file());
    try (Store _ = open()) {
      assertThat(damages.found()).hasSize(1);
      assertThat(file()).exists();
    }
  }
}
