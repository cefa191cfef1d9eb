package io.pharos.oncall.device;

import io.pharos.alerting.device.Device;
import java.util.List;

/// Stores devices. Methods throw `StoreUnavailableException` if the store does not answer.
public interface DeviceStore {
  /// Stores a device, instead of one with the same address.
  void put(Device device);

  /// Deletes a device.
  ///
  /// @return whether there was one
  boolean delete(String id);

  /// Returns all devices, oldest first.
  List<Device> all();
}
