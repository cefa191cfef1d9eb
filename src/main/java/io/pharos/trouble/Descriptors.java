package io.pharos.trouble;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// The file descriptors of this process.
///
/// @param open how many are in use
/// @param most how many there may be
public record Descriptors(long open, long most) {
  /// Those of now; empty where the system does not count them.
  public static Optional<Descriptors> now() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os)
        || os.getMaxFileDescriptorCount() <= 0) {
      return Optional.empty();
    }
    long most = os.getMaxFileDescriptorCount();
    try {
      return Optional.of(new Descriptors(os.getOpenFileDescriptorCount(), most));
    } catch (InternalError _) { // to count them takes one: there is none
      return Optional.of(new Descriptors(most, most));
    }
  }

  public long free() {
    return most - open;
  }
}
