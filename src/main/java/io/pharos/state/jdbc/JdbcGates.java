package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.release.gate.AuditRow;
import io.pharos.release.gate.Code;
import io.pharos.release.gate.GateOverride;
import io.pharos.release.gate.GateRun;
import io.pharos.release.gate.GateState;
import io.pharos.release.gate.Gates;
import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Gates in the table `gates`, their audit trails in `gate_observations`, what people decided in
/// `gate_overrides`.
final class JdbcGates implements Gates {
  private static final String COLUMNS =
      "id, idempotency_key, payload_hash, deployment_key, service, env, version, policy_id,"
          + " policy_version, policy_hash, policy_text, opened_by, opened_at, deadline_at,"
          + " evaluations, chain, state, code, summary, checks, decided_at, next_check_at";
  private static final String SELECT = "select " + COLUMNS + " from gates ";
  private static final String UPDATE =
      "update gates set evaluations = ?, chain = ?, state = ?, code = ?, summary = ?, checks = ?,"
          + " decided_at = ?, next_check_at = ? where id = ? and state in ('RUNNING', 'PASS')"
          + " and next_check_at is not null and evaluations = ?";

  private final Jdbc jdbc;

  JdbcGates(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public CreateOutcome create(GateRun run) {
    boolean created =
        jdbc.insert(
            "save a gate",
            "insert into gates ("
                + COLUMNS
                + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            statement -> bind(statement, run),
            connection -> ReleaseChanges.note(connection, run.deploymentKey()));
    return created
        ? new CreateOutcome.Created(run)
        : new CreateOutcome.Existing(
            findByKey(run.idempotencyKey())
                .orElseThrow(
                    () ->
                        new IllegalStateException(run.idempotencyKey() + " is there and is not")));
  }

  private static void bind(PreparedStatement statement, GateRun run) throws SQLException {
    statement.setString(1, run.id());
    statement.setString(2, run.idempotencyKey());
    statement.setString(3, run.payloadHash());
    statement.setString(4, run.deploymentKey());
    statement.setString(5, run.service());
    statement.setString(6, run.env());
    statement.setString(7, run.version());
    statement.setString(8, run.policyId());
    statement.setString(9, run.policyVersion());
    statement.setString(10, run.policyHash());
    statement.setString(11, run.policyText());
    statement.setString(12, run.openedBy());
    statement.setLong(13, Micros.of(run.openedAt()));
    statement.setLong(14, Micros.of(run.deadline()));
    statement.setInt(15, run.evaluations());
    statement.setString(16, run.chain());
    statement.setString(17, run.state().name());
    statement.setString(18, run.code().name());
    statement.setString(19, run.summary());
    statement.setString(20, run.checksJson());
    Codec.setInstant(statement, 21, run.decidedAt());
    Codec.setInstant(statement, 22, run.nextCheckAt());
  }

  @Override
  public Optional<GateRun> find(String id) {
    return read(SELECT + "where id = ?", statement -> statement.setString(1, id)).stream()
        .findFirst();
  }

  @Override
  public Optional<GateRun> findByKey(String idempotencyKey) {
    return read(
            SELECT + "where idempotency_key = ?",
            statement -> statement.setString(1, idempotencyKey))
        .stream()
        .findFirst();
  }

  @Override
  public List<GateRun> observed() {
    return read(
        SELECT
            + "where state in ('RUNNING', 'PASS') and next_check_at is not null order by opened_at,"
            + " id",
        _ -> {});
  }

  @Override
  public List<GateRun> ofService(String service, int limit) {
    return read(
        SELECT + "where service = ? order by opened_at desc, id limit ?",
        statement -> {
          statement.setString(1, service);
          statement.setInt(2, limit);
        });
  }

  @Override
  public List<GateRun> ofDeployment(String deploymentKey) {
    return read(
        SELECT + "where deployment_key = ? order by opened_at desc, id",
        statement -> statement.setString(1, deploymentKey));
  }

  @Override
  public List<AuditRow> audit(String gateId) {
    return jdbc.read(
        "read an audit trail",
        "select gate_id, seq, observed_at, observation, chain from gate_observations where gate_id"
            + " = ? order by seq",
        statement -> statement.setString(1, gateId),
        row ->
            new AuditRow(
                row.getString(1),
                row.getInt(2),
                Micros.instant(row.getLong(3)).toEpochMilli(),
                row.getString(4),
                row.getString(5)));
  }

  /// Thrown within a transaction to give it up when someone else moved the gate.
  private static final class Overtaken extends RuntimeException {}

  @Override
  public RecordOutcome record(GateRun after, AuditRow row) {
    try {
      jdbc.write(
          "record an evaluation",
          connection -> {
            move(connection, after, after.evaluations() - 1);
            append(connection, row);
          });
      return RecordOutcome.RECORDED;
    } catch (Overtaken _) {
      return RecordOutcome.OVERTAKEN; // nothing was written
    } catch (StoreUnavailableException e) {
      if (Jdbc.isDuplicate(e)) {
        return RecordOutcome.OVERTAKEN;
      }
      throw e;
    }
  }

  @Override
  public RecordOutcome end(GateRun after) {
    try {
      jdbc.write("end a gate", connection -> move(connection, after, after.evaluations()));
      return RecordOutcome.RECORDED;
    } catch (Overtaken _) {
      return RecordOutcome.OVERTAKEN; // nothing was written
    }
  }

  @Override
  public List<GateOverride> overrides(String gateId) {
    return jdbc.read(
        "read what people decided about a gate",
        "select gate_id, seq, outcome, reason, made_by, made_at, state, evaluations, chain from"
            + " gate_overrides where gate_id = ? order by seq",
        statement -> statement.setString(1, gateId),
        row ->
            new GateOverride(
                row.getString(1),
                row.getInt(2),
                GateState.valueOf(row.getString(3)),
                row.getString(4),
                row.getString(5),
                Micros.instant(row.getLong(6)),
                GateState.valueOf(row.getString(7)),
                row.getInt(8),
                row.getString(9)));
  }

  @Override
  public RecordOutcome override(GateOverride override) {
    boolean inserted =
        jdbc.insert(
            "save what somebody decided about a gate",
            "insert into gate_overrides (gate_id, seq, outcome, reason, made_by, made_at, state,"
                + " evaluations, chain) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            statement -> {
              statement.setString(1, override.gateId());
              statement.setInt(2, override.seq());
              statement.setString(3, override.outcome().name());
              statement.setString(4, override.reason());
              statement.setString(5, override.by());
              statement.setLong(6, Micros.of(override.at()));
              statement.setString(7, override.state().name());
              statement.setInt(8, override.evaluations());
              statement.setString(9, override.chain());
            },
            connection -> ReleaseChanges.noteGate(connection, override.gateId()));
    return inserted ? RecordOutcome.RECORDED : RecordOutcome.OVERTAKEN;
  }

