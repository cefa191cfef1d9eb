package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.pharos.ingest.store.PostgresqlDriver;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Runs a [ProbeCheck.PostgresCheck]: one query in a read-only transaction, which is rolled back.
final class PostgresProbe {
  private static final int MAX_ROWS = 1000;
  private static final int MAX_RESULT_BYTES = 8 << 20;

  private final ProbeConnector connector;
  private final AtomicLong tickets = new AtomicLong();

  PostgresProbe(ProbeConnector connector) {
    this.connector = connector;
  }

  /// Returns the facts after the query was answered.
  ProbeFacts run(ProbeCheck.PostgresCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Path file = check.passwordFile();
    String password = file == null ? "" : attempt.secret("password_file", file);
    Socket socket = connector.connect(attempt, check.server(), check.ip(), null);
    attempt.enter(RequestPhase.PROCESSING);
    String ticket = Long.toString(tickets.incrementAndGet());
    ProbeSocketFactory.register(ticket, socket);
    String url = "jdbc:postgresql://%s/".formatted(check.instance());
    try (Connection connection =
        PostgresqlDriver.open().connect(url, properties(check, password, ticket, attempt))) {
      if (connection == null) {
        throw new IllegalStateException("PostgreSQL's driver does not accept " + url);
      }
      ProbeFacts facts = query(connection, check, attempt);
      attempt.leave();
      return facts;
    } catch (SQLException e) {
      throw failed(e, attempt);
    } finally {
      ProbeSocketFactory.unregister(ticket);
    }
  }

  private static Properties properties(
      ProbeCheck.PostgresCheck check, String password, String ticket, ProbeAttempt attempt) {
    var properties = new Properties();
    properties.setProperty("PGDBNAME", check.database());
    properties.setProperty("user", check.user());
    if (!password.isEmpty()) {
      properties.setProperty("password", password);
    }
    properties.setProperty("ApplicationName", "pharos-probe");
    properties.setProperty("sslmode", check.sslmode());
    Path ca = check.caFile();
    if (ca != null) {
      properties.setProperty("sslrootcert", ca.toString());
    }
    properties.setProperty("socketFactory", ProbeSocketFactory.class.getName());
    properties.setProperty("socketFactoryArg", ticket);
    properties.setProperty("maxResultBuffer", Integer.toString(MAX_RESULT_BYTES));
    properties.setProperty(
        "options", "-c statement_timeout=" + Math.max(1, attempt.remaining().toMillis()));
    return properties;
  }

  private static ProbeFacts query(
      Connection connection, ProbeCheck.PostgresCheck check, ProbeAttempt attempt)
      throws SQLException {
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    try (Statement statement = connection.createStatement()) {
      // after its first query, a transaction can no longer be made read-write
      statement.execute("SELECT 1");
      statement.setMaxRows(MAX_ROWS);
      var facts = new ProbeFacts();
      try (ResultSet result = statement.executeQuery(check.query())) {
        ResultSetMetaData columns = result.getMetaData();
        int rows = 0;
        while (result.next()) {
          if (rows++ == 0) {
            ObjectNode row = ProbeFacts.record();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
              row.set(columns.getColumnLabel(i), value(result.getObject(i)));
            }
            JsonNode value = value(result.getObject(1));
            facts.put("row", row).put("value", value);
            if (value.isNumber()) {
              attempt.recordValue("probe_value", value.doubleValue());
            } else if (value.isBoolean()) {
              attempt.recordValue("probe_value", value.booleanValue() ? 1 : 0);
            }
          }
        }
        facts.put("rows", rows);
      }
      return facts;
    } finally {
      connection.rollback();
    }
  }

  private static JsonNode value(@Nullable Object value) {
    return switch (value) {
      case null -> NullNode.instance;
      case Boolean truth -> BooleanNode.valueOf(truth);
      case Integer number -> LongNode.valueOf(number);
      case Long number -> LongNode.valueOf(number);
      case BigDecimal number -> DecimalNode.valueOf(number);
      case Number number -> DoubleNode.valueOf(number.doubleValue());
      default -> TextNode.valueOf(value.toString());
    };
  }

  private static ProbeException failed(SQLException e, ProbeAttempt attempt) {
    if (attempt.isExpired()) {
      return ProbeException.failure(ProbeConnector.timedOut(attempt));
    }
    if (FailureOrigin.of(e) instanceof FailureOrigin.Own own) {
      return ProbeException.unknown(own.kind(), "own trouble of the prober: " + own.reason());
    }
    String state = e.getSQLState() == null ? "" : " (SQLSTATE " + e.getSQLState() + ")";
    return ProbeException.failure("postgres: " + e.getMessage() + state);
  }
}
