package io.pharos.state.jdbc;

import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import java.util.Collection;
import java.util.List;

/// Stores silences in the table `silences`.
record JdbcSilenceStore(Jdbc jdbc, ChangeCounters counters) implements Silences.Store {
  private static final String COLUMNS =
      "id, matchers, starts_at, ends_at, updated_at, created_by, comment_text, annotations";

  @Override
  public List<Silence> load() {
    return jdbc.read(
        "load silences",
        "select " + COLUMNS + " from silences",
        row ->
            new Silence(
                row.getString(1),
                Codec.matchers(row.getString(2)),
                Codec.instant(row, 3),
                Codec.instant(row, 4),
                Codec.instant(row, 5),
                row.getString(6),
                row.getString(7),
                Codec.texts(row.getString(8))));
  }

  @Override
  public void save(Collection<Silence> silences) {
    jdbc.write(
        "save silences",
        connection -> {
          counters.increment(connection, ChangeCounters.SILENCES);
          Jdbc.<Silence>batch(
              connection,
              Jdbc.upsert("silences", "id", COLUMNS),
              silences,
              silence ->
                  Jdbc.row(
                      silence.id(),
                      Codec.matchers(silence.matchers()),
                      silence.startsAt(),
                      silence.endsAt(),
                      silence.updatedAt(),
                      silence.createdBy(),
                      silence.comment(),
                      Codec.texts(silence.annotations())));
        });
  }

  @Override
  public void delete(Collection<String> ids) {
    jdbc.write(
        "delete silences",
        connection -> {
          counters.increment(connection, ChangeCounters.SILENCES);
          Jdbc.<String>batch(
              connection, "delete from silences where id = ?", ids, id -> Jdbc.row(id));
        });
  }

  @Override
  public long version() {
    return counters.current(jdbc, ChangeCounters.SILENCES);
  }
}
