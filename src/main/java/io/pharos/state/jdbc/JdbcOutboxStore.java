package io.pharos.state.jdbc;

import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.bytes.Micros;
import io.pharos.model.Quoted;
import io.pharos.model.Sha256;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Stores the outbox in `deliveries` and `delivery_failures`, and the notification log in
/// `notification_log`.
final class JdbcOutboxStore implements OutboxStore {
  private static final int MAX_TEXT = 2000;
  private static final String KEY_COLUMNS =
      "key_hash, group_key, receiver, integration, integration_index";
  private static final String LEDGER_COLUMNS =
      "number, id, group_key, receiver, integration, integration_index, group_labels,"
          + " group_status, reason, firing_count, resolved_count, possible_duplicate, decided_at,"
          + " finished_at, status, attempts, answer";
  private static final String UPSERT_LOG =
      Jdbc.upsert(
          "notification_log",
          "key_hash",
          KEY_COLUMNS + ", firing, resolved, logged_at, expires_at");
  private static final String UPSERT_DELIVERY =
      Jdbc.upsert(
          "deliveries",
          "id",
          "id, "
              + KEY_COLUMNS
              + ", group_labels, group_status, reason, firing_count, resolved_count,"
              + " possible_duplicate, decided_at, deadline, repeat_millis, status, attempts,"
              + " finished_at, answer, firing, resolved, payload, shard");
  private static final String UPSERT_FAILURE =
      Jdbc.upsert(
          "delivery_failures", "delivery_id, attempt", "delivery_id, attempt, failed_at, reason");

  private final Jdbc jdbc;
  private final JdbcAlertStore alerts;

  /// The leases of this process; null if no other process shares the database.
  private final @Nullable JdbcLeases leases;

  /// @param alerts the store of alerts, whose earlier changes are stored before the changes of the
  ///   outbox
  JdbcOutboxStore(Jdbc jdbc, JdbcAlertStore alerts, @Nullable JdbcLeases leases) {
    this.jdbc = jdbc;
    this.alerts = alerts;
    this.leases = leases;
  }

