package io.pharos.trouble;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// The file descriptors of this process.
///
/// @param open descriptors in use
/// @param most maximum number of descriptors
public record Descriptors(long open, long most) {
  /// The current descriptors; empty if the system does not count them.
  public static Optional<Descriptors> now() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os)
        || os.getMaxFileDescriptorCount() <= 0) {
      return Optional.empty();
    }
    long most = os.getMaxFileDescriptorCount();
    try {
      return Optional.of(new Descriptors(os.getOpenFileDescriptorCount(), most));
    } catch (InternalError _) { // counting needs a descriptor, and none is free
      return Optional.of(new Descriptors(most, most));
    }
  }

  /// Descriptors that can still be opened.
  public long free() {
    return most - open;
  }
}
