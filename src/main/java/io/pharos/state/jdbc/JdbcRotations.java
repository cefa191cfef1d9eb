package io.pharos.state.jdbc;

import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OverrideStore;
import io.pharos.oncall.shift.ShiftStart;
import io.pharos.oncall.shift.ShiftStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/// Stores overrides of rotations in the table `oncall_overrides`, and who has a rotation in the
/// table `oncall_shifts`.
record JdbcRotations(Jdbc jdbc) implements OverrideStore, ShiftStore {
  /* In the order of the components of DutyOverride. */
  private static final String COLUMNS =
      "id, rotation, begins_at, ends_at, person, instead_of, swaps, note, author, made_at";

  /* In the order of the components of ShiftStart. */
  private static final String SHIFT_COLUMNS =
      "rotation, person, begins_at, previous, noticed_at, news, version";

  @Override
  public void put(DutyOverride override) {
    jdbc.write(
        "save an override",
        connection -> {
          Jdbc.execute(connection, "delete from oncall_overrides where id = ?", override.id());
          Jdbc.execute(connection, Jdbc.insert("oncall_overrides", COLUMNS), Jdbc.values(override));
        });
  }

  @Override
  public boolean delete(String id) {
    return jdbc.update("delete an override", "delete from oncall_overrides where id = ?", id) > 0;
  }

  @Override
  public List<DutyOverride> all() {
    return jdbc.read(
        "read overrides",
        "select " + COLUMNS + " from oncall_overrides order by begins_at, id",
        JdbcRotations::override);
  }

  @Override
  public void prune(Instant before) {
    int _ =
        jdbc.update(
            "delete old overrides", "delete from oncall_overrides where ends_at < ?", before);
  }

  @Override
  public List<ShiftStart> starts() {
    return jdbc.read(
        "read begins of shifts",
        "select " + SHIFT_COLUMNS + " from oncall_shifts",
        row ->
            new ShiftStart(
                row.getString(1),
                row.getString(2),
                Codec.instant(row, 3),
                row.getString(4),
                Codec.instant(row, 5),
                row.getBoolean(6),
                row.getLong(7)));
  }

  @Override
  public boolean save(ShiftStart start) {
    return jdbc.tryWrite(
        "save the begin of a shift",
        connection -> {
          if (start.version() > 0) {
            Jdbc.executeOne(
                connection,
                "delete from oncall_shifts where rotation = ? and version = ?",
                start.rotation(),
                start.version() - 1);
          }
          Jdbc.execute(connection, Jdbc.insert("oncall_shifts", SHIFT_COLUMNS), Jdbc.values(start));
        });
  }

  private static DutyOverride override(ResultSet row) throws SQLException {
    return new DutyOverride(
        row.getString(1),
        row.getString(2),
        Codec.instant(row, 3),
        Codec.instant(row, 4),
        row.getString(5),
        row.getString(6),
        row.getBoolean(7),
        row.getString(8),
        row.getString(9),
        Codec.instant(row, 10));
  }
}
