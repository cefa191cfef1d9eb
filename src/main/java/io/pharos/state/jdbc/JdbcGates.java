package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.gate.AuditRow;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.Gates;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gates in the table `gates`, their audit trails in `gate_observations`, what people decided in
/// `gate_overrides`, and all that is known of them, chained, in `gate_facts`.
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
  public CreateOutcome create(GateRun run, GateFact opened) {
    try {
      jdbc.write(
          "save a gate",
          connection -> {
            insert(connection, run);
            append(connection, opened);
            ReleaseChanges.note(connection, run.deploymentKey());
          });
      return new CreateOutcome.Created(run);
    } catch (StoreUnavailableException e) {
      if (!Jdbc.isDuplicate(e)) {
        throw e;
      }
      return new CreateOutcome.Existing(
          findByKey(run.idempotencyKey())
              .orElseThrow(
                  () -> new IllegalStateException(run.idempotencyKey() + " is there and is not")));
    }
  }

  private static void insert(Connection connection, GateRun run) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into gates ("
                + COLUMNS
                + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      bind(statement, run);
      statement.executeUpdate();
    }
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
                Micros.instant(row.getLong(3)),
                row.getString(4),
                row.getString(5)));
  }

  /// Thrown within a transaction to give it up when someone else moved the gate.
  private static final class Overtaken extends RuntimeException {}

  @Override
  public RecordOutcome record(GateRun after, AuditRow row, @Nullable GateFact fact) {
    return step(
        "record an evaluation",
        connection -> {
          move(connection, after, after.evaluations() - 1);
          append(connection, row);
          append(connection, fact);
        });
  }

  @Override
  public RecordOutcome end(GateRun after, @Nullable GateFact fact) {
    return step(
        "end a gate",
        connection -> {
          move(connection, after, after.evaluations());
          append(connection, fact);
        });
  }

  @Override
  public RecordOutcome append(GateFact fact) {
    return step("add a fact of a gate", connection -> append(connection, fact));
  }

  /* Whoever finds the number of a row taken was overtaken, and has written nothing. */
  private RecordOutcome step(String what, Jdbc.Work work) {
    try {
      jdbc.write(what, work);
      return RecordOutcome.RECORDED;
    } catch (Overtaken _) {
      return RecordOutcome.OVERTAKEN;
    } catch (StoreUnavailableException e) {
      if (Jdbc.isDuplicate(e)) {
        return RecordOutcome.OVERTAKEN;
      }
      throw e;
    }
  }

  @Override
  public Optional<String> storedChecks(String gateId) {
    return jdbc
        .read(
            "read the checks of a gate",
            "select checks from gates where id = ?",
            statement -> statement.setString(1, gateId),
            row -> row.getString(1))
        .stream()
        .findFirst();
  }

  @Override
  public List<GateFact> facts(String gateId) {
    return readFacts("where gate_id = ? order by seq", statement -> statement.setString(1, gateId));
  }

  @Override
  public Optional<GateFact> lastFact(String gateId) {
    return readFacts(
            "where gate_id = ? order by seq desc limit 1",
            statement -> statement.setString(1, gateId))
        .stream()
        .findFirst();
  }

  @Override
  public List<GateFact> remarks(Collection<String> gateIds) {
    if (gateIds.isEmpty()) {
      return List.of();
    }
    return readFacts(
        "where gate_id in ("
            + String.join(", ", Collections.nCopies(gateIds.size(), "?"))
            + ") and kind not in ('opened', 'observed', 'ended') order by gate_id, seq",
        statement -> {
          int index = 1;
          for (String id : gateIds) {
            statement.setString(index++, id);
          }
        });
  }

  private List<GateFact> readFacts(String where, Jdbc.Binder binder) {
    return jdbc.read(
        "read the facts of a gate",
        "select gate_id, seq, kind, recorded_at, content, chain from gate_facts " + where,
        binder,
        row ->
            new GateFact(
                row.getString(1),
                row.getInt(2),
                row.getString(3),
                Micros.instant(row.getLong(4)),
                row.getString(5),
                row.getString(6)));
  }

  @Override
  public List<GateRun> decidedSince(Instant from, int limit) {
    return read(
        SELECT + "where decided_at >= ? order by decided_at, id limit ?",
        statement -> {
          statement.setLong(1, Micros.of(from));
          statement.setInt(2, limit);
        });
  }

  @Override
  public List<GateOverride> overrides(String gateId) {
    return jdbc.read(
        "read what people decided about a gate",
        "select gate_id, seq, outcome, reason, made_by, made_at, state, evaluations, chain from"
            + " gate_overrides where gate_id = ? order by seq",
        statement -> statement.setString(1, gateId),
        JdbcGates::override);
  }

  /* A decision that somebody wrote into is not known to have let anything go on. */
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
        reason = "The stored decision can't be read: it is for " + stored;
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
        Micros.instant(row.getLong(6)),
        state,
        row.getInt(8),
        row.getString(9));
  }

  @Override
  public RecordOutcome override(GateOverride override, @Nullable GateFact fact) {
    return step(
        "save what somebody decided about a gate",
        connection -> {
          append(connection, override);
          append(connection, fact);
          ReleaseChanges.noteGate(connection, override.gateId());
        });
  }

  private static void append(Connection connection, GateOverride override) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into gate_overrides (gate_id, seq, outcome, reason, made_by, made_at, state,"
                + " evaluations, chain) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, override.gateId());
      statement.setInt(2, override.seq());
      statement.setString(3, override.outcome().name());
      statement.setString(4, override.reason());
      statement.setString(5, override.by());
      statement.setLong(6, Micros.of(override.at()));
      statement.setString(7, override.state().name());
      statement.setInt(8, override.evaluations());
      statement.setString(9, override.chain());
      statement.executeUpdate();
    }
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
      statement.setLong(3, Micros.of(row.at()));
      statement.setString(4, row.observation());
      statement.setString(5, row.chain());
      statement.executeUpdate();
    }
  }

  private static void append(Connection connection, @Nullable GateFact fact) throws SQLException {
    if (fact == null) {
      return;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into gate_facts (gate_id, seq, kind, recorded_at, content, chain) values"
                + " (?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, fact.gateId());
      statement.setInt(2, fact.seq());
      statement.setString(3, fact.kind());
      statement.setLong(4, Micros.of(fact.at()));
      statement.setString(5, fact.content());
      statement.setString(6, fact.chain());
      statement.executeUpdate();
    }
  }

  private List<GateRun> read(String sql, Jdbc.Binder binder) {
    return jdbc.read("read gates", sql, binder, JdbcGates::run);
  }

  /* A row that somebody wrote into is a gate that is not known to have passed, and hides no other. */
  private static GateRun run(ResultSet row) throws SQLException {
    try {
      return run(
          row,
          GateState.valueOf(row.getString(17)),
          ReasonCode.valueOf(row.getString(18)),
          row.getString(19),
          GateRun.checksFromJson(row.getString(20)),
          Codec.instant(row, 21),
          Codec.instant(row, 22));
    } catch (IllegalArgumentException e) {
      return run(
          row,
          GateState.INCONCLUSIVE,
          ReasonCode.DAMAGED,
          "The stored row of this gate can't be read: " + e.getMessage(),
          List.of(),
          Micros.instant(row.getLong(14)),
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
        Micros.instant(row.getLong(13)),
        Micros.instant(row.getLong(14)),
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
