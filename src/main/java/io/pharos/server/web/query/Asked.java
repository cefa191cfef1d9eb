package io.pharos.server.web.query;

import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.QueryWork;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The answer to the question of one section of a page. The other sections are shown without it.
///
/// @param value null if there is none
/// @param problem why there is none, as a sentence; else empty
public record Asked<T>(@Nullable T value, String problem) {
  /// A reader does not wait longer for one section of a page.
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  /// No question was asked.
  public static <T> Asked<T> nothing() {
    return new Asked<>(null, "");
  }

  /// Asks a question on the pool of queries.
  public static <T> Asked<T> of(QueryWork work, Supplier<T> question) {
    try {
      return new Asked<>(work.call(Optional.of(MAX_WAIT), question), "");
    } catch (BusyException e) {
      return new Asked<>(null, "Pharos is busy: " + e.text() + ". Reload the page in a moment.");
    } catch (CancelledException e) {
      return new Asked<>(null, "This took longer than " + MAX_WAIT.toSeconds() + " s.");
    } catch (QueryException e) {
      return new Asked<>(null, "This can't be read now: " + e.reason() + ".");
    }
  }
}