  private static void move(Connection connection, GateRun after, int evaluationsBefore)
      throws SQLException {
    ReleaseChanges.noteIfMoved(connection, after);
    try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
      statement.setInt(1, after.evaluations());
      statement.setString(2, after.chain());
      statement.setString(3, after.state().name());
      statement.setString(4, after.code().name());
      statement.setString(5, after.summary());
      statement.setString(6, after.checksJson());
      Codec.setInstant(statement, 7, after.decidedAt());
      Codec.setInstant(statement, 8, after.nextCheckAt());
      statement.setString(9, after.id());
      statement.setInt(10, evaluationsBefore);
      if (statement.executeUpdate() != 1) {
        throw new Overtaken();
      }
    }
  }

  private static void append(Connection connection, AuditRow row) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into gate_observations (gate_id, seq, observed_at, observation, chain) values"
                + " (?, ?, ?, ?, ?)")) {
      statement.setString(1, row.gateId());
      statement.setInt(2, row.seq());
      statement.setLong(3, row.atMillis() * 1000);
      statement.setString(4, row.observation());
      statement.setString(5, row.chain());
      statement.executeUpdate();
    }
  }

  private List<GateRun> read(String sql, Jdbc.Binder binder) {
    return jdbc.read("read gates", sql, binder, JdbcGates::run);
  }

  private static GateRun run(ResultSet row) throws SQLException {
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
        Micros.instant(row.getLong(13)),
        Micros.instant(row.getLong(14)),
        row.getInt(15),
        row.getString(16),
        GateState.valueOf(row.getString(17)),
        Code.valueOf(row.getString(18)),
        row.getString(19),
        GateRun.checksFromJson(row.getString(20)),
        Codec.instant(row, 21),
        Codec.instant(row, 22));
  }
}
