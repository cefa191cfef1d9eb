package io.pharos.trouble;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// The file descriptors of this process.
///
/// @param open number of open descriptors
/// @param most maximum number of descriptors
public record Descriptors(long open, long most) {
  /// Returns the current numbers; empty if the system does not count descriptors.
  public static Optional<Descriptors> now() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os)
        || os.getMaxFileDescriptorCount() <= 0) {
      return Optional.empty();
    }
    long most = os.getMaxFileDescriptorCount();
    try {
      return Optional.of(new Descriptors(os.getOpenFileDescriptorCount(), most));
    } catch (InternalError _) { // counting needs a descriptor, and no more can be opened
      return Optional.of(new Descriptors(most, most));
    }
  }

  /// Returns how many descriptors can still be opened.
  public long free() {
    return most - open;
  }
}
