package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.Access;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.Strategy;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Caller.NotCoveredException;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import jakarta.ws.rs.core.Response;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The API of migrations with the embedded store; the scripts depend on its answers.
class MigrationApiTest {
  private static final Caller ANYBODY = new Caller(new Access.Granted("test", Set.of(), Set.of()));
  private static final Caller OTHER =
      new Caller(new Access.Granted("other", Set.of("other"), Set.of()));
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));

  @TempDir Path folder;
  private Store store;
  private DeploymentRegister deployments;
  private MigrationResource resource;

  @BeforeEach
  void open() {
    store = Store.open(new StoreConfig.Embedded(folder));
    deployments = new DeploymentRegister(store.deployments(), CLOCK, new SimpleMeterRegistry());
    resource =
        new MigrationResource(
            new SchemaCompatibility(store.migrations(), deployments, _ -> false, CLOCK));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static String json(Response response) throws Exception {
    return response.getStatus() + " " + new ObjectMapper().writeValueAsString(response.getEntity());
  }

  private String put(String file, String more) throws Exception {
    return json(
        resource.put(
            file, ANYBODY, "{\"service\":\"shop\",\"env\":\"prod\",\"checksum\":\"-5\"," + more));
  }

  private void served(String version) {
    var said =
        Announcements.change(
            version, "shop", "prod", version, "", Strategy.RECREATE, "", "", Map.of(), null);
    deployments.put(said);
    deployments.finish(version, DeploymentStatus.SUCCEEDED);
  }

  @Test
  void canRollback_beforeAnyReport_isUnknown_inTheWordsOfTheScript() throws Exception {
    served("1.3.9");
    assertThat(json(resource.canRollBack("shop", "prod", "1.3.9", ANYBODY)))
        .isEqualTo(
            "200 {\"answer\":\"unknown\",\"summary\":\"no migration of shop in prod has been"
                + " reported to Pharos\",\"reasons\":[\"no migration of shop in prod has been"
                + " reported to Pharos\"],\"reported\":0}");
  }

  @Test
  void reports_areKept_andDecideWhatCanBeGoneBackTo() throws Exception {
    served("1.3.9");
    assertThat(put("V1__expand_a.sql", "\"phase\":\"expand\",\"state\":\"applied\"}"))
        .isEqualTo(
            "200 {\"service\":\"shop\",\"env\":\"prod\",\"file\":\"V1__expand_a.sql\",\"phase\":\"expand\","
                + "\"checksum\":\"-5\",\"safe_from\":\"\",\"state\":\"applied\",\"release\":\"\","
                + "\"text\":\"\",\"at\":\"2026-03-01T12:00:00Z\"}");
    assertThat(json(resource.canRollBack("shop", "prod", "1.3.9", ANYBODY)))
        .startsWith("200 {\"answer\":\"yes\"");
    String contract = "\"phase\":\"contract\",\"safe_from\":\"1.4.0\",\"release\":\"1.5.0\",";
    put("V2__contract_b.sql", contract + "\"state\":\"begun\"}");
    assertThat(json(resource.canRollBack("shop", "prod", "1.3.9", ANYBODY)))
        .startsWith("200 {\"answer\":\"unknown\"")
        .endsWith("\"reported\":2}");
    put("V2__contract_b.sql", contract + "\"state\":\"applied\"}");
    assertThat(json(resource.canRollBack("shop", "prod", "1.3.9", ANYBODY)))
        .startsWith(
            "200 {\"answer\":\"no\",\"summary\":\"V2__contract_b.sql (contract) was applied");
    assertThat(json(resource.list("shop", "prod", ANYBODY)))
        .startsWith("200 {\"migrations\":[{")
        .contains("V1__expand_a.sql")
        .contains("V2__contract_b.sql");
    assertThat(json(resource.canContract("shop", "prod", "1.3.0", null, ANYBODY)))
        .as("it has served since now")
        .startsWith("200 {\"answer\":\"no\"");
    assertThat(json(resource.canContract("shop", "prod", "1.4.0", "0s", ANYBODY)))
        .startsWith("200 {\"answer\":\"later\"");
  }

  @Test
  void whatCantBe_isRefused_andWhoIsNotCoveredIsToldNothing() {
    assertThatThrownBy(() -> resource.canRollBack("shop", "prod", null, ANYBODY))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("to: expected a value");
    assertThatThrownBy(() -> resource.canContract("shop", "prod", "1", "soon", ANYBODY))
        .hasMessageContaining("soak: expected a duration");
    assertThatThrownBy(() -> put("V1__expand_a.sql", "\"phase\":\"expand\",\"state\":\"done\"}"))
        .hasMessageContaining("state: expected one of begun, applied, rolled_back, unclear");
    assertThatThrownBy(() -> resource.canRollBack("shop", "prod", "1", OTHER))
        .isInstanceOf(NotCoveredException.class);
    assertThatThrownBy(() -> resource.list("shop", "prod", OTHER))
        .isInstanceOf(NotCoveredException.class);
    assertThatThrownBy(
            () ->
                resource.put(
                    "V1__expand_a.sql",
                    OTHER,
                    "{\"service\":\"shop\",\"env\":\"prod\",\"checksum\":\"1\",\"phase\":\"expand\","
                        + "\"state\":\"applied\"}"))
        .isInstanceOf(NotCoveredException.class);
    assertThat(store.migrations().of("shop", "prod")).isEmpty();
  }
}
