package io.pharos.probe.run;

import static java.util.Objects.requireNonNull;

import io.pharos.probe.ProbeOutcome;
import io.pharos.trouble.FailureOrigin;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The state of a push probe. A report only counts as missing if Pharos could receive reports when
/// it was due. A report that may have been sent while Pharos was down or paused counts neither as
/// received nor as missing.
///
/// @param condition what the reports so far show
/// @param reference start of the interval in which the next report is due
/// @param started start of the current run; null if none runs
/// @param lastEnd end of the last reported run; null if there was none
/// @param message message of the last report, or why the probe counts as failed
/// @param exitCode exit code of the last run; null if it was not reported
/// @param took duration of the last run; null if neither the duration nor its start was reported
/// @param gaps time spans in which Pharos could not receive reports and that may still matter,
///   oldest first
/// @param results whether the last runs succeeded, oldest first
/// @param count total number of results
record PushState(
    Condition condition,
    Instant reference,
    @Nullable Instant started,
    @Nullable Instant lastEnd,
    String message,
    @Nullable Integer exitCode,
    @Nullable Duration took,
    List<Gap> gaps,
    List<Boolean> results,
    long count) {
  /// What the reports so far show.
  enum Condition {
    /// No report has arrived, and none was due.
    NEVER,
    /// No report has arrived, although Pharos could receive reports for long enough.
    UNHEARD,
    GOOD,
    /// The last report was a failure.
    BAD,
    /// The report is late.
    LATE,
    /// A report may have been sent while Pharos could not receive it.
    UNSURE;

    boolean isDecided() {
      return this == GOOD || this == BAD || this == LATE;
    }
  }

  /// A time span in which Pharos could not receive reports.
  record Gap(Instant from, Instant to) {}

  private static final int MAX_GAPS = 16;
  private static final int MAX_RESULTS = 20;

  /* Maximum number of missed intervals that are examined one by one. If more were missed, the next
   * interval begins now. */
  private static final int MAX_MISSED_INTERVALS = 100;

  PushState {
    gaps = List.copyOf(gaps);
    results = List.copyOf(results);
  }

  /// Returns the state of a probe without reports, if Pharos can receive reports from `now` on.
  static PushState silent(Instant now) {
    return new PushState(Condition.NEVER, now, null, null, "", null, null, List.of(), List.of(), 0);
  }

  /// Returns when the next report counts as late.
  Instant due(PushTerms terms) {
    return started != null && terms.maxRun() != null
        ? started.plus(terms.maxRun())
        : terms.expected(reference).plus(terms.grace());
  }

  PushState withReport(PushReport report, Instant now) {
    return switch (report.kind()) {
      case START ->
          new PushState(
                  condition, reference, now, lastEnd, message, exitCode, took, gaps, results, count)
              .withoutOldGaps();
      case SUCCESS -> withEnd(report, now, true);
      case FAILURE -> withEnd(report, now, false);
    };
  }

  private PushState withEnd(PushReport report, Instant now, boolean success) {
    Duration ran =
        report.took() != null || started == null || started.isAfter(now)
            ? report.took()
            : Duration.between(started, now);
    return new PushState(
        success ? Condition.GOOD : Condition.BAD,
        now,
        null,
        now,
        report.message(),
        report.exitCode(),
        ran,
        gaps.stream().filter(gap -> gap.to().isAfter(now)).toList(),
        withResult(success),
        count + 1);
  }

  /// Returns whether all reports so far are from `time` or earlier.
  boolean isBefore(Instant time) {
    return (lastEnd == null || !lastEnd.isAfter(time))
        && (started == null || !started.isAfter(time));
  }

  /// Returns the outcome; empty if there was no report.
  Optional<ProbeOutcome> outcome() {
    return switch (condition) {
      case NEVER, UNHEARD -> Optional.empty();
      case GOOD -> Optional.of(new ProbeOutcome.Success());
      case LATE -> Optional.of(new ProbeOutcome.Failure(message));
      case BAD ->
          Optional.of(
              new ProbeOutcome.Failure(
                  "the job reported a failure"
                      + (exitCode == null ? "" : " with exit code " + exitCode)
                      + (message.isEmpty() ? "" : ": " + message)));
      case UNSURE ->
          Optional.of(
              new ProbeOutcome.Unknown(
                  FailureOrigin.Kind.PAUSE,
                  "a report may have been sent while Pharos could not receive it"));
    };
  }

  private List<Boolean> withResult(boolean success) {
    var extended = new ArrayList<>(results);
    extended.add(success);
    return extended.subList(Math.max(0, extended.size() - MAX_RESULTS), extended.size());
  }

  /// Returns the state with a further time span in which Pharos could not receive reports.
  PushState withGap(Instant from, Instant to) {
    var spans = new ArrayList<>(gaps);
    if (!spans.isEmpty()
        && spans.getLast().from().equals(from)
        && !spans.getLast().to().isAfter(to)) {
      spans.removeLast(); // the new time span continues the last one
    }
    spans.add(new Gap(from, to));
    if (spans.size() > MAX_GAPS) {
      Gap first = spans.removeFirst();
      spans.set(0, new Gap(first.from(), spans.getFirst().to()));
    }
    return new PushState(
            condition, reference, started, lastEnd, message, exitCode, took, spans, results, count)
        .withoutOldGaps();
  }

  private PushState withoutOldGaps() {
    Instant oldest = started != null && started.isBefore(reference) ? started : reference;
    List<Gap> kept = gaps.stream().filter(gap -> !gap.to().isBefore(oldest)).toList();
    return kept.size() == gaps.size()
        ? this
        : new PushState(
            condition, reference, started, lastEnd, message, exitCode, took, kept, results, count);
  }

  /// Returns the state at `now`: each report that was due has been received, or counts as missing.
  PushState checked(PushTerms terms, Instant now) {
    PushState state = this;
    for (int intervals = 0; now.isAfter(state.due(terms)); intervals++) {
      state =
          intervals < MAX_MISSED_INTERVALS
              ? state.afterDueTime(terms)
              : new PushState(
                  state.condition,
                  now,
                  null,
                  lastEnd,
                  state.message,
                  exitCode,
                  took,
                  gaps,
                  state.results,
                  state.count);
    }
    return state.withoutOldGaps();
  }

  /// Returns the state after a report was due and did not arrive.
  private PushState afterDueTime(PushTerms terms) {
    Instant due = due(terms);
    boolean running = started != null && terms.maxRun() != null;
    Instant from = running ? requireNonNull(started) : expectedFrom(terms);
    boolean inGap =
        gaps.stream().anyMatch(gap -> !gap.to().isBefore(from) && !gap.from().isAfter(due));
    Condition next =
        switch (condition) {
          case NEVER, UNHEARD -> inGap ? condition : Condition.UNHEARD;
          case GOOD, UNSURE -> inGap ? Condition.UNSURE : Condition.LATE;
          case BAD, LATE -> inGap ? condition : Condition.LATE;
        };
    boolean late = next == Condition.LATE && !inGap;
    String newMessage =
        inGap || next == Condition.UNHEARD
            ? message
            : running
                ? "the run that began at " + started + " has not ended by " + due
                : "no report arrived since " + lastEnd + ", expected one by " + due;
    return new PushState(
        next,
        due.minus(terms.grace()),
        null,
        lastEnd,
        newMessage,
        exitCode,
        took,
        gaps,
        late ? withResult(false) : results,
        late ? count + 1 : count);
  }

  /* Returns the earliest time at which the next report may arrive: an interval after the last
   * report, minus the grace. */
  private Instant expectedFrom(PushTerms terms) {
    Instant from = terms.expected(reference).minus(terms.grace());
    return from.isBefore(reference) ? reference : from;
  }
}
