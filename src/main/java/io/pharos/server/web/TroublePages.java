package io.pharos.server.web;

import io.pharos.callback.Callback;
import io.pharos.callback.Callbacks;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.Troubles;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The page of Pharos' own troubles, damaged data, callbacks and refusals.
@Path("/trouble")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class TroublePages {
  /// Maximum number of pending callbacks on the page, and of failed callbacks. The API lists more.
  private static final int MAX_CALLBACKS = 20;

  record Row(String kind, String state, String text, String since) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance trouble(
        String title,
        List<Row> troubles,
        List<Row> unobserved,
        List<Row> damages,
        List<Row> callbacks,
        List<Row> refused);
  }

  private final Troubles troubles;
  private final ObservationGaps gaps;
  private final DamagedData damages;
  private final MemoryBounds budgets;
  private final Callbacks callbacks;

  TroublePages(
      Troubles troubles,
      ObservationGaps gaps,
      DamagedData damages,
      MemoryBounds budgets,
      Callbacks callbacks) {
    this.troubles = troubles;
    this.gaps = gaps;
    this.damages = damages;
    this.budgets = budgets;
    this.callbacks = callbacks;
  }

  /// Shows the page.
  @GET
  public TemplateInstance trouble() {
    return Templates.trouble(
        "Pharos itself",
        troubles.now().stream()
            .map(
                it ->
                    new Row(
                        it.kind().text(),
                        it.kind().isCritical() ? "critical" : "warning",
                        it.text(),
                        time(it.since())))
            .toList(),
        gaps.gaps().stream()
            .map(
                it ->
                    new Row(
                        it.fault().kind().text(),
                        "unknown",
                        it.labels().toString(),
                        time(it.since())))
            .toList(),
        damages.found().stream()
            .map(it -> new Row(it.part().label(), "failed", it.description(), time(it.at())))
            .toList(),
        callbacks(),
        budgets.states().stream().flatMap(state -> row(state).stream()).toList());
  }

  /* The page must work while the store is unavailable. Then a row reports that. */
  private List<Row> callbacks() {
    try {
      return Stream.of(Callback.Status.PENDING, Callback.Status.FAILED)
          .flatMap(status -> callbacks.newest(status, MAX_CALLBACKS).stream())
          .map(TroublePages::row)
          .toList();
    } catch (StoreUnavailableException e) {
      return List.of(
          new Row("unknown", "unknown", "The store is unavailable: " + e.getMessage(), ""));
    }
  }

  private static Row row(Callback callback) {
    boolean failed = callback.status() == Callback.Status.FAILED;
    return new Row(
        callback.target() + (failed ? ", given up" : ", pending"),
        failed ? "failed" : "retrying",
        "%s of %s %s: %s (%d attempts)"
            .formatted(
                callback.message().word(),
                callback.deploymentKey().isEmpty() ? callback.subject() : callback.deploymentKey(),
                callback.kind().text().replace('_', ' '),
                callback.answer().isEmpty() ? "not tried yet" : callback.answer(),
                callback.attempts()),
        time(callback.decidedAt()));
  }

  /// Returns a row about a bound that refused something.
  private static Optional<Row> row(MemoryBounds.State state) {
    return Optional.ofNullable(state.lastAt())
        .map(
            last ->
                new Row(
                    "--" + state.bound().flag(),
                    "unknown",
                    state.refused() + " refused, the last: " + state.last(),
                    time(last)));
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
