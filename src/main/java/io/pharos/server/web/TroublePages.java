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
import java.util.stream.Stream;

/// The page of Pharos' own troubles, damaged data, callbacks and limits.
@Path("/trouble")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class TroublePages {
  /// Maximum number of pending callbacks on the page, and of failed callbacks. The API lists more.
  private static final int MAX_CALLBACKS = 20;

  record Row(String kind, String state, String text, String since) {}

  /// A memory bound.
  ///
  /// @param used the amount in use; empty if the bound applies to each request or object separately
  /// @param last text of the last refusal; empty if there was none
  record LimitRow(
      String flag,
      String subject,
      String bound,
      String origin,
      String used,
      String refused,
      String state,
      String last) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance trouble(
        String title,
        List<Row> troubles,
        List<Row> unobserved,
        List<Row> damages,
        List<Row> callbacks,
        List<LimitRow> limits);
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
        budgets.states().stream().map(TroublePages::row).toList());
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

  private static LimitRow row(MemoryBounds.State state) {
    Instant lastRefusal = state.lastAt();
    return new LimitRow(
        "--" + state.bound().flag(),
        state.bound().text(),
        Long.toString(state.size()),
        state.origin(),
        state.used() < 0 ? "" : Long.toString(state.used()),
        Long.toString(state.refused()),
        state.refused() > 0 ? "unknown" : "dim",
        lastRefusal == null ? "" : time(lastRefusal) + ": " + state.last());
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
