package io.pharos.oncall.device;

import io.pharos.alerting.device.Device;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.device.PushCipher;
import io.pharos.alerting.device.ServerKey;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The devices of people. Known devices are used even while the store does not answer. Thread-safe.
public final class Devices implements DeviceSource {
  private static final Logger LOG = LoggerFactory.getLogger(Devices.class);

  /// Devices of a person; a person has fewer browsers.
  static final int MAX_PER_PERSON = 20;

  private final DeviceStore store;
  private final List<String> services;
  private final Supplier<String> keyText;
  private final String contact;
  private final SecureRandom random;
  private volatile @Nullable ServerKey key;
  private volatile @Nullable List<Device> known;

  /// @param services hosts of push services that devices may have; `*.` stands for any subdomain. A
  ///   host that begins with `http://` may be used without TLS
  /// @param keyText returns the text of the shared [ServerKey]; throws `StoreUnavailableException`
  ///   if the store does not answer
  /// @param contact `https:` or `mailto:` address that push services see
  public Devices(
      DeviceStore store,
      List<String> services,
      Supplier<String> keyText,
      String contact,
      SecureRandom random) {
    this.store = store;
    this.keyText = keyText;
    this.contact = contact;
    this.random = random;
    this.services = List.copyOf(services);
  }

  /// Result of adding a device.
  public sealed interface Added {
    /// It is stored.
    record Stored() implements Added {}

    /// The person has too many devices.
    record Full(String message) implements Added {}

    /// The address is not one of a permitted push service.
    record Refused(String message) implements Added {}
  }

  /// Adds a device, instead of one with the same address.
  ///
  /// @throws StoreUnavailableException if the store does not answer
  public Added add(Device device) {
    if (!isPermitted(device.endpoint())) {
      return new Added.Refused(
          "endpoint: %s is not a push service that --web.push-services permits"
              .formatted(device.endpoint().getHost()));
    }
    long others =
        store.all().stream()
            .filter(it -> it.person().equals(device.person()))
            .filter(it -> !it.endpoint().equals(device.endpoint()))
            .count();
    if (others >= MAX_PER_PERSON) {
      return new Added.Full(
          "%s has %d devices already; remove one".formatted(device.person(), others));
    }
    store.put(device);
    known = store.all();
    return new Added.Stored();
  }

  /* Pharos posts to these addresses, so a browser must not be able to name any server. */
  private boolean isPermitted(URI endpoint) {
    String host = String.valueOf(endpoint.getHost()).toLowerCase(Locale.ROOT);
    return services.stream()
        .anyMatch(
            service ->
                service.startsWith("http://")
                    ? endpoint.toString().startsWith(service + "/")
                    : "https".equals(endpoint.getScheme())
                        && endpoint.getUserInfo() == null
                        && (service.startsWith("*.")
                            ? host.endsWith(service.substring(1))
                            : host.equals(service)));
  }

  /// Removes a device.
  ///
  /// @return whether there was one
  /// @throws StoreUnavailableException if the store does not answer
  public boolean remove(String id) {
    boolean isRemoved = store.delete(id);
    known = store.all();
    return isRemoved;
  }

  /// Returns the device with an id.
  public Optional<Device> find(String id) {
    return all().stream().filter(device -> device.id().equals(id)).findFirst();
  }

  @Override
  public List<Device> of(List<String> people) throws IOException {
    try {
      return all().stream().filter(device -> people.contains(device.person())).toList();
    } catch (StoreUnavailableException e) {
      throw new IOException("the devices are unknown: " + e.getMessage(), e);
    }
  }

  @Override
  public byte[] encrypt(Device device, byte[] text) throws IOException {
    try {
      return PushCipher.encrypt(text, device, random);
    } catch (GeneralSecurityException e) {
      throw new IOException(device + " has a damaged key: " + e.getMessage(), e);
    }
  }

  @Override
  public String authorization(Device device, Instant now) throws IOException {
    return key().authorization(device.endpoint(), contact, now);
  }

  /// Returns the public key for which browsers subscribe: an uncompressed point, base64url.
  ///
  /// @throws IOException if it is unknown now
  public String publicKey() throws IOException {
    return key().publicText();
  }

  private ServerKey key() throws IOException {
    ServerKey found = key;
    if (found == null) {
      try {
        found = ServerKey.parse(keyText.get());
      } catch (StoreUnavailableException e) {
        throw new IOException("the key of web push is unknown: " + e.getMessage(), e);
      }
      key = found;
    }
    return found;
  }

  @Override
  public void gone(Device device) {
    try {
      LOG.info("{} no longer exists, so it is removed", device);
      boolean _ = remove(device.id());
    } catch (StoreUnavailableException _) { // it is removed with the next message
    }
  }

  private List<Device> all() {
    try {
      List<Device> all = store.all();
      known = all;
      return all;
    } catch (StoreUnavailableException e) {
      List<Device> last = known;
      if (last == null) {
        throw e;
      }
      return last;
    }
  }
}
