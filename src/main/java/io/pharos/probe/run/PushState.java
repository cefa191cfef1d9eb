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

/// The state of a push probe. A missing report only counts if Pharos listened: one that may have
/// been sent while Pharos was down or paused counts neither as received nor as missing.
///
/// @param reference start of the interval in which the next report is due
/// @param started start of the current run; null if none runs
/// @param heard end of the last reported run; null if there was none
/// @param told message of the last report, or why the probe counts as failed
/// @param exitCode exit code of the last run; null if not given
/// @param took duration of the last run; null if neither the duration nor its start was reported
/// @param gaps time spans without listening that may matter, oldest first
/// @param results whether the last runs succeeded, oldest first
/// @param count total number of results
record PushState(
    Known known,
    Instant reference,
    @Nullable Instant started,
    @Nullable Instant heard,
    String told,
    @Nullable Integer exitCode,
    @Nullable Duration took,
    List<Gap> gaps,
    List<Boolean> results,
    long count) {
  /// The current state.
  enum Known {
    /// There was no report, and none was due.
    NEVER,
    /// There was no report, although Pharos listened for long enough.
    UNHEARD,
    GOOD,
    /// The last report was a failure.
    BAD,
    /// The report is late.
    LATE,
    /// A report may have been missed.
    UNSURE;

    boolean isDecided() {
      return this == GOOD || this == BAD || this == LATE;
    }
  }

  /// A time span in which Pharos did not listen.
  record Gap(Instant from, Instant to) {}

  private static final int MAX_GAPS = 16;
  private static final int MAX_RESULTS = 20;

  /* Maximum number of missed intervals that are examined one by one. If there are more, the time
   * since then counts from now. */
  private static final int MAX_LAPS = 100;

  PushState {
    gaps = List.copyOf(gaps);
    results = List.copyOf(results);
  }

  /// Returns the state of a probe without reports, if Pharos starts to listen now.
  static PushState silent(Instant now) {
    return new PushState(Known.NEVER, now, null, null, "", null, null, List.of(), List.of(), 0);
  }

  /// Returns when the next report counts as late.
  Instant due(PushTerms terms) {
    return started != null && terms.maxRun() != null
        ? started.plus(terms.maxRun())
        : reference.plus(terms.interval()).plus(terms.grace());
  }

  PushState hear(PushReport report, Instant now) {
    return switch (report.kind()) {
      case START ->
          new PushState(known, reference, now, heard, told, exitCode, took, gaps, results, count)
              .pruned();
      case SUCCESS -> ended(report, now, true);
      case FAILURE -> ended(report, now, false);
    };
  }

  private PushState ended(PushReport report, Instant now, boolean success) {
    Duration ran =
        report.took() != null || started == null || started.isAfter(now)
            ? report.took()
            : Duration.between(started, now);
    return new PushState(
        success ? Known.GOOD : Known.BAD,
        now,
        null,
        now,
        report.message(),
        report.exitCode(),
        ran,
        gaps.stream().filter(gap -> gap.to().isAfter(now)).toList(),
        with(success),
        count + 1);
  }

  /// Returns whether all known reports are from `at` or earlier.
  boolean isBefore(Instant at) {
    return (heard == null || !heard.isAfter(at)) && (started == null || !started.isAfter(at));
  }

  /// Returns the outcome; empty if there was no report.
  Optional<ProbeOutcome> outcome() {
    return switch (known) {
      case NEVER, UNHEARD -> Optional.empty();
      case GOOD -> Optional.of(new ProbeOutcome.Success());
      case LATE -> Optional.of(new ProbeOutcome.Failure(told));
      case BAD ->
          Optional.of(
              new ProbeOutcome.Failure(
                  "it reported a failure"
                      + (exitCode == null ? "" : " with exit code " + exitCode)
                      + (told.isEmpty() ? "" : ": " + told)));
      case UNSURE ->
          Optional.of(
              new ProbeOutcome.Unknown(
                  FailureOrigin.Kind.PAUSE,
                  "its report may have been missed while Pharos did not listen"));
    };
  }

  private List<Boolean> with(boolean success) {
    var extended = new ArrayList<>(results);
    extended.add(success);
    return extended.subList(Math.max(0, extended.size() - MAX_RESULTS), extended.size());
  }

  /// Returns the state with a further time span without listening.
  PushState deaf(Instant from, Instant to) {
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
            known, reference, started, heard, told, exitCode, took, spans, results, count)
        .pruned();
  }

  private PushState pruned() {
    Instant oldest = started != null && started.isBefore(reference) ? started : reference;
    List<Gap> kept = gaps.stream().filter(gap -> !gap.to().isBefore(oldest)).toList();
    return kept.size() == gaps.size()
        ? this
        : new PushState(
            known, reference, started, heard, told, exitCode, took, kept, results, count);
  }

  /// Returns the state after all reports that were due by `now` were received or found missing.
  PushState look(PushTerms terms, Instant now) {
    PushState state = this;
    for (int laps = 0; now.isAfter(state.due(terms)); laps++) {
      state =
          laps < MAX_LAPS
              ? state.passed(terms)
              : new PushState(
                  state.known,
                  now,
                  null,
                  heard,
                  state.told,
                  exitCode,
                  took,
                  gaps,
                  state.results,
                  state.count);
    }
    return state.pruned();
  }

  private PushState passed(PushTerms terms) {
    Instant due = due(terms);
    boolean running = started != null && terms.maxRun() != null;
    Instant from = running ? requireNonNull(started) : expectedFrom(terms);
    boolean missed =
        gaps.stream().anyMatch(gap -> !gap.to().isBefore(from) && !gap.from().isAfter(due));
    Known next =
        switch (known) {
          case NEVER, UNHEARD -> missed ? known : Known.UNHEARD;
          case GOOD, UNSURE -> missed ? Known.UNSURE : Known.LATE;
          case BAD, LATE -> missed ? known : Known.LATE;
        };
    boolean late = next == Known.LATE && !missed;
    String why =
        missed || next == Known.UNHEARD
            ? told
            : running
                ? "the run that began at " + started + " has not ended by " + due
                : "no report arrived since " + heard + ", expected one by " + due;
    return new PushState(
        next,
        due.minus(terms.grace()),
        null,
        heard,
        why,
        exitCode,
        took,
        gaps,
        late ? with(false) : results,
        late ? count + 1 : count);
  }

  /* Returns the earliest time of the next report: it is due an interval after the last one, and
   * may be early by the grace. */
  private Instant expectedFrom(PushTerms terms) {
    Instant from = reference.plus(terms.interval()).minus(terms.grace());
    return from.isBefore(reference) ? reference : from;
  }
}
