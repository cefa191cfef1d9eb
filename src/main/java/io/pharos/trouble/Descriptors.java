package io.pharos.trouble;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// The file descriptors of this process.
///
/// @param open number of open descriptors
/// @param max maximum number of open descriptors
public record Descriptors(long open, long max) {
  /// Returns the current numbers; empty if the system does not count descriptors.
  public static Optional<Descriptors> now() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os)
        || os.getMaxFileDescriptorCount() <= 0) {
      return Optional.empty();
    }
    long max = os.getMaxFileDescriptorCount();
    try {
      return Optional.of(new Descriptors(os.getOpenFileDescriptorCount(), max));
    } catch (InternalError _) { // counting needs a descriptor, and no more can be opened
      return Optional.of(new Descriptors(max, max));
    }
  }

  /// Returns the number of descriptors that can still be opened.
  public long free() {
    return max - open;
  }
}
