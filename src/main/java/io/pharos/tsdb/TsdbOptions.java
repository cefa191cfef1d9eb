package io.pharos.tsdb;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Limits of a store.
///
/// @param retention how long samples are kept, measured from the newest one; at least 2 h
/// @param walFlushInterval maximum time span of commits that a power failure may lose; more than
///   zero, at most one second
/// @param walSegmentBytes size at which the log starts another file, 64 KiB to 1 GiB
/// @param maxSeries maximum number of series in memory; samples of further series are refused
/// @param maxSampleAge maximum age of an accepted sample, and how long a window of two hours stays
///   in memory after its end; at most 365 d
/// @param maxUnloggedSamples maximum number of samples stored only in memory while the log cannot
///   be written, as on a full disk; further commits fail. With 0, every commit fails while the log
///   cannot be written
/// @param maxExemplars maximum number of exemplars, 0 for none. At the maximum, a new exemplar
///   replaces the oldest
/// @param keepStarts whether start timestamps are stored
/// @param maxLateBytes approximate limit in bytes on the memory of out-of-order samples that are in
///   no block yet; further ones are refused
/// @param headPartBytes bytes of finished chunks that are moved from memory to a file at once, at
///   least 1
/// @param heapIsFull whether new series are refused now, whatever the other limits say
public record TsdbOptions(
    Duration retention,
    Duration walFlushInterval,
    long walSegmentBytes,
    int maxSeries,
    Duration maxSampleAge,
    long maxUnloggedSamples,
    int maxExemplars,
    boolean keepStarts,
    long maxLateBytes,
    int headPartBytes,
    BooleanSupplier heapIsFull) {
  /// Default maximum number of exemplars, as in Prometheus.
  public static final int DEFAULT_EXEMPLARS = 100_000;

  private static final long DEFAULT_LATE_BYTES = 64L << 20;
  private static final long MIN_SEGMENT = 64L << 10;
  private static final long MAX_SEGMENT = 1L << 30;

  public TsdbOptions {
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
    check(headPartBytes > 0, "headPartBytes", headPartBytes, "at least 1");
  }

  /// The defaults: retention of 15 days, flush interval of one second, segments of 64 MiB, a
  /// million series, maximum age of one hour, no unlogged samples, 100,000 exemplars, no start
  /// timestamps, 64 MiB of out-of-order samples.
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
        DEFAULT_LATE_BYTES,
        HeadChunkFiles.DEFAULT_PART_BYTES,
        () -> false);
  }

  /// A mutable copy of options. Its fields have the names of the options.
  public static final class Draft {
    public Duration retention;
    public long walSegmentBytes;
    public int maxSeries;
    public Duration maxSampleAge;
    public long maxUnloggedSamples;
    public int maxExemplars;
    public boolean keepStarts;
    public long maxLateBytes;
    public int headPartBytes;
    public BooleanSupplier heapIsFull;

    private Draft(TsdbOptions options) {
      retention = options.retention;
      walSegmentBytes = options.walSegmentBytes;
      maxSeries = options.maxSeries;
      maxSampleAge = options.maxSampleAge;
      maxUnloggedSamples = options.maxUnloggedSamples;
      maxExemplars = options.maxExemplars;
      keepStarts = options.keepStarts;
      maxLateBytes = options.maxLateBytes;
      headPartBytes = options.headPartBytes;
      heapIsFull = options.heapIsFull;
    }
  }

  /// Returns these options after a change.
  public TsdbOptions with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return new TsdbOptions(
        draft.retention,
        walFlushInterval,
        draft.walSegmentBytes,
        draft.maxSeries,
        draft.maxSampleAge,
        draft.maxUnloggedSamples,
        draft.maxExemplars,
        draft.keepStarts,
        draft.maxLateBytes,
        draft.headPartBytes,
        draft.heapIsFull);
  }

  private static void check(boolean good, String name, Object value, String expected) {
    if (!good) {
      throw new IllegalArgumentException(name + " is " + value + ", expected " + expected);
    }
  }
}
