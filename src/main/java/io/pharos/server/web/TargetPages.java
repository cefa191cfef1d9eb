package io.pharos.server.web;

import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.ProbeStatus;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The page of targets and probes with their last results.
@Path("/targets")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class TargetPages {
  /// One target or probe as a row.
  ///
  /// @param when time of the last run; null before the first run
  record Row(
      String name,
      String address,
      String state,
      @Nullable PageTime when,
      String took,
      String error) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance targets(
        String title, List<Row> targets, List<Row> probes, List<String> problems);
  }

  private final ScrapeManager scrapes;
  private final ProbeRunner probes;

  TargetPages(ScrapeManager scrapes, ProbeRunner probes) {
    this.scrapes = scrapes;
    this.probes = probes;
  }

  /// Shows all targets and probes.
  @GET
  public TemplateInstance targets() {
    TargetsSnapshot targets = scrapes.targets();
    return Templates.targets(
        "Targets",
        targets.active().stream().map(TargetPages::row).toList(),
        probes.snapshot().stream().map(TargetPages::row).toList(),
        targets.problems());
  }

  private static Row row(TargetsSnapshot.ActiveTarget target) {
    Instant lastScrape = target.lastScrape();
    return new Row(
        target.scrapePool(),
        target.scrapeUrl(),
        target.health().word(),
        lastScrape == null ? null : PageTime.of(lastScrape),
        PageTime.span(target.lastScrapeDuration()),
        target.lastError());
  }

  private static Row row(ProbeStatus status) {
    Optional<ProbeResult> last = status.last();
    String error =
        last.map(
                result ->
                    switch (result.outcome()) {
                      case ProbeOutcome.Success() -> "";
                      case ProbeOutcome.Failure(String reason) -> reason;
                      case ProbeOutcome.Unknown(_, String reason) -> reason;
                    })
            .orElse("");
    return new Row(
        status.probe().name(),
        "",
        last.map(result -> result.outcome().word()).orElse("unknown"),
        last.map(result -> PageTime.of(result.began())).orElse(null),
        last.map(result -> PageTime.span(result.took())).orElse(""),
        error);
  }
}
