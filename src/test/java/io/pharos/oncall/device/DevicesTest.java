package io.pharos.oncall.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.device.Device;
import io.pharos.alerting.device.ServerKey;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevicesTest {
  private static final String KEY =
      "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

  private static final class FakeStore implements DeviceStore {
    private final List<Device> stored = new ArrayList<>();
    private boolean isAway;

    @Override
    public void put(Device device) {
      answer();
      stored.removeIf(it -> it.endpoint().equals(device.endpoint()));
      stored.add(device);
    }

    @Override
    public boolean delete(String id) {
      answer();
      return stored.removeIf(it -> it.id().equals(id));
    }

    @Override
    public List<Device> all() {
      answer();
      return List.copyOf(stored);
    }

    private void answer() {
      if (isAway) {
        throw new StoreUnavailableException("away", null);
      }
    }
  }

  private final FakeStore store = new FakeStore();
  private final Devices devices =
      new Devices(
          store,
          List.of("push.example.org", "*.push.example.com", "http://127.0.0.1:9"),
          () -> ServerKey.generate(new SecureRandom()),
          "mailto:pharos@example.org",
          new SecureRandom());

  private static Device device(String id, String endpoint) {
    return new Device(
        id, "lead", URI.create(endpoint), KEY, "BTBZMqHH6r4Tts7J_aSIgg", "Phone", Instant.EPOCH);
  }

  @ParameterizedTest
  @CsvSource({
    "https://push.example.org/1, true",
    "https://PUSH.example.org/1, true",
    "https://web.push.example.com/1, true",
    "http://127.0.0.1:9/1, true",
    "http://push.example.org/1, false",
    "https://push.example.org.evil.example/1, false",
    "https://evilpush.example.com/1, false",
    "https://push.example.com/1, false",
    "http://127.0.0.1:99/1, false",
    "http://127.0.0.1:9@evil.example/1, false",
    "https://push.example.org@evil.example/1, false",
    "https://user@push.example.org/1, false",
    "https://169.254.169.254/latest, false"
  })
  void add_onlyPermittedPushServices(String endpoint, boolean isPermitted) throws IOException {
    Devices.Added added = devices.add(device("a", endpoint));
    assertThat(added instanceof Devices.Added.Stored).isEqualTo(isPermitted);
    assertThat(devices.of(List.of("lead"))).hasSize(isPermitted ? 1 : 0);
  }

  @Test
  void add_sameAddressAgain_replacesTheDevice() throws IOException {
    devices.add(device("a", "https://push.example.org/1"));
    devices.add(device("b", "https://push.example.org/1"));
    assertThat(devices.of(List.of("lead"))).extracting(Device::id).containsExactly("b");
  }

  @Test
  void add_moreThan20OfAPerson_isRefused() {
    for (int i = 0; i < Devices.MAX_PER_PERSON; i++) {
      assertThat(devices.add(device("d" + i, "https://push.example.org/" + i)))
          .isEqualTo(new Devices.Added.Stored());
    }
    assertThat(devices.add(device("more", "https://push.example.org/more")))
        .isEqualTo(new Devices.Added.Full("lead has 20 devices already; remove one"));
    assertThat(devices.add(device("again", "https://push.example.org/3")))
        .isEqualTo(new Devices.Added.Stored());
  }

  @Test
  void of_storeAway_returnsTheKnownDevices() throws IOException {
    store.isAway = true;
    assertThatThrownBy(() -> devices.of(List.of("lead")))
        .isInstanceOf(IOException.class)
        .hasMessage("the devices are unknown: away");
    store.isAway = false;
    devices.add(device("a", "https://push.example.org/1"));
    store.isAway = true;
    assertThat(devices.of(List.of("lead"))).extracting(Device::id).containsExactly("a");
    assertThat(devices.of(List.of("deputy"))).isEmpty();
  }

  @Test
  void gone_removesTheDevice_orWaitsForTheStore() throws IOException {
    Device device = device("a", "https://push.example.org/1");
    devices.add(device);
    store.isAway = true;
    devices.gone(device);
    store.isAway = false;
    assertThat(devices.of(List.of("lead"))).hasSize(1);
    devices.gone(device);
    assertThat(devices.of(List.of("lead"))).isEmpty();
  }
}
