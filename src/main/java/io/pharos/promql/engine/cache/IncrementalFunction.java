package io.pharos.promql.engine.cache;

import io.pharos.promql.ast.Function;
import org.jspecify.annotations.Nullable;

/// Window functions that need not read all samples of a window again when the window moves, and the
/// state that each of these functions needs.
enum IncrementalFunction {
  COUNT(Aspect.EDGES),
  PRESENT(Aspect.EDGES),
  FIRST(Aspect.EDGES),
  LAST(Aspect.EDGES),
  TIME_OF_FIRST(Aspect.EDGES),
  TIME_OF_LAST(Aspect.EDGES),
  DELTA(Aspect.EDGES),
  IRATE(Aspect.NEWEST_TWO),
  IDELTA(Aspect.NEWEST_TWO),
  RATE(Aspect.RESETS),
  INCREASE(Aspect.RESETS),
  RESETS(Aspect.RESETS),
  CHANGES(Aspect.CHANGES),
  SUM(Aspect.SUM),
  AVERAGE(Aspect.SUM),
  MIN(Aspect.MIN),
  MAX(Aspect.MAX);

  /// State of a series that a function needs in addition to the first sample, the last sample and
  /// the number of samples.
  enum Aspect {
    EDGES,
    /// The sample before the last one.
    NEWEST_TWO,
    /// The counter's values before its resets, in order.
    RESETS,
    /// The number of samples that differ from their predecessor.
    CHANGES,
    /// [WindowSegments] that compute sums.
    SUM,
    /// [WindowSegments] that compute minima.
    MIN,
    /// [WindowSegments] that compute maxima.
    MAX;

    /// Returns the kind of segments, or null if this state has no segments.
    WindowSegments.@Nullable Kind segments() {
      return switch (this) {
        case SUM -> WindowSegments.Kind.SUM;
        case MIN -> WindowSegments.Kind.MIN;
        case MAX -> WindowSegments.Kind.MAX;
        case EDGES, NEWEST_TWO, RESETS, CHANGES -> null;
      };
    }
  }

  private final Aspect aspect;

  IncrementalFunction(Aspect aspect) {
    this.aspect = aspect;
  }

  Aspect aspect() {
    return aspect;
  }

  /// Returns the incremental form of a function, or null if the function must read all samples.
  static @Nullable IncrementalFunction of(Function function) {
    return switch (function) {
      case COUNT_OVER_TIME -> COUNT;
      case PRESENT_OVER_TIME, ABSENT_OVER_TIME -> PRESENT;
      case FIRST_OVER_TIME -> FIRST;
      case LAST_OVER_TIME -> LAST;
      case TS_OF_FIRST_OVER_TIME -> TIME_OF_FIRST;
      case TS_OF_LAST_OVER_TIME -> TIME_OF_LAST;
      case DELTA -> DELTA;
      case IRATE -> IRATE;
      case IDELTA -> IDELTA;
      case RATE -> RATE;
      case INCREASE -> INCREASE;
      case RESETS -> RESETS;
      case CHANGES -> CHANGES;
      case SUM_OVER_TIME -> SUM;
      case AVG_OVER_TIME -> AVERAGE;
      case MIN_OVER_TIME -> MIN;
      case MAX_OVER_TIME -> MAX;
      default -> null;
    };
  }
}
