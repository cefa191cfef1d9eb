package io.pharos.state.jdbc;

import io.pharos.gate.AuditRow;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.Gates;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Stores gates in the table `gates`, their audit trails in `gate_observations`, people's decisions
/// in `gate_overrides`, and the chained facts of all gates in `gate_facts`.
record JdbcGates(Jdbc jdbc) implements Gates {
  private static final String COLUMNS =
      "id, idempotency_key, payload_hash, deployment_key, service, env, version, policy_id,"
          + " policy_version, policy_hash, policy_text, opened_by, opened_at, deadline_at,"
          + " evaluations, chain, state, code, summary, checks, decided_at, next_check_at";

  /// Index of the column `checks`.
  private static final int CHECKS = 19;

  private static final String OBSERVED =
      "state in ('RUNNING', 'PASS') and next_check_at is not null";
  private static final String AUDIT_COLUMNS = "gate_id, seq, observed_at, observation, chain";
  private static final String FACT_COLUMNS = "gate_id, seq, kind, recorded_at, content, chain";
  private static final String OVERRIDE_COLUMNS =
      "gate_id, seq, outcome, reason, made_by, made_at, state, evaluations, chain";

  @Override
  public CreateOutcome create(GateRun run, GateFact opened) {
    boolean created =
        jdbc.tryWrite(
            "save a gate",
            connection -> {
              insert(connection, run);
              append(connection, opened);
              ReleaseChanges.note(connection, run.deploymentKey());
            });
    return created
        ? new CreateOutcome.Created(run)
        : new CreateOutcome.Existing(
            findByKey(run.idempotencyKey())
                .orElseThrow(
                    () ->
                        new IllegalStateException(
                            "the gate with the idempotency key "
                                + run.idempotencyKey()
                                + " exists but can't be read")));
  }

  private static void insert(Connection connection, GateRun run) throws SQLException {
    @Nullable Object[] values = Jdbc.values(run);
    values[CHECKS] = run.checksJson();
    Jdbc.execute(connection, Jdbc.insert("gates", COLUMNS), values);
  }

  @Override
  public Optional<GateRun> find(String id) {
    return read("where id = ?", id).stream().findFirst();
  }

  @Override
  public Optional<GateRun> findByKey(String idempotencyKey) {
    return read("where idempotency_key = ?", idempotencyKey).stream().findFirst();
  }

  @Override
  public List<GateRun> observed() {
    return jdbc.poll(
        "read gates",
        "select " + COLUMNS + " from gates where " + OBSERVED + " order by opened_at, id",
        JdbcGates::run);
  }

  @Override
  public List<GateRun> ofService(String service, int limit) {
    return read("where service = ? order by opened_at desc, id limit ?", service, limit);
  }

  @Override
  public List<GateRun> ofDeployment(String deploymentKey) {
    return read("where deployment_key = ? order by opened_at desc, id", deploymentKey);
  }

  @Override
  public List<AuditRow> audit(String gateId) {
    return jdbc.read(
        "read an audit trail",
        "select " + AUDIT_COLUMNS + " from gate_observations where gate_id = ? order by seq",
        row ->
            new AuditRow(
                row.getString(1),
                row.getInt(2),
                Codec.instant(row, 3),
                row.getString(4),
                row.getString(5)),
        gateId);
  }

  @Override
  public RecordOutcome record(GateRun after, AuditRow row, @Nullable GateFact fact) {
    return step(
        "record an evaluation",
        connection -> {
          updateGate(connection, after, after.evaluations() - 1);
          Jdbc.execute(
              connection, Jdbc.insert("gate_observations", AUDIT_COLUMNS), Jdbc.values(row));
          append(connection, fact);
        });
  }

  @Override
  public RecordOutcome end(GateRun after, @Nullable GateFact fact) {
    return step(
        "end a gate",
        connection -> {
          updateGate(connection, after, after.evaluations());
          append(connection, fact);
        });
  }

  @Override
  public RecordOutcome append(GateFact fact) {
    return step("add a fact of a gate", connection -> append(connection, fact));
  }

  private RecordOutcome step(String action, Jdbc.Work work) {
    return jdbc.tryWrite(action, work) ? RecordOutcome.RECORDED : RecordOutcome.OVERTAKEN;
  }

  @Override
  public Optional<String> storedChecks(String gateId) {
    return jdbc
        .read(
            "read the checks of a gate",
            "select checks from gates where id = ?",
            row -> row.getString(1),
            gateId)
        .stream()
        .findFirst();
  }

  @Override
  public List<GateFact> facts(String gateId) {
    return readFacts("where gate_id = ? order by seq", gateId);
  }

  @Override
  public Optional<GateFact> lastFact(String gateId) {
    return readFacts("where gate_id = ? order by seq desc limit 1", gateId).stream().findFirst();
  }

