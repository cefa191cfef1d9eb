package io.pharos.state.jdbc;

import io.pharos.oncall.window.StoredWindow;
import io.pharos.oncall.window.WindowStore;
import java.util.List;

/// Stores maintenance windows of people in the table `maintenance_windows`.
record JdbcWindows(Jdbc jdbc) implements WindowStore {
  /* In the order of the components of StoredWindow. */
  private static final String COLUMNS = "name, body, author, made_at";

  @Override
  public void put(StoredWindow window) {
    jdbc.write(
        "save a maintenance window",
        connection -> {
          Jdbc.execute(connection, "delete from maintenance_windows where name = ?", window.name());
          Jdbc.execute(
              connection, Jdbc.insert("maintenance_windows", COLUMNS), Jdbc.values(window));
        });
  }

  @Override
  public boolean delete(String name) {
    return jdbc.update(
            "delete a maintenance window", "delete from maintenance_windows where name = ?", name)
        > 0;
  }

  @Override
  public List<StoredWindow> all() {
    return jdbc.read(
        "read maintenance windows",
        "select " + COLUMNS + " from maintenance_windows order by name",
        row ->
            new StoredWindow(
                row.getString(1), row.getString(2), row.getString(3), Codec.instant(row, 4)));
  }
}
