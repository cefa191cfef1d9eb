package io.pharos.bytes;

import java.time.Instant;

/// Converts instants to whole microseconds since 1970, the form in files and tables.
public final class Micros {
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private Micros() {}

  /// Microseconds since 1970, rounded down and clamped to the years 1 to 9999.
  public static long of(Instant instant) {
    Instant clamped = instant.isBefore(EARLIEST) ? EARLIEST : instant;
    clamped = clamped.isAfter(LATEST) ? LATEST : clamped;
    return clamped.getEpochSecond() * 1_000_000L + clamped.getNano() / 1000;
  }

  /// The instant of a number of microseconds since 1970.
  public static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
  }
}
