package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.AuditRow;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateRunBuilder;
import io.pharos.gate.GateState;
import io.pharos.gate.Gates;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.migration.ledger.MigrationRecord;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The contract of all stores of deployments and gates.
public abstract class GateStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  private static String unique(String prefix) {
    return prefix + UUID.randomUUID();
  }

  public static Announcement announcement(String key, String version) {
    return new Announcement(
        key,
        "backend",
        "production",
        version,
        "0123456789abcdef",
        Strategy.CANARY,
        "green",
        "instance=\"a:1\"",
        "instance=\"b:1\"",
        "sha256:" + "0123456789abcdef".repeat(4),
        Intent.FIX,
        Map.of("run", "https://ci.example.org/?a=1&b='2'"),
        T);
  }

  private static Deployment deployment(String key, Instant startedAt) {
    return new Deployment(announcement(key, "v1"), startedAt, DeploymentStatus.IN_PROGRESS, null);
  }

  @Test
  void put_thenFind_givesTheSame() {
    var deployments = store().deployments();
    var deployment = deployment(unique("gh:a/b:"), T);
    assertThat(deployments.find(deployment.key())).isEmpty();
    assertThat(deployments.put(deployment))
        .isEqualTo(new Deployments.PutOutcome.Created(deployment));
    assertThat(deployments.find(deployment.key())).contains(deployment);
    assertThat(deployments.put(deployment(deployment.key(), T.plusSeconds(5))))
        .isEqualTo(new Deployments.PutOutcome.Unchanged(deployment));
    var other = Deployment.begin(announcement(deployment.key(), "v2"), T);
    assertThat(deployments.put(other)).isEqualTo(new Deployments.PutOutcome.Conflict(deployment));
  }

  @Test
  void put_withoutStart_comesBackWithoutIt() {
    var deployments = store().deployments();
    var said =
        Announcements.change(
            unique("k"), "s", "dev", "v", "", Strategy.RECREATE, "", "", Map.of(), null);
    deployments.put(Deployment.begin(said, T));
    assertThat(deployments.find(said.key())).contains(Deployment.begin(said, T));
  }

  private static MigrationRecord migration(String service, String file, RecordedState state) {
    return new MigrationRecord(
        service, "production", file, "contract", -7, "1.4.0", state, "1.5.0", "it's \"so\"", T);
  }

  @Test
  void migrations_areKeptByFile_theLastReportCounts() {
    var migrations = store().migrations();
    String service = unique("s");
    var second = migration(service, "V2__contract_b.sql", RecordedState.UNCLEAR);
    migrations.put(second);
    migrations.put(migration(service, "V1__contract_a.sql", RecordedState.BEGUN));
    migrations.put(migration(unique("other"), "V3__contract_c.sql", RecordedState.BEGUN));
    var first = migration(service, "V1__contract_a.sql", RecordedState.ROLLED_BACK);
    migrations.put(first);
    assertThat(migrations.of(service, "production")).containsExactly(first, second);
    assertThat(migrations.of(service, "staging")).isEmpty();
  }

  @Test
  void migrationThatWasApplied_staysSo_whateverComesLate() {
    var migrations = store().migrations();
    String service = unique("s");
    var applied = migration(service, "V1__contract_a.sql", RecordedState.APPLIED);
    migrations.put(applied);
    migrations.put(migration(service, "V1__contract_a.sql", RecordedState.BEGUN));
    migrations.put(migration(service, "V1__contract_a.sql", RecordedState.ROLLED_BACK));
    assertThat(migrations.of(service, "production")).containsExactly(applied);
    var edited =
        new MigrationRecord(
            service,
            "production",
            "V1__contract_a.sql",
            "contract",
            8,
            "1.6.0",
            RecordedState.APPLIED,
            "",
            "",
            T.plusSeconds(1));
    migrations.put(edited);
    assertThat(migrations.of(service, "production")).containsExactly(edited);
  }

  @Test
  void put_manyAtOnce_createsOne() throws Exception {
    var deployments = store().deployments();
    var deployment = deployment(unique("k"), T);
    var outcomes = new ArrayList<Future<Deployments.PutOutcome>>();
    try (var executor = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 6; i++) {
        outcomes.add(executor.submit(() -> deployments.put(deployment)));
      }
    }
    int created = 0;
    for (var outcome : outcomes) {
      created += outcome.get() instanceof Deployments.PutOutcome.Created ? 1 : 0;
    }
    assertThat(created).isEqualTo(1);
  }

  @Test
  void finish_everyOutcome_isTold() {
    var deployments = store().deployments();
    var deployment = deployment(unique("k"), T);
    deployments.put(deployment);
    var finished = deployment.finished(DeploymentStatus.ROLLED_BACK, T.plusSeconds(60));
    assertThat(
            deployments.finish(deployment.key(), DeploymentStatus.ROLLED_BACK, T.plusSeconds(60)))
        .isEqualTo(new Deployments.FinishOutcome.Finished(finished));
    assertThat(deployments.finish(deployment.key(), DeploymentStatus.ROLLED_BACK, T))
        .isEqualTo(new Deployments.FinishOutcome.Unchanged(finished));
    assertThat(deployments.finish(deployment.key(), DeploymentStatus.FAILED, T))
        .isEqualTo(new Deployments.FinishOutcome.Conflict(finished));
    assertThat(deployments.finish(unique("none"), DeploymentStatus.FAILED, T))
        .isEqualTo(new Deployments.FinishOutcome.NotFound());
  }

  @Test
  void newest_areInOrderAndLimited() {
    var deployments = store().deployments();
    Instant late = Instant.parse("2100-01-01T00:00:00Z");
    for (int i = 0; i < 3; i++) {
      deployments.put(deployment("n" + i + unique("-"), late.plusSeconds(i)));
    }
    assertThat(deployments.newest("", "", 2))
        .extracting(Deployment::startedAt)
        .containsExactly(late.plusSeconds(2), late.plusSeconds(1));
  }

  private GateRun gate(String service) {
    var deployment = deployment(unique("d"), T);
    store().deployments().put(deployment);
    return GateRunBuilder.running(deployment.key(), "v1", T)
        .idempotencyKey(unique("key "))
        .service(service)
        .policyVersion("7")
        .policyText("# a policy with an umlaut: ü\nversion: 7\n")
        .openedBy("pipeline")
        .build();
  }

  private static GateOverride decided(GateRun run, int seq, GateState outcome) {
    return new GateOverride(
        run.id(),
        seq,
        outcome,
        "Because of the load test: “ü”\nand a second line",
        "ada",
        T.plusSeconds(seq),
        GateState.INCONCLUSIVE,
        3,
        "4".repeat(64));
  }

  @Test
  void override_isKeptInOrderAndNeverReplaced() {
    var gates = store().gates();
    var run = gate("backend");
    create(gates, run);
    assertThat(gates.overrides(run.id())).isEmpty();
    var first = decided(run, 1, GateState.PASS);
    var second = decided(run, 2, GateState.FAIL);
    assertThat(gates.override(first, fact(run, 2, GateFact.OVERRIDDEN)))
        .isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.override(second, null)).isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.override(decided(run, 2, GateState.PASS), fact(run, 3, GateFact.OVERRIDDEN)))
        .isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    assertThat(gates.overrides(run.id())).containsExactly(first, second);
    assertThat(gates.find(run.id())).contains(run);
    assertThat(gates.overrides("none")).isEmpty();
  }

  private static GateRun watched(GateRun run) {
    return GateRunBuilder.of(run).nextCheckAt(T.plusSeconds(10)).build();
  }

  private static GateRun moved(GateRun run, int evaluations, GateState state) {
    var check =
        new CheckReport(
            "error_bound",
            "error_bound",
            "unknown",
            ReasonCode.MORE_REQUESTS,
            true,
            true,
            "1 of 40 requests failed (2.5 %).",
            0.025,
            0.05,
            40L,
            1L,
            60L,
            2L,
            0.3,
            120L,
            30L,
            List.of("a note"),
            List.of("x{a=\"b\"}[5m]"));
    return GateRunBuilder.of(run)
        .observed(evaluations, "%064d".formatted(evaluations))
        .stands(
            state,
            state.isFinal() ? ReasonCode.OK : ReasonCode.WAITING,
            state.isFinal() ? T.plusSeconds(evaluations) : null)
        .summary("moved")
        .checks(List.of(check))
        .nextCheckAt(state.isFinal() ? null : T.plusSeconds(evaluations))
        .build();
  }

  private static AuditRow row(GateRun run) {
    return new AuditRow(
        run.id(),
        run.evaluations(),
        T.plusSeconds(run.evaluations()),
        "{\"atMillis\":1,\"text\":\"\\u0000 'ü'\"}",
        run.chain());
  }

  private static final String CONTENT = "{\"a\": \"ü\",\"b\":1.50}";

  private static GateFact fact(GateRun run, int seq, String kind) {
    return new GateFact(
        run.id(), seq, kind, T.plusNanos(seq * 1000L), CONTENT, "%064x".formatted(seq));
  }

  private static Gates.CreateOutcome create(Gates gates, GateRun run) {
    return gates.create(run, fact(run, 1, GateFact.OPENED));
  }

  @Test
  void facts_areKeptByteForByteAndInOrder() {
    var gates = store().gates();
    var run = gate(unique("s"));
    create(gates, run);
    var first = moved(run, 1, GateState.RUNNING);
    assertThat(gates.record(first, row(first), fact(run, 2, GateFact.OBSERVED)))
        .isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.append(fact(run, 3, GateFact.OVERRIDDEN)))
        .isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.append(fact(run, 3, GateFact.REGRETTED)))
        .as("another has its number")
        .isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    var ended = moved(run, 1, GateState.INCONCLUSIVE);
    assertThat(gates.end(ended, fact(run, 3, GateFact.ENDED)))
        .as("nothing is stored of a step whose fact came second")
        .isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    assertThat(gates.find(run.id())).contains(first);
    assertThat(gates.end(ended, fact(run, 4, GateFact.ENDED)))
        .isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.facts(run.id()))
        .containsExactly(
            fact(run, 1, GateFact.OPENED),
            fact(run, 2, GateFact.OBSERVED),
            fact(run, 3, GateFact.OVERRIDDEN),
            fact(run, 4, GateFact.ENDED));
    assertThat(gates.lastFact(run.id())).contains(fact(run, 4, GateFact.ENDED));
    assertThat(gates.lastFact("none")).isEmpty();
    assertThat(gates.remarks(List.of(run.id(), "none")))
        .containsExactly(fact(run, 3, GateFact.OVERRIDDEN));
    assertThat(gates.remarks(List.of())).isEmpty();
  }

  @Test
  void decidedSince_findsThoseInOrderOfTheirVerdict() {
    var gates = store().gates();
    var late = gate(unique("s"));
    var early = gate(unique("s"));
    create(gates, late);
    create(gates, early);
    var lateEnd = moved(late, 2, GateState.FAIL);
    gates.record(moved(late, 1, GateState.RUNNING), row(moved(late, 1, GateState.RUNNING)), null);
    gates.record(lateEnd, row(lateEnd), null);
    var earlyEnd = moved(early, 1, GateState.FAIL);
    gates.record(earlyEnd, row(earlyEnd), null);
    assertThat(gates.decidedSince(T, 100_000)).containsSubsequence(earlyEnd, lateEnd);
    assertThat(gates.decidedSince(T.plusSeconds(2), 100_000))
        .contains(lateEnd)
        .doesNotContain(earlyEnd);
  }

  @Test
  void create_sameKey_findsTheFirst() {
    var gates = store().gates();
    var run = gate(unique("s"));
    assertThat(create(gates, run)).isEqualTo(new Gates.CreateOutcome.Created(run));
    assertThat(create(gates, run)).isEqualTo(new Gates.CreateOutcome.Existing(run));
    assertThat(gates.find(run.id())).contains(run);
    assertThat(gates.findByKey(run.idempotencyKey())).contains(run);
    assertThat(gates.find("none")).isEmpty();
    assertThat(gates.findByKey("none")).isEmpty();
    assertThat(gates.observed()).contains(run);
  }

  @Test
  void record_steps_areKeptWithTheirObservations() {
    var gates = store().gates();
    var run = gate(unique("s"));
    create(gates, run);
    var first = moved(run, 1, GateState.RUNNING);
    var second = moved(run, 2, GateState.PASS);
    assertThat(gates.record(first, row(first), null)).isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.find(run.id())).contains(first);
    assertThat(gates.record(second, row(second), null)).isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.find(run.id())).contains(second);
    assertThat(gates.audit(run.id())).containsExactly(row(first), row(second));
    assertThat(gates.observed()).doesNotContain(second);
  }

  @Test
  void record_passThatIsObserved_movesOn() {
    var gates = store().gates();
    var run = gate(unique("s"));
    create(gates, run);
    var pass = watched(moved(run, 1, GateState.PASS));
    gates.record(pass, row(pass), null);
    assertThat(gates.find(run.id())).contains(pass);
    assertThat(gates.observed()).contains(pass);
    var failed = moved(run, 2, GateState.FAIL);
    assertThat(gates.record(failed, row(failed), null)).isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.observed()).doesNotContain(failed);
    var late = moved(run, 3, GateState.PASS);
    assertThat(gates.record(late, row(late), null))
        .as("a failure is final")
        .isEqualTo(Gates.RecordOutcome.OVERTAKEN);
  }

  @Test
  void record_overtakenStep_writesNothing() {
    var gates = store().gates();
    var run = gate(unique("s"));
    create(gates, run);
    var first = moved(run, 1, GateState.RUNNING);
    gates.record(first, row(first), null);
    assertThat(gates.record(first, row(first), null)).isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    var end = moved(run, 1, GateState.INCONCLUSIVE);
    assertThat(gates.end(moved(run, 0, GateState.INCONCLUSIVE), null))
        .isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    assertThat(gates.end(end, null)).isEqualTo(Gates.RecordOutcome.RECORDED);
    assertThat(gates.end(end, null)).isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    var late = moved(run, 2, GateState.PASS);
    assertThat(gates.record(late, row(late), null)).isEqualTo(Gates.RecordOutcome.OVERTAKEN);
    assertThat(gates.audit(run.id())).containsExactly(row(first));
    assertThat(gates.find(run.id())).contains(end);
  }

  @Test
  void ofService_newestFirstAndLimited() {
    var gates = store().gates();
    String service = unique("s");
    for (int i = 0; i < 3; i++) {
      create(gates, gate(service));
    }
    assertThat(gates.ofService(service, 2)).hasSize(2);
    assertThat(gates.ofService(unique("none"), 2)).isEmpty();
  }

  @Test
  void closedStore_isUnavailableAndNotEmpty() {
    Store store = closed();
    assertThatThrownBy(() -> store.deployments().find("k"))
        .isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> store.deployments().put(deployment("k", T)))
        .isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> store.deployments().finish("k", DeploymentStatus.FAILED, T))
        .isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> store.gates().observed())
        .isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> store.gates().audit("g"))
        .isInstanceOf(StoreUnavailableException.class);
  }

  /// A store that was opened and closed.
  abstract Store closed();
}
