package io.pharos.alerting.device;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/// The devices to which messages are pushed.
public interface DeviceSource {
  /// A source without devices.
  DeviceSource NONE =
      new DeviceSource() {
        @Override
        public List<Device> of(List<String> people) {
          return List.of();
        }

        @Override
        public byte[] encrypt(Device device, byte[] text) throws IOException {
          throw new IOException("there are no devices");
        }

        @Override
        public String authorization(Device device, Instant now) throws IOException {
          throw new IOException("there are no devices");
        }

        @Override
        public void gone(Device device) {
          // there is none
        }
      };

  /// Returns the devices of people.
  ///
  /// @throws IOException if they are unknown now
  List<Device> of(List<String> people) throws IOException;

  /// Encrypts a message for a device.
  ///
  /// @param text at most [PushCipher#MAX_BYTES] bytes
  /// @throws IOException if the device's key is damaged
  byte[] encrypt(Device device, byte[] text) throws IOException;

  /// Returns the header `Authorization` of a request to the device's push service.
  ///
  /// @throws IOException if the key is unknown now
  String authorization(Device device, Instant now) throws IOException;

  /// Removes a device that the push service no longer knows.
  void gone(Device device);
}
