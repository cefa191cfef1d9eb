package io.pharos.state.jdbc;

import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.FencedException;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.LedgerQuery;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.IntegrationId;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotificationLogKey;
import io.pharos.alerting.pipeline.NotifyReason;
import io.pharos.bytes.Micros;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The outbox in `deliveries` and `delivery_failures`, the log in `notification_log`.
final class JdbcOutboxStore implements OutboxStore {
  private static final int MAX_TEXT = 2000;

  private static final List<String> KEY_COLUMNS =
      List.of("key_hash", "group_key", "receiver", "integration", "integration_index");
  private static final List<String> LOG_COLUMNS =
      concat(KEY_COLUMNS, List.of("firing", "resolved", "logged_at", "expires_at"));
  private static final List<String> DELIVERY_COLUMNS =
      concat(
          concat(List.of("id"), KEY_COLUMNS),
          List.of(
              "group_labels",
              "group_status",
              "reason",
              "firing_count",
              "resolved_count",
              "possible_duplicate",
              "decided_at",
              "deadline",
              "repeat_millis",
              "status",
              "attempts",
              "finished_at",
              "answer",
              "firing",
              "resolved",
              "payload",
              "shard"));

  private final Jdbc jdbc;
  private final JdbcAlertStore alerts;

  /// Whose shards are whose; null for one process alone.
  private final @Nullable JdbcLeases leases;

  private final String upsertDelivery;
  private final String upsertLog;
  private final String upsertFailure;

  /// @param alerts whose earlier changes are stored before those of the outbox
  JdbcOutboxStore(Jdbc jdbc, JdbcAlertStore alerts, @Nullable JdbcLeases leases) {
    this.jdbc = jdbc;
    this.alerts = alerts;
    this.leases = leases;
    this.upsertDelivery = Jdbc.upsert("deliveries", List.of("id"), DELIVERY_COLUMNS);
    this.upsertLog = Jdbc.upsert("notification_log", List.of("key_hash"), LOG_COLUMNS);
    this.upsertFailure =
        Jdbc.upsert(
            "delivery_failures",
            List.of("delivery_id", "attempt"),
            List.of("delivery_id", "attempt", "failed_at", "reason"));
  }

  private static List<String> concat(List<String> first, List<String> second) {
    var all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }

  /// A delivery's row.
  private record Row(
      Delivery delivery,
      Delivery.Status status,
      int attempts,
      @Nullable Instant finishedAt,
      String answer) {}

  @Override
  public void apply(List<OutboxChange> changes) {
    var rows = new ArrayList<Row>();
    var failures = new ArrayList<OutboxChange.AttemptFailed>();
    var finished = new ArrayList<OutboxChange.Finished>();
    var forgotten = new ArrayList<NotificationLogKey>();
    var logged = new LinkedHashMap<NotificationLogKey, NotificationLogEntry>();
    for (OutboxChange change : changes) {
      switch (change) {
        case OutboxChange.Decided(Delivery delivery) ->
            rows.add(new Row(delivery, Delivery.Status.PENDING, 0, null, ""));
        case OutboxChange.AttemptFailed failure -> failures.add(failure);
        case OutboxChange.Finished finish -> finished.add(finish);
        case OutboxChange.SentDirectly sent ->
            rows.add(
                new Row(
                    sent.delivery(),
                    Delivery.Status.SENT,
                    sent.attempts(),
                    sent.at(),
                    sent.answer()));
        case OutboxChange.Forgotten(List<NotificationLogKey> keys) -> {
          forgotten.addAll(keys);
          keys.forEach(logged::remove);
        }
        case OutboxChange.Logged(NotificationLogEntry entry) -> logged.put(entry.key(), entry);
      }
    }
    alerts.flush("save the outbox");
    jdbc.write(
        "save the outbox",
        connection -> {
          fence(connection, rows, logged.keySet(), forgotten);
          Jdbc.<Row>batch(connection, upsertDelivery, rows, JdbcOutboxStore::bind);
          saveFailures(connection, failures);
          saveFinished(connection, finished);
          Jdbc.<NotificationLogKey>batch(
              connection,
              "delete from notification_log where key_hash = ?",
              forgotten,
              (statement, key) -> statement.setString(1, hash(key)));
          Jdbc.<NotificationLogEntry>batch(
              connection, upsertLog, logged.values(), JdbcOutboxStore::bind);
        });
  }

