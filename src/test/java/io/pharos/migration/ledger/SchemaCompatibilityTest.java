package io.pharos.migration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InMemoryDeployments;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.Strategy;
import io.pharos.migration.ledger.SchemaCompatibility.ReleaseOrder;
import io.pharos.migration.ledger.SchemaCompatibility.SchemaAnswer;
import io.pharos.migration.ledger.SchemaCompatibility.SchemaAnswer.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaCompatibilityTest {
  private static final Duration SOAK = Duration.ofMinutes(15);
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final InstantSource clock = () -> now;
  private final List<MigrationRecord> records = new ArrayList<>();
  private final Set<String> finishing = new HashSet<>();
  private final DeploymentRegister deployments =
      new DeploymentRegister(new InMemoryDeployments(), clock, new SimpleMeterRegistry());
  private final SchemaCompatibility schema =
      new SchemaCompatibility(
          new InMemoryLedger(), deployments, it -> finishing.contains(it.key()), clock);

  private final class InMemoryLedger implements MigrationLedger {
    @Override
    public void put(MigrationRecord record) {
      records.removeIf(old -> old.file().equals(record.file()));
      records.add(record);
    }

    @Override
    public List<MigrationRecord> of(String service, String env) {
      return records.stream()
          .filter(it -> it.service().equals(service) && it.env().equals(env))
          .toList();
    }
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  private String announce(String service, String version) {
    String key = service + ":" + version + ":" + now.getEpochSecond();
    deployments.put(
        Announcements.change(
            key, service, "production", version, "", Strategy.CANARY, "", "", Map.of(), null));
    pass(Duration.ofMinutes(5));
    return key;
  }

  private void serves(String version) {
    deployments.finish(announce("shop", version), DeploymentStatus.SUCCEEDED);
    pass(Duration.ofHours(1));
  }

  private void report(String file, String phase, String safeFrom, RecordedState state) {
    schema.report(
        new MigrationRecord(
            "shop", "production", file, phase, 1, safeFrom, state, "1.5.0", "", schema.now()));
  }

  private SchemaAnswer back(String to) {
    return schema.canRollBack("shop", "production", to);
  }

  private SchemaAnswer contract(String safeFrom) {
    return schema.canContract("shop", "production", safeFrom, SOAK);
  }

  @Test
  void rollback_whereNothingWasReported_isUnknown() {
    serves("1.4.0");
    serves("1.5.0");
    assertThat(back("1.4.0"))
        .isEqualTo(
            new SchemaAnswer(
                Verdict.UNKNOWN,
                List.of("no migration of shop in production has been reported to Pharos")));
  }

  @Test
  void rollback_afterExpandAlone_isPossible_toWhatServedBefore() {
    serves("1.4.0");
    serves("1.5.0");
    report("V1__expand_a.sql", "expand", "", RecordedState.APPLIED);
    assertThat(back("1.4.0").verdict()).isEqualTo(Verdict.YES);
    assertThat(back("1.6.0").verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(back("1.6.0").reasons().getFirst())
        .startsWith("Pharos has no record that 1.6.0 ever served production");
    deployments.finish(announce("shop", "1.6.0"), DeploymentStatus.FAILED);
    assertThat(back("1.6.0").verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void rollback_behindAContract_isNo_andSaysWhichAndWhen() {
    serves("1.3.0");
    serves("1.4.0");
    serves("1.5.0");
    report("V1__expand_a.sql", "expand", "", RecordedState.APPLIED);
    report("V2__contract_b.sql", "contract", "1.4.0", RecordedState.APPLIED);
    assertThat(back("1.3.0").verdict()).isEqualTo(Verdict.NO);
    assertThat(back("1.3.0").reasons())
        .containsExactly(
            "V2__contract_b.sql (contract) was applied with 1.5.0 and reported at "
                + now
                + ": releases before 1.4.0 cannot run any more");
    assertThat(back("1.4.0").verdict()).isEqualTo(Verdict.YES);
  }

  @ParameterizedTest
  @CsvSource({"BEGUN, UNKNOWN", "UNCLEAR, UNKNOWN", "ROLLED_BACK, YES", "APPLIED, NO"})
  void rollback_overAContractThatWasTried_dependsOnItsEnd(RecordedState state, Verdict verdict) {
    serves("1.3.0");
    serves("1.5.0");
    report("V2__contract_b.sql", "contract", "1.4.0", state);
    assertThat(back("1.3.0").verdict()).isEqualTo(verdict);
  }

  @Test
  void rollback_whereNobodyCanTellWhichIsOlder_isUnknown() {
    serves("0a1b2c3");
    serves("1.5.0");
    report("V2__contract_b.sql", "contract", "1.4.0", RecordedState.APPLIED);
    assertThat(back("0a1b2c3").verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(back("0a1b2c3").reasons().getFirst()).contains("it is unknown whether 0a1b2c3");
  }

  @Test
  void hashes_areInTheOrderInWhichTheyFirstServed() {
    serves("aaaaaaa");
    serves("ccccccc");
    serves("bbbbbbb");
    report("V2__contract_b.sql", "contract", "ccccccc", RecordedState.APPLIED);
    assertThat(back("aaaaaaa").verdict()).isEqualTo(Verdict.NO);
    assertThat(back("ccccccc").verdict()).isEqualTo(Verdict.YES);
    assertThat(back("bbbbbbb").verdict()).isEqualTo(Verdict.YES);
  }

  @Test
  void contract_whereNothingIsKnown_isUnknown() {
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.UNKNOWN);
    serves("1.4.0");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(contract("1.4.0").reasons())
        .asString()
        .contains("release to roll back to from 1.4.0 is unknown");
  }

  @Test
  void contract_whileTheWayBackNeedsIt_isLater() {
    serves("1.3.9");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.LATER);
    serves("1.4.0");
    assertThat(contract("1.4.0"))
        .isEqualTo(
            new SchemaAnswer(
                Verdict.LATER,
                List.of(
                    "1.3.9 is the release to roll back to from 1.4.0 and is older than 1.4.0")));
    serves("1.5.0");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.YES);
  }

  @Test
  void contract_whileAReleaseIsWatchedOrHasNotSoaked_isNo() {
    serves("1.4.0");
    serves("1.5.0");
    String key = announce("shop", "1.6.0");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.NO);
    assertThat(contract("1.4.0").reasons())
        .asString()
        .contains("the rollout of 1.6.0, which began at ");
    deployments.finish(key, DeploymentStatus.SUCCEEDED);
    pass(SOAK.minusSeconds(1));
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.NO);
    pass(Duration.ofSeconds(1));
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.YES);
  }

  @Test
  void contract_whenARolloutWasWatchedToItsEnd_needsNoSoakBesides() {
    serves("1.4.0");
    String key = announce("shop", "1.5.0");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.NO);
    finishing.add(key);
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.YES);
    assertThat(contract("1.4.1").verdict()).isEqualTo(Verdict.LATER);
  }

  @Test
  void contract_afterARollbackByHand_countsWhatServesNow() {
    serves("1.3.9");
    serves("1.4.0");
    serves("1.5.0");
    serves("1.3.9");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.LATER);
    serves("1.5.1");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.LATER);
  }

  @Test
  void contract_ofAnotherService_isNoneOfItsBusiness() {
    serves("1.4.0");
    serves("1.5.0");
    announce("other", "9.9.9");
    assertThat(contract("1.4.0").verdict()).isEqualTo(Verdict.YES);
  }

  @ParameterizedTest
  @CsvSource({
    "1.9.2, 1.10.0, -1",
    "v1.4, 1.4.0, 0",
    "2.0.0-rc.1, 2.0.0, -1",
    "2.0.0-rc.2, 2.0.0-rc.10, -1",
    "2.0.0-alpha, 2.0.0-1, 1",
    "1.4.0+build7, 1.4.0, 0",
    "1.4.1, 1.4.0, 1",
    "abc, abc, 0"
  })
  void releases_areComparedByTheirNumbers(String one, String other, int order) {
    var compared = new ReleaseOrder(List.of()).compare(one, other);
    assertThat(compared).isPresent();
    assertThat(Integer.signum(compared.getAsInt())).isEqualTo(order);
  }

  @ParameterizedTest
  @CsvSource({"abc, 1.4.0", "17, 18", "1.x, 1.4"})
  void releases_withoutNumbers_thatNeverServed_haveNoOrder(String one, String other) {
    assertThat(new ReleaseOrder(List.of()).compare(one, other)).isEqualTo(OptionalInt.empty());
  }

  @Test
  void record_thatCantBe_isRefused() {
    assertThatThrownBy(() -> report("V1 x", "expand", "", RecordedState.APPLIED))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("file: expected 1 to 200");
    assertThatThrownBy(() -> report("V1__contract_x.sql", "contract", "", RecordedState.APPLIED))
        .hasMessageContaining("safe_from: expected the oldest release");
    assertThatThrownBy(() -> report("V1__x.sql", "sideways", "", RecordedState.APPLIED))
        .hasMessageContaining("phase: expected expand or contract");
  }
}
