package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// An immutable set of alert fingerprints, each stored in eight bytes.
public final class FingerprintSet {
  private static final FingerprintSet EMPTY = new FingerprintSet(new long[0]);

  private final long[] sorted;

  private FingerprintSet(long[] sorted) {
    this.sorted = sorted;
  }

  /// The empty set.
  public static FingerprintSet empty() {
    return EMPTY;
  }

  /// Creates a set; duplicates are dropped.
  public static FingerprintSet of(Collection<Fingerprint> fingerprints) {
    return new FingerprintSet(
        fingerprints.stream().mapToLong(Fingerprint::bits).sorted().distinct().toArray());
  }

  /// Creates the set of the alerts' fingerprints.
  public static FingerprintSet ofAlerts(Collection<TrackedAlert> alerts) {
    return of(alerts.stream().map(TrackedAlert::fingerprint).toList());
  }

  /// Parses the text of a set as [#toString] writes it.
  ///
  /// @throws NumberFormatException for any other text
  public static FingerprintSet parse(String text) {
    return text.isEmpty()
        ? EMPTY
        : of(Arrays.stream(text.split(",")).map(Fingerprint::parse).toList());
  }

  /// Whether the set is empty.
  public boolean isEmpty() {
    return sorted.length == 0;
  }

  /// Returns the number of fingerprints.
  public int size() {
    return sorted.length;
  }

  /// Returns the bits of the i-th fingerprint in ascending order.
  public long bits(int i) {
    return sorted[i];
  }

  /// Whether the set contains a fingerprint.
  public boolean contains(Fingerprint fingerprint) {
    return Arrays.binarySearch(sorted, fingerprint.bits()) >= 0;
  }

  /// Whether the set contains all elements of another set.
  public boolean containsAll(FingerprintSet others) {
    for (long bits : others.sorted) {
      if (Arrays.binarySearch(sorted, bits) < 0) {
        return false;
      }
    }
    return true;
  }

  /// Returns the union of both sets.
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

  /// Returns the fingerprints in ascending order.
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

  /// Returns the fingerprints as 16 hexadecimal digits each, separated by commas.
  @Override
  public String toString() {
    return Arrays.stream(sorted)
        .mapToObj(bits -> new Fingerprint(bits).toString())
        .collect(Collectors.joining(","));
  }
}
