package io.pharos.state;

import io.pharos.gate.deployment.Deployments;
import io.pharos.rollout.RolloutStoreContract;
import io.pharos.rollout.Rollouts;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class H2RolloutStoreTest extends RolloutStoreContract {
  @TempDir Path folder;
  private Store store;

  @BeforeEach
  void open() {
    store = Store.open(new StoreConfig.Embedded(folder));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  protected Rollouts rollouts() {
    return store.rollouts();
  }

  @Override
  protected Deployments deployments() {
    return store.deployments();
  }

  @Override
  protected Rollouts closed() {
    store.close();
    return store.rollouts();
  }
}
