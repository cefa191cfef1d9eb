package io.pharos.tsdb;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// The bounds of a store.
///
/// @param retention how long samples are kept, counted back from the newest one; at least 2 h
/// @param walFlushInterval the longest time that a commit may be lost by a power loss; more than
///   nothing, at most one second
/// @param walSegmentBytes the size at which the log begins another file, 64 KiB to 1 GiB
/// @param maxSeries how many series may have samples in memory; more are refused
/// @param maxSampleAge how old an accepted sample may be; also how long a window of two hours stays
///   in memory after its end. At most 365 d
/// @param maxUnloggedSamples how many samples are taken into memory alone while the log can't be
///   written, as on a full disk; further commits fail. 0: all of them do
/// @param maxExemplars how many exemplars are kept, the newest; 0 for none
/// @param keepStarts whether start timestamps are kept
/// @param maxLateBytes about how much memory samples may take that came out of order and are in no
///   block yet; more are refused
public record TsdbOptions(
    Duration retention,
    Duration walFlushInterval,
    long walSegmentBytes,
    int maxSeries,
    Duration maxSampleAge,
    long maxUnloggedSamples,
    int maxExemplars,
    boolean keepStarts,
    long maxLateBytes) {
  /// How many exemplars are kept unless something else is said, as in Prometheus.
  public static final int DEFAULT_EXEMPLARS = 100_000;

  private static final long DEFAULT_LATE_BYTES = 64L << 20;
  private static final long MIN_SEGMENT = 64L << 10;
  private static final long MAX_SEGMENT = 1L << 30;

  public TsdbOptions {
    requireNonNull(retention, "retention is null");
    requireNonNull(walFlushInterval, "walFlushInterval is null");
    requireNonNull(maxSampleAge, "maxSampleAge is null");
    check(
        retention.compareTo(Tsdb.BLOCK_WINDOW) >= 0,
        "retention",
        retention,
        "at least " + Tsdb.BLOCK_WINDOW);
    check(
        walFlushInterval.isPositive() && walFlushInterval.compareTo(Duration.ofSeconds(1)) <= 0,
        "walFlushInterval",
        walFlushInterval,
        "more than 0 and at most PT1S");
    check(
        walSegmentBytes >= MIN_SEGMENT && walSegmentBytes <= MAX_SEGMENT,
        "walSegmentBytes",
        walSegmentBytes,
        MIN_SEGMENT + " to " + MAX_SEGMENT);
    check(maxSeries > 0, "maxSeries", maxSeries, "at least 1");
    check(
        !maxSampleAge.isNegative() && maxSampleAge.compareTo(Duration.ofDays(365)) <= 0,
        "maxSampleAge",
        maxSampleAge,
        "0 to 365 days");
    check(maxUnloggedSamples >= 0, "maxUnloggedSamples", maxUnloggedSamples, "0 or more");
    check(maxExemplars >= 0, "maxExemplars", maxExemplars, "0 or more");
    check(maxLateBytes >= 0, "maxLateBytes", maxLateBytes, "0 or more");
  }

  /// 15 days, one second, segments of 64 MiB, a million series, one hour, nothing that is not
  /// logged, 100,000 exemplars, 64 MiB of samples that came out of order.
  public static TsdbOptions defaults() {
    return new TsdbOptions(
        Duration.ofDays(15),
        Duration.ofSeconds(1),
        64L << 20,
        1_000_000,
        Duration.ofHours(1),
        0,
        DEFAULT_EXEMPLARS,
        false,
        DEFAULT_LATE_BYTES);
  }

  public TsdbOptions withRetention(Duration newRetention) {
    return new TsdbOptions(
        newRetention,
        walFlushInterval,
        walSegmentBytes,
        maxSeries,
        maxSampleAge,
        maxUnloggedSamples,
        maxExemplars,
        keepStarts,
        maxLateBytes);
  }

  public TsdbOptions withWalSegmentBytes(long newBytes) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        newBytes,
        maxSeries,
        maxSampleAge,
        maxUnloggedSamples,
        maxExemplars,
        keepStarts,
        maxLateBytes);
  }

  public TsdbOptions withMaxSeries(int newMaxSeries) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        walSegmentBytes,
        newMaxSeries,
        maxSampleAge,
        maxUnloggedSamples,
        maxExemplars,
        keepStarts,
        maxLateBytes);
  }

  public TsdbOptions withMaxSampleAge(Duration newAge) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        walSegmentBytes,
        maxSeries,
        newAge,
        maxUnloggedSamples,
        maxExemplars,
        keepStarts,
        maxLateBytes);
  }

  public TsdbOptions withMaxUnloggedSamples(long newMax) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        walSegmentBytes,
        maxSeries,
        maxSampleAge,
        newMax,
        maxExemplars,
        keepStarts,
        maxLateBytes);
  }

  public TsdbOptions withMaxExemplars(int newMax) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        walSegmentBytes,
        maxSeries,
        maxSampleAge,
        maxUnloggedSamples,
        newMax,
        keepStarts,
        maxLateBytes);
  }

  public TsdbOptions withKeepStarts(boolean keep) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        walSegmentBytes,
        maxSeries,
        maxSampleAge,
        maxUnloggedSamples,
        maxExemplars,
        keep,
        maxLateBytes);
  }

  public TsdbOptions withMaxLateBytes(long newMax) {
    return new TsdbOptions(
        retention,
        walFlushInterval,
        walSegmentBytes,
        maxSeries,
        maxSampleAge,
        maxUnloggedSamples,
        maxExemplars,
        keepStarts,
        newMax);
  }

  private static void check(boolean good, String name, Object value, String expected) {
    if (!good) {
      throw new IllegalArgumentException(name + " is " + value + ", expected " + expected);
    }
  }
}