  @Override
  public List<GateFact> remarks(Collection<String> gateIds) {
    if (gateIds.isEmpty()) {
      return List.of();
    }
    return readFacts(
        "where gate_id in ("
            + Jdbc.placeholders(gateIds.size())
            + ") and kind not in ('opened', 'observed', 'ended') order by gate_id, seq",
        gateIds.toArray());
  }

  private List<GateFact> readFacts(String where, Object... values) {
    return jdbc.read(
        "read the facts of a gate",
        "select " + FACT_COLUMNS + " from gate_facts " + where,
        row ->
            new GateFact(
                row.getString(1),
                row.getInt(2),
                row.getString(3),
                Codec.instant(row, 4),
                row.getString(5),
                row.getString(6)),
        values);
  }

  @Override
  public List<GateRun> decidedSince(Instant from, int limit) {
    return read("where decided_at >= ? order by decided_at, id limit ?", from, limit);
  }

  @Override
  public List<GateOverride> overrides(String gateId) {
    return jdbc.read(
        "read the overrides of a gate",
        "select " + OVERRIDE_COLUMNS + " from gate_overrides where gate_id = ? order by seq",
        JdbcGates::override,
        gateId);
  }

  /* An override that was tampered with is read as FAIL, so that it lets no release pass. */
  private static GateOverride override(ResultSet row) throws SQLException {
    GateState outcome = GateState.FAIL;
    GateState state = GateState.INCONCLUSIVE;
    String reason = row.getString(4);
    try {
      GateState stored = GateState.valueOf(row.getString(3));
      state = GateState.valueOf(row.getString(7));
      if (stored == GateState.PASS || stored == GateState.FAIL) {
        outcome = stored;
      } else {
        reason = "The stored decision can't be read: expected PASS or FAIL, found " + stored;
      }
    } catch (IllegalArgumentException e) {
      reason = "The stored decision can't be read: " + e.getMessage();
    }
    return new GateOverride(
        row.getString(1),
        row.getInt(2),
        outcome,
        reason,
        row.getString(5),
        Codec.instant(row, 6),
        state,
        row.getInt(8),
        row.getString(9));
  }

  @Override
  public RecordOutcome override(GateOverride override, @Nullable GateFact fact) {
    return step(
        "save an override of a gate",
        connection -> {
          Jdbc.execute(
              connection, Jdbc.insert("gate_overrides", OVERRIDE_COLUMNS), Jdbc.values(override));
          append(connection, fact);
          ReleaseChanges.noteGate(connection, override.gateId());
        });
  }

  private static void updateGate(Connection connection, GateRun after, int evaluationsBefore)
      throws SQLException {
    ReleaseChanges.noteIfStateChanged(connection, after);
    Jdbc.executeOne(
        connection,
        "update gates set evaluations = ?, chain = ?, state = ?, code = ?, summary = ?, checks = ?,"
            + " decided_at = ?, next_check_at = ? where id = ? and "
            + OBSERVED
            + " and evaluations = ?",
        after.evaluations(),
        after.chain(),
        after.state(),
        after.code(),
        after.summary(),
        after.checksJson(),
        after.decidedAt(),
        after.nextCheckAt(),
        after.id(),
        evaluationsBefore);
  }

  private static void append(Connection connection, @Nullable GateFact fact) throws SQLException {
    if (fact != null) {
      Jdbc.execute(connection, Jdbc.insert("gate_facts", FACT_COLUMNS), Jdbc.values(fact));
    }
  }

  private List<GateRun> read(String where, Object... values) {
    return jdbc.read(
        "read gates", "select " + COLUMNS + " from gates " + where, JdbcGates::run, values);
  }

  /* A row that was tampered with is read as an inconclusive gate, so that the other rows can still
   * be read. */
  private static GateRun run(ResultSet row) throws SQLException {
    try {
      return run(
          row,
          GateState.valueOf(row.getString(17)),
          ReasonCode.valueOf(row.getString(18)),
          row.getString(19),
          GateRun.checksFromJson(row.getString(20)),
          Codec.instantOrNull(row, 21),
          Codec.instantOrNull(row, 22));
    } catch (IllegalArgumentException e) {
      return run(
          row,
          GateState.INCONCLUSIVE,
          ReasonCode.DAMAGED,
          "The stored row of this gate can't be read: " + e.getMessage(),
          List.of(),
          Codec.instant(row, 14),
          null);
    }
  }

  private static GateRun run(
      ResultSet row,
      GateState state,
      ReasonCode code,
      String summary,
      List<CheckReport> checks,
      @Nullable Instant decidedAt,
      @Nullable Instant nextCheckAt)
      throws SQLException {
    return new GateRun(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8),
        row.getString(9),
        row.getString(10),
        row.getString(11),
        row.getString(12),
        Codec.instant(row, 13),
        Codec.instant(row, 14),
        row.getInt(15),
        row.getString(16),
        state,
        code,
        summary,
        checks,
        decidedAt,
        nextCheckAt);
  }
}
