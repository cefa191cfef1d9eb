package io.pharos.state.jdbc;

import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.SilenceStore;
import io.pharos.bytes.Micros;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/// Silences in the table `silences`.
final class JdbcSilenceStore implements SilenceStore {
  private static final List<String> COLUMNS =
      List.of(
          "id",
          "matchers",
          "starts_at",
          "ends_at",
          "updated_at",
          "created_by",
          "comment_text",
          "annotations");

  private final Jdbc jdbc;
  private final Versions versions;
  private final String upsert;

  JdbcSilenceStore(Jdbc jdbc, Versions versions) {
    this.jdbc = jdbc;
    this.versions = versions;
    this.upsert = Jdbc.upsert("silences", List.of("id"), COLUMNS);
  }

  @Override
  public List<Silence> load() {
    return jdbc.read(
        "load silences",
        "select " + String.join(", ", COLUMNS) + " from silences",
        _ -> {},
        row ->
            new Silence(
                row.getString(1),
                Codec.matchers(row.getString(2)),
                Micros.instant(row.getLong(3)),
                Micros.instant(row.getLong(4)),
                Micros.instant(row.getLong(5)),
                row.getString(6),
                row.getString(7),
                Codec.texts(row.getString(8))));
  }

  @Override
  public void save(Collection<Silence> silences) {
    jdbc.write(
        "save silences",
        connection -> {
          versions.next(connection, Versions.SILENCES);
          Jdbc.<Silence>batch(connection, upsert, silences, JdbcSilenceStore::bind);
        });
  }

  private static void bind(PreparedStatement statement, Silence silence) throws SQLException {
    statement.setString(1, silence.id());
    statement.setString(2, Codec.matchers(silence.matchers()));
    statement.setLong(3, Micros.of(silence.startsAt()));
    statement.setLong(4, Micros.of(silence.endsAt()));
    statement.setLong(5, Micros.of(silence.updatedAt()));
    statement.setString(6, silence.createdBy());
    statement.setString(7, silence.comment());
    statement.setString(8, Codec.texts(silence.annotations()));
  }

  @Override
  public void delete(Collection<String> ids) {
    jdbc.write(
        "delete silences",
        connection -> {
          versions.next(connection, Versions.SILENCES);
          Jdbc.<String>batch(
              connection,
              "delete from silences where id = ?",
              ids,
              (statement, id) -> statement.setString(1, id));
        });
  }

  @Override
  public long version() {
    return versions.current(jdbc, Versions.SILENCES);
  }
}