  /// Refuses decisions for shards that another replica has now, and drops their changes of the
  /// notification log. What was sent directly is recorded, whoever has the shard.
  private void fence(
      Connection connection,
      List<Row> rows,
      Set<NotificationLogKey> logged,
      List<NotificationLogKey> forgotten)
      throws SQLException {
    if (leases == null) {
      return;
    }
    var wanted = new HashSet<Integer>();
    rows.forEach(row -> wanted.add(shard(row.delivery().key())));
    logged.forEach(key -> wanted.add(shard(key)));
    forgotten.forEach(key -> wanted.add(shard(key)));
    Set<Integer> foreign = leases.foreign(connection, wanted);
    Set<Integer> lost =
        rows.stream()
            .filter(row -> row.status() == Delivery.Status.PENDING)
            .map(row -> shard(row.delivery().key()))
            .filter(foreign::contains)
            .collect(Collectors.toSet());
    if (!lost.isEmpty()) {
      throw new FencedException(lost);
    }
    logged.removeIf(key -> foreign.contains(shard(key)));
    forgotten.removeIf(key -> foreign.contains(shard(key)));
  }

  private static int shard(NotificationLogKey key) {
    return ShardOwnership.shard(key.groupKey());
  }

  /// A condition that only rows of this replica's shards meet.
  private String ours() {
    return leases == null
        ? ""
        : " and shard in (select shard from shard_leases where owner = '" + leases.owner() + "')";
  }

  private void saveFailures(Connection connection, Collection<OutboxChange.AttemptFailed> failures)
      throws SQLException {
    Jdbc.<OutboxChange.AttemptFailed>batch(
        connection,
        upsertFailure,
        failures,
        (statement, failure) -> {
          statement.setString(1, failure.deliveryId());
          statement.setInt(2, failure.number());
          statement.setLong(3, Micros.of(failure.at()));
          statement.setString(4, bounded(failure.reason()));
        });
    Jdbc.<OutboxChange.AttemptFailed>batch(
        connection,
        "update deliveries set attempts = ? where id = ?" + ours(),
        failures,
        (statement, failure) -> {
          statement.setInt(1, failure.number());
          statement.setString(2, failure.deliveryId());
        });
  }

  private void saveFinished(Connection connection, Collection<OutboxChange.Finished> finished)
      throws SQLException {
    Jdbc.<OutboxChange.Finished>batch(
        connection,
        "update deliveries set status = ?, attempts = ?, finished_at = ?, answer = ?,"
            + " firing = null, resolved = null, payload = null where id = ?"
            + ours(),
        finished,
        (statement, finish) -> {
          statement.setString(1, finish.status().name());
          statement.setInt(2, finish.attempts());
          statement.setLong(3, Micros.of(finish.at()));
          statement.setString(4, bounded(finish.answer()));
          statement.setString(5, finish.deliveryId());
        });
  }

  private static void bind(PreparedStatement statement, Row row) throws SQLException {
    Delivery delivery = row.delivery();
    Notification notification = delivery.notification();
    statement.setString(1, delivery.id());
    bindKey(statement, 2, delivery.key());
    statement.setString(7, Codec.labels(notification.groupLabels()));
    statement.setString(8, notification.status().text());
    statement.setString(9, notification.reason().name());
    statement.setInt(10, delivery.firing().size());
    statement.setInt(11, delivery.resolved().size());
    statement.setBoolean(12, notification.possibleDuplicate());
    statement.setLong(13, Micros.of(notification.decidedAt()));
    statement.setLong(14, Micros.of(delivery.deadline()));
    statement.setLong(15, delivery.repeatInterval().toMillis());
    statement.setString(16, row.status().name());
    statement.setInt(17, row.attempts());
    Codec.setInstant(statement, 18, row.finishedAt());
    statement.setString(19, bounded(row.answer()));
    bindContents(statement, row);
    statement.setInt(23, shard(delivery.key()));
  }

  private static void bindContents(PreparedStatement statement, Row row) throws SQLException {
    if (row.status() != Delivery.Status.PENDING) {
      statement.setBytes(20, null);
      statement.setBytes(21, null);
      statement.setBytes(22, null);
      return;
    }
    statement.setBytes(20, Codec.fingerprints(row.delivery().firing()));
    statement.setBytes(21, Codec.fingerprints(row.delivery().resolved()));
    statement.setBytes(22, Codec.payload(row.delivery().notification()));
  }

  private static void bind(PreparedStatement statement, NotificationLogEntry entry)
      throws SQLException {
    bindKey(statement, 1, entry.key());
    statement.setBytes(6, Codec.fingerprints(entry.firing()));
    statement.setBytes(7, Codec.fingerprints(entry.resolved()));
    statement.setLong(8, Micros.of(entry.timestamp()));
    statement.setLong(9, Micros.of(entry.expiresAt()));
  }

  private static void bindKey(PreparedStatement statement, int first, NotificationLogKey key)
      throws SQLException {
    statement.setString(first, hash(key));
    statement.setString(first + 1, key.groupKey());
    statement.setString(first + 2, key.integration().receiver());
    statement.setString(first + 3, key.integration().type());
    statement.setInt(first + 4, key.integration().index());
  }

  private static NotificationLogKey key(ResultSet row) throws SQLException {
    return new NotificationLogKey(
        row.getString("group_key"),
        new IntegrationId(
            row.getString("receiver"),
            row.getString("integration"),
            row.getInt("integration_index")));
  }

