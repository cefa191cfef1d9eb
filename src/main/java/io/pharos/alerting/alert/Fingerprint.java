package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Identity of an alert: the 64-bit FNV-1a hash of its sorted labels, each name and value followed
/// by the byte 0xff (prometheus/common `model.LabelSet.Fingerprint`). Alertmanager computes the
/// same value, so links and keys stay valid after a migration.
public record Fingerprint(long bits) implements Comparable<Fingerprint> {
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  /// Computes the fingerprint of a label set.
  public static Fingerprint of(Labels labels) {
    long hash = OFFSET;
    for (int i = 0; i < labels.size(); i++) {
      hash = add(hash, labels.name(i));
      hash = add(hash, labels.value(i));
    }
    return new Fingerprint(hash);
  }

  private static long add(long hash, String text) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * PRIME;
    }
    return (hash ^ 0xff) * PRIME;
  }

  /// Parses 16 hexadecimal digits.
  ///
  /// @throws NumberFormatException if the text contains other characters
  public static Fingerprint parse(String hex) {
    return new Fingerprint(Long.parseUnsignedLong(hex, 16));
  }

  @Override
  public int compareTo(Fingerprint other) {
    return Long.compareUnsigned(bits, other.bits);
  }

  /// Returns 16 lower-case hexadecimal digits.
  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(bits);
  }
}
