package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// An immutable set of alert fingerprints, eight bytes each.
public final class FingerprintSet {
  private static final FingerprintSet EMPTY = new FingerprintSet(new long[0]);

  private final long[] sorted;

  private FingerprintSet(long[] sorted) {
    this.sorted = sorted;
  }

  public static FingerprintSet empty() {
    return EMPTY;
  }

  public static FingerprintSet of(Collection<Fingerprint> fingerprints) {
    return new FingerprintSet(
        fingerprints.stream().mapToLong(Fingerprint::bits).sorted().distinct().toArray());
  }

  public static FingerprintSet ofAlerts(Collection<TrackedAlert> alerts) {
    return of(alerts.stream().map(TrackedAlert::fingerprint).toList());
  }

  /// The set that [#toString] wrote.
  ///
  /// @throws NumberFormatException when the text is something else
  public static FingerprintSet parse(String text) {
    return text.isEmpty()
        ? EMPTY
        : of(Arrays.stream(text.split(",")).map(Fingerprint::parse).toList());
  }

  public boolean isEmpty() {
    return sorted.length == 0;
  }

  public int size() {
    return sorted.length;
  }

  /// The bits of the i-th fingerprint in ascending order.
  public long bits(int i) {
    return sorted[i];
  }

  public boolean contains(Fingerprint fingerprint) {
    return Arrays.binarySearch(sorted, fingerprint.bits()) >= 0;
  }

  public boolean containsAll(FingerprintSet others) {
    for (long bits : others.sorted) {
      if (Arrays.binarySearch(sorted, bits) < 0) {
        return false;
      }
    }
    return true;
  }

  /// Both sets together.
  public FingerprintSet with(FingerprintSet other) {
    if (other.isEmpty()) {
      return this;
    }
    return new FingerprintSet(
        LongStream.concat(Arrays.stream(sorted), Arrays.stream(other.sorted))
            .sorted()
            .distinct()
            .toArray());
  }

  public List<Fingerprint> toList() {
    return Arrays.stream(sorted).mapToObj(Fingerprint::new).toList();
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof FingerprintSet other && Arrays.equals(sorted, other.sorted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sorted);
  }

  /// Sixteen hex digits each, with commas between.
  @Override
  public String toString() {
    return Arrays.stream(sorted)
        .mapToObj(bits -> new Fingerprint(bits).toString())
        .collect(Collectors.joining(","));
  }
}
