package io.pharos.state;

import io.pharos.gate.deployment.Deployments;
import io.pharos.rollout.RolloutStoreContract;
import io.pharos.rollout.Rollouts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("peer")
class PostgresRolloutStoreTest extends RolloutStoreContract {
  private static TestingPostgres postgres;
  private static Store store;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestingPostgres.start();
    postgres.empty();
    store = Store.open(postgres.config());
  }

  @AfterAll
  static void stop() throws Exception {
    store.close();
    postgres.close();
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
    Store other = Store.open(postgres.config());
    other.close();
    return other.rollouts();
  }
}
