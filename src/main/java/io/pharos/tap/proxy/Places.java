package io.pharos.tap.proxy;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// The exchanges that may be with the backend at once. At most half of them wait for the rest of
/// their requests' bodies, so that slow clients leave room for complete requests. Thread-safe.
final class Places {
  private final int max;
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger incomplete = new AtomicInteger();

  /// @param max maximum number of exchanges
  Places(int max) {
    this.max = max;
  }

  /// Takes a place if there is one.
  ///
  /// @param isComplete whether the whole request has arrived
  Optional<Place> take(boolean isComplete) {
    Place place = new Place(isComplete);
    if (taken.get() <= max && (isComplete || incomplete.get() <= (max + 1) / 2)) {
      return Optional.of(place);
    }
    place.release();
    return Optional.empty();
  }

  /// Takes a place for a complete request, instead of an exchange that is being ended.
  Place takeInAnyCase() {
    return new Place(true);
  }

  /// The place of one exchange. Not thread-safe.
  final class Place {
    private boolean isComplete;
    private boolean isReleased;

    private Place(boolean isComplete) {
      this.isComplete = isComplete;
      taken.incrementAndGet();
      if (!isComplete) {
        incomplete.incrementAndGet();
      }
    }

    /// Records that the whole request has arrived.
    void complete() {
      if (!isComplete) {
        isComplete = true;
        incomplete.decrementAndGet();
      }
    }

    /// Releases the place. Further calls do nothing.
    void release() {
      if (!isReleased) {
        isReleased = true;
        complete();
        taken.decrementAndGet();
      }
    }
  }
}