  /// A row of `deliveries`.
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
    var forgotten = new ArrayList<NotificationLogEntry.Key>();
    var logged = new LinkedHashMap<NotificationLogEntry.Key, NotificationLogEntry>();
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
        case OutboxChange.Forgotten(List<NotificationLogEntry.Key> keys) -> {
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
          Jdbc.<Row>batch(connection, UPSERT_DELIVERY, rows, JdbcOutboxStore::values);
          saveFailures(connection, failures);
          saveFinished(connection, finished);
          Jdbc.<NotificationLogEntry.Key>batch(
              connection,
              "delete from notification_log where key_hash = ?",
              forgotten,
              key -> Jdbc.row(hash(key)));
          Jdbc.<NotificationLogEntry>batch(
              connection, UPSERT_LOG, logged.values(), JdbcOutboxStore::values);
        });
  }

  /// Throws an exception if another replica now owns the shard of a decision. Removes changes of
  /// the notification log in shards of other replicas. Deliveries that were already sent are
  /// recorded in any case.
  private void fence(
      Connection connection,
      List<Row> rows,
      Set<NotificationLogEntry.Key> logged,
      List<NotificationLogEntry.Key> forgotten)
      throws SQLException {
    if (leases == null) {
      return;
    }
    var wanted = new HashSet<Integer>();
    rows.forEach(row -> wanted.add(shard(row.delivery().key())));
    logged.forEach(key -> wanted.add(shard(key)));
    forgotten.forEach(key -> wanted.add(shard(key)));
    Set<Integer> foreign = leases.foreign(connection, wanted);
    Set<Integer> lostShards =
        rows.stream()
            .filter(row -> row.status() == Delivery.Status.PENDING)
            .map(row -> shard(row.delivery().key()))
            .filter(foreign::contains)
            .collect(Collectors.toSet());
    if (!lostShards.isEmpty()) {
      throw new OutboxStore.FencedException(lostShards);
    }
    logged.removeIf(key -> foreign.contains(shard(key)));
    forgotten.removeIf(key -> foreign.contains(shard(key)));
  }

  private static int shard(NotificationLogEntry.Key key) {
    return ShardOwnership.shard(key.groupKey());
  }

  /// Returns an SQL condition for rows in this replica's shards.
  private String ownShardsOnly() {
    return leases == null
        ? ""
        : " and shard in (select shard from shard_leases where owner = '" + leases.owner() + "')";
  }

  private void saveFailures(Connection connection, Collection<OutboxChange.AttemptFailed> failures)
      throws SQLException {
    Jdbc.<OutboxChange.AttemptFailed>batch(
        connection,
        UPSERT_FAILURE,
        failures,
        failure ->
            Jdbc.row(
                failure.deliveryId(),
                failure.number(),
                failure.at(),
                Quoted.cut(failure.reason(), MAX_TEXT)));
    Jdbc.<OutboxChange.AttemptFailed>batch(
        connection,
        "update deliveries set attempts = ? where id = ?" + ownShardsOnly(),
        failures,
        failure -> Jdbc.row(failure.number(), failure.deliveryId()));
  }

  private void saveFinished(Connection connection, Collection<OutboxChange.Finished> finished)
      throws SQLException {
    Jdbc.<OutboxChange.Finished>batch(
        connection,
        "update deliveries set status = ?, attempts = ?, finished_at = ?, answer = ?,"
            + " firing = null, resolved = null, payload = null where id = ?"
            + ownShardsOnly(),
        finished,
        finish ->
            Jdbc.row(
                finish.status(),
                finish.attempts(),
                finish.at(),
                Quoted.cut(finish.answer(), MAX_TEXT),
                finish.deliveryId()));
  }

  private static @Nullable Object[] values(Row row) {
    Delivery delivery = row.delivery();
    NotificationLogEntry.Key key = delivery.key();
    Notification notification = delivery.notification();
    boolean pending = row.status() == Delivery.Status.PENDING;
    return Jdbc.row(
        delivery.id(),
        hash(key),
        key.groupKey(),
        key.integration().receiver(),
        key.integration().type(),
        key.integration().index(),
        Codec.labels(notification.groupLabels()),
        notification.status().text(),
        notification.reason(),
        delivery.firing().size(),
        delivery.resolved().size(),
        notification.possibleDuplicate(),
        notification.decidedAt(),
        delivery.deadline(),
        delivery.repeatInterval().toMillis(),
        row.status(),
        row.attempts(),
        row.finishedAt(),
        Quoted.cut(row.answer(), MAX_TEXT),
        pending ? Codec.fingerprints(delivery.firing()) : null,
        pending ? Codec.fingerprints(delivery.resolved()) : null,
        pending ? Codec.payload(notification) : null,
        shard(key));
  }

  private static @Nullable Object[] values(NotificationLogEntry entry) {
    NotificationLogEntry.Key key = entry.key();
    return Jdbc.row(
        hash(key),
        key.groupKey(),
        key.integration().receiver(),
        key.integration().type(),
        key.integration().index(),
        Codec.fingerprints(entry.firing()),
        Codec.fingerprints(entry.resolved()),
        entry.timestamp(),
        entry.expiresAt());
  }

  private static NotificationLogEntry.Key key(ResultSet row) throws SQLException {
    return new NotificationLogEntry.Key(
        row.getString("group_key"),
        new Integration.Id(
            row.getString("receiver"),
            row.getString("integration"),
            row.getInt("integration_index")));
  }

  private static String hash(NotificationLogEntry.Key key) {
    return Sha256.hex(key.integration() + "\n" + key.groupKey());
  }

  @Override
  public List<Delivery> pending() {
    return jdbc.read(
        "load the outbox",
        "select * from deliveries where status = ? and octet_length(payload) > 0 order by number",
        row ->
            new Delivery(
                key(row),
                Codec.notification(row.getBytes("payload")),
                Codec.fingerprints(row.getBytes("firing")),
                Codec.fingerprints(row.getBytes("resolved")),
                Duration.ofMillis(row.getLong("repeat_millis")),
                Micros.instant(row.getLong("deadline"))),
        Delivery.Status.PENDING);
  }

  @Override
  public List<NotificationLogEntry> log() {
    return jdbc.read(
        "load the notification log",
        "select * from notification_log",
        row ->
            new NotificationLogEntry(
                key(row),
                Codec.fingerprints(row.getBytes("firing")),
                Codec.fingerprints(row.getBytes("resolved")),
                Micros.instant(row.getLong("logged_at")),
                Micros.instant(row.getLong("expires_at"))));
  }

  @Override
  public List<LedgerEntry> ledger(LedgerEntry.Query query) {
    var conditions = new Jdbc.Conditions();
    conditions.add("receiver = ?", query.receiver());
    conditions.add("status = ?", query.status().toUpperCase(Locale.ROOT));
    conditions.add("group_key = ?", query.groupKey());
    conditions.add("decided_at >= ?", query.since().orElse(null));
    conditions.add("decided_at <= ?", query.until().orElse(null));
    List<LedgerEntry> entries =
        jdbc.read(
            "read the ledger",
            "select "
                + LEDGER_COLUMNS
                + " from deliveries "
                + conditions.where()
                + " order by number desc limit ?",
            JdbcOutboxStore::ledgerEntry,
            conditions.values(query.limit()));
    return withFailures(entries);
  }

  @Override
  public Map<String, List<LedgerEntry>> ledgerOf(Map<String, Instant> since) {
    if (since.isEmpty()) {
      return Map.of();
    }
    var values = new ArrayList<Object>(since.keySet());
    values.add(Collections.min(since.values()));
    values.add(LedgerEntry.Query.MAX_LIMIT);
    return jdbc
        .read(
            "read the ledger",
            "select * from (select "
                + LEDGER_COLUMNS
                + ", row_number() over (partition by group_key order by number desc) as place"
                + " from deliveries where group_key in ("
                + Jdbc.placeholders(since.size())
                + ") and decided_at >= ?) as ranked where place <= ? order by number desc",
            JdbcOutboxStore::ledgerEntry,
            values.toArray())
        .stream()
        .filter(entry -> !entry.decidedAt().isBefore(since.get(entry.key().groupKey())))
        .collect(Collectors.groupingBy(entry -> entry.key().groupKey()));
  }

  private static LedgerEntry ledgerEntry(ResultSet row) throws SQLException {
    return new LedgerEntry(
        row.getString("id"),
        key(row),
        Codec.labels(row.getString("group_labels")),
        row.getString("group_status"),
        Notification.Reason.valueOf(row.getString("reason")),
        row.getInt("firing_count"),
        row.getInt("resolved_count"),
        row.getBoolean("possible_duplicate"),
        Micros.instant(row.getLong("decided_at")),
        Codec.instantOrNull(row, row.findColumn("finished_at")),
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
    Map<String, List<LedgerEntry.Failure>> failures =
        jdbc
            .read(
                "read the ledger",
                "select delivery_id, attempt, failed_at, reason from delivery_failures"
                    + " where delivery_id in ("
                    + Jdbc.placeholders(tried.size())
                    + ") order by attempt",
                row ->
                    new Found(
                        row.getString(1),
                        new LedgerEntry.Failure(
                            row.getInt(2), Codec.instant(row, 3), row.getString(4))),
                tried.toArray())
            .stream()
            .collect(
                Collectors.groupingBy(
                    Found::deliveryId, Collectors.mapping(Found::failure, Collectors.toList())));
    return entries.stream()
        .map(entry -> entry.withFailures(failures.getOrDefault(entry.deliveryId(), List.of())))
        .toList();
  }

  @Override
  public void forgetFinishedBefore(Instant limit) {
    jdbc.write(
        "forget old deliveries",
        connection -> {
          Jdbc.execute(
              connection,
              "delete from delivery_failures where delivery_id in"
                  + " (select id from deliveries where finished_at < ?)",
              limit);
          Jdbc.execute(connection, "delete from deliveries where finished_at < ?", limit);
        });
  }
}
