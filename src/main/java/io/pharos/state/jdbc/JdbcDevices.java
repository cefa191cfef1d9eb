package io.pharos.state.jdbc;

import io.pharos.alerting.device.Device;
import io.pharos.oncall.device.DeviceStore;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// Stores the browsers of people in the table `push_devices`.
record JdbcDevices(Jdbc jdbc) implements DeviceStore {
  /* In the order of the components of Device. */
  private static final String COLUMNS = "id, person, endpoint, p256dh, auth, name, added_at";

  @Override
  public void put(Device device) {
    String endpoint = device.endpoint().toString();
    jdbc.write(
        "save a device",
        connection -> {
          Jdbc.execute(
              connection,
              "delete from push_devices where id = ? or endpoint = ?",
              device.id(),
              endpoint);
          Jdbc.execute(
              connection,
              Jdbc.insert("push_devices", COLUMNS),
              device.id(),
              device.person(),
              endpoint,
              device.key(),
              device.auth(),
              device.name(),
              device.addedAt());
        });
  }

  @Override
  public boolean delete(String id) {
    return jdbc.update("delete a device", "delete from push_devices where id = ?", id) > 0;
  }

  @Override
  public List<Device> all() {
    return jdbc.read(
        "read devices",
        "select " + COLUMNS + " from push_devices order by added_at, id",
        JdbcDevices::device);
  }

  private static Device device(ResultSet row) throws SQLException {
    return new Device(
        row.getString(1),
        row.getString(2),
        URI.create(row.getString(3)),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        Codec.instant(row, 7));
  }
}