  private static String hash(NotificationLogKey key) {
    try {
      byte[] text = (key.integration() + "\n" + key.groupKey()).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String bounded(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  @Override
  public List<Delivery> pending() {
    return jdbc.read(
        "load the outbox",
        "select * from deliveries where status = ? and octet_length(payload) > 0 order by number",
        statement -> statement.setString(1, Delivery.Status.PENDING.name()),
        row ->
            new Delivery(
                key(row),
                Codec.notification(row.getBytes("payload")),
                Codec.fingerprints(row.getBytes("firing")),
                Codec.fingerprints(row.getBytes("resolved")),
                Duration.ofMillis(row.getLong("repeat_millis")),
                Micros.instant(row.getLong("deadline"))));
  }

  @Override
  public List<NotificationLogEntry> log() {
    return jdbc.read(
        "load the notification log",
        "select * from notification_log",
        _ -> {},
        row ->
            new NotificationLogEntry(
                key(row),
                Codec.fingerprints(row.getBytes("firing")),
                Codec.fingerprints(row.getBytes("resolved")),
                Micros.instant(row.getLong("logged_at")),
                Micros.instant(row.getLong("expires_at"))));
  }

  @Override
  public List<LedgerEntry> ledger(LedgerQuery query) {
    var conditions = new ArrayList<String>();
    var values = new ArrayList<String>();
    addCondition(conditions, values, "receiver", query.receiver());
    addCondition(conditions, values, "status", query.status().toUpperCase(Locale.ROOT));
    addCondition(conditions, values, "group_key", query.groupKey());
    query.since().ifPresent(since -> conditions.add("decided_at >= " + Micros.of(since)));
    String where = conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions);
    List<LedgerEntry> entries =
        jdbc.read(
            "read the ledger",
            "select * from deliveries" + where + " order by number desc limit " + query.limit(),
            statement -> bindAll(statement, values),
            JdbcOutboxStore::ledgerEntry);
    return withFailures(entries);
  }

  private static void addCondition(
      List<String> conditions, List<String> values, String column, String value) {
    if (!value.isEmpty()) {
      conditions.add(column + " = ?");
      values.add(value);
    }
  }

  private static void bindAll(PreparedStatement statement, List<String> values)
      throws SQLException {
    for (int i = 0; i < values.size(); i++) {
      statement.setString(i + 1, values.get(i));
    }
  }

  private static LedgerEntry ledgerEntry(ResultSet row) throws SQLException {
    return new LedgerEntry(
        row.getString("id"),
        key(row),
        Codec.labels(row.getString("group_labels")),
        row.getString("group_status"),
        NotifyReason.valueOf(row.getString("reason")),
        row.getInt("firing_count"),
        row.getInt("resolved_count"),
        row.getBoolean("possible_duplicate"),
        Micros.instant(row.getLong("decided_at")),
        Codec.instant(row, row.findColumn("finished_at")),
        Delivery.Status.valueOf(row.getString("status")),
        row.getInt("attempts"),
        row.getString("answer"),
        List.of());
  }

  private List<LedgerEntry> withFailures(List<LedgerEntry> entries) {
    List<String> tried =
        entries.stream().filter(e -> e.attempts() > 0).map(LedgerEntry::deliveryId).toList();
    if (tried.isEmpty()) {
      return entries;
    }
    record Found(String deliveryId, LedgerEntry.Failure failure) {}
    String marks = tried.stream().map(_ -> "?").collect(Collectors.joining(", "));
    Map<String, List<LedgerEntry.Failure>> failures =
        jdbc
            .read(
                "read the ledger",
                "select delivery_id, attempt, failed_at, reason from delivery_failures"
                    + " where delivery_id in ("
                    + marks
                    + ") order by attempt",
                statement -> bindAll(statement, tried),
                row ->
                    new Found(
                        row.getString(1),
                        new LedgerEntry.Failure(
                            row.getInt(2), Micros.instant(row.getLong(3)), row.getString(4))))
            .stream()
            .collect(
                Collectors.groupingBy(
                    Found::deliveryId, Collectors.mapping(Found::failure, Collectors.toList())));
    Function<LedgerEntry, LedgerEntry> join =
        entry -> entry.withFailures(failures.getOrDefault(entry.deliveryId(), List.of()));
    return entries.stream().map(join).toList();
  }

  @Override
  public void forgetFinishedBefore(Instant limit) {
    jdbc.write(
        "forget old deliveries",
        connection -> {
          for (String sql :
              List.of(
                  "delete from delivery_failures where delivery_id in"
                      + " (select id from deliveries where finished_at < ?)",
                  "delete from deliveries where finished_at < ?")) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
              statement.setLong(1, Micros.of(limit));
              statement.executeUpdate();
            }
          }
        });
  }
}
