package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.device.Device;
import io.pharos.oncall.device.DeviceStore;
import java.net.URI;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of all stores of the browsers of people.
abstract class DeviceStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  @BeforeEach
  void empty() {
    devices().all().forEach(device -> devices().delete(device.id()));
  }

  private DeviceStore devices() {
    return store().devices();
  }

  private static Device device(String id, String path, int second) {
    return new Device(
        id,
        "李雷",
        URI.create("https://push.example.org/" + path),
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        "it's \"mine\" %_",
        T.plusSeconds(second));
  }

  @Test
  void device_isRead_asItWasStored_oldestFirst() {
    assertThat(devices().all()).isEmpty();
    devices().put(device("b", "1", 2));
    devices().put(device("a", "x".repeat(1_900), 1));
    assertThat(devices().all())
        .containsExactly(device("a", "x".repeat(1_900), 1), device("b", "1", 2));
  }

  @Test
  void device_withTheSameAddress_isReplaced() {
    devices().put(device("a", "1", 1));
    devices().put(device("b", "1", 5));
    assertThat(devices().all()).containsExactly(device("b", "1", 5));
  }

  @Test
  void delete_saysWhetherThereWasOne() {
    devices().put(device("a", "1", 1));
    assertThat(devices().delete("x")).isFalse();
    assertThat(devices().delete("a")).isTrue();
    assertThat(devices().delete("a")).isFalse();
    assertThat(devices().all()).isEmpty();
  }
}
