package io.pharos.server.web.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AuditEntry;
import io.pharos.access.AuditStore;
import io.pharos.access.AuditTrail;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.InMemoryDeployments;
import io.pharos.gate.deployment.Strategy;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChangeSearchTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant NOW = START.plus(Duration.ofMinutes(10));
  private static final Instant LONG_AGO = START.minus(Duration.ofDays(9));

  private final InMemoryDeployments deployments = new InMemoryDeployments();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final DeploymentRegister register =
      new DeploymentRegister(deployments, () -> NOW, meters);
  private final List<AuditEntry> entries = new ArrayList<>();
  private boolean away;
  private final ChangeSearch search =
      new ChangeSearch(register, new AuditTrail(new Audit(), () -> NOW, meters), () -> NOW);

  private final class Audit implements AuditStore {
    @Override
    public void add(AuditEntry entry) {
      entries.add(entry);
    }

    @Override
    public List<AuditEntry> find(Search wanted) {
      if (away) {
        throw new StoreUnavailableException("the database is away", null);
      }
      return entries.reversed().stream()
          .filter(it -> !it.at().isBefore(wanted.since().orElseThrow()))
          .limit(wanted.limit())
          .toList();
    }

    @Override
    public void prune(Instant before, int newest) {}
  }

  private void deploy(String service, String version, Duration before) {
    register.put(
        Announcements.change(
            service + version,
            service,
            "production",
            version,
            "",
            Strategy.BLUE_GREEN,
            "green",
            "",
            Map.of(),
            START.minus(before)));
  }

  private void audited(String action, int status, Duration before) {
    entries.add(
        new AuditEntry(
            0, START.minus(before), "ada", AuditEntry.Means.TOKEN, "", action, "", status));
  }

  private static List<String> texts(List<Changes.Change> changes) {
    return changes.stream().map(it -> it.name() + ", " + it.when()).toList();
  }

  private Changes near() {
    return search.near(START, Set.of("shop"), true, LONG_AGO);
  }

  @Test
  void near_deployments_theServicesOwnComeFirst_andOldOnesAreLeftOut() {
    deploy("shop", "1", Duration.ofHours(3));
    deploy("shop", "2", Duration.ofMinutes(90));
    deploy("other", "7", Duration.ofMinutes(5));
    deploy("shop", "3", Duration.ofMinutes(-2));

    Changes found = near();

    assertThat(texts(found.deployments()))
        .containsExactly(
            "shop production 3, 2 min after the start",
            "shop production 2, 1 h 30 min before the start",
            "other production 7, 5 min before the start");
    assertThat(texts(found.before()))
        .containsExactly(
            "other production 7, 5 min before the start",
            "shop production 2, 1 h 30 min before the start");
  }

  @Test
  void near_manyLaterDeploymentsOfOthers_hideNoneOfTheService() {
    deploy("shop", "2", Duration.ofMinutes(1));
    for (int i = 0; i < 40; i++) {
      deploy("other", "v" + i, Duration.ofMinutes(-1));
    }
    assertThat(texts(near().before())).containsExactly("shop production 2, 1 min before the start");
  }

  @Test
  void near_reloadsAndStart_areFound_butNotRefusedOrOtherChanges() {
    audited("POST /-/reload", 200, Duration.ofMinutes(30));
    audited("POST /-/reload", 500, Duration.ofMinutes(20));
    audited("SIGHUP", 200, Duration.ofMinutes(10));
    audited("POST /silences", 200, Duration.ofMinutes(5));

    Changes found = search.near(START, Set.of(), true, START.minus(Duration.ofMinutes(40)));

    assertThat(texts(found.configuration()))
        .containsExactly(
            "configuration reloaded, 10 min before the start",
            "configuration reloaded, 30 min before the start",
            "Pharos started, 40 min before the start");
    assertThat(found.isPartial()).isFalse();
  }

  @Test
  void near_nothingChanged_isKnown() {
    Changes found = near();
    assertThat(found.before()).isEmpty();
    assertThat(found.isPartial()).isFalse();
  }

  @Test
  void near_storesAway_isUnknown_notNothing() {
    deployments.broken = true;
    away = true;

    Changes found = near();

    assertThat(found.deploymentsProblem()).isNotEmpty();
    assertThat(found.configurationProblem()).isEqualTo("the database is away");
    assertThat(found.isPartial()).isTrue();
  }

  @Test
  void near_readerWithoutPermission_isToldSo() {
    deploy("shop", "2", Duration.ofMinutes(1));

    Changes found = search.near(START, Set.of("shop"), false, LONG_AGO);

    assertThat(found.deployments()).isEmpty();
    assertThat(found.deploymentsProblem()).isEqualTo("you may not see deployments");
  }

  @Test
  void near_moreEntriesThanAreRead_isUnknown() {
    entries.addAll(
        Collections.nCopies(
            600,
            new AuditEntry(0, NOW, "ada", AuditEntry.Means.TOKEN, "", "POST /silences", "", 200)));
    assertThat(near().configurationProblem()).contains("more entries");
  }
}
