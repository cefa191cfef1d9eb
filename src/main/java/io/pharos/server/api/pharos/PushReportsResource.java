package io.pharos.server.api.pharos;

import io.pharos.access.Scope;
import io.pharos.probe.run.HttpPushSource;
import io.pharos.probe.run.PushLedger;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Serves the reports for push probes that this process received. Its peers fetch them
/// (docs/format/probes.md, `push`).
@Path(HttpPushSource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class PushReportsResource {
  private final PushLedger ledger;

  PushReportsResource(PushLedger ledger) {
    this.ledger = ledger;
  }

  /// Reports in the order of their arrival.
  @Schema
  public record PushReportList(
      @Schema(description = "Identifies the process.") String ledger,
      @Schema(description = "When the process began to receive reports.") String since,
      @Schema(description = "Number of the oldest report that is stored.") long oldest,
      List<PushReportLine> reports,
      @Schema(description = "Whether there are later reports than these.") boolean more) {
    public PushReportList {
      reports = List.copyOf(reports);
    }
  }

  /// A report.
  ///
  /// @param at when the report arrived
  public record PushReportLine(
      long number,
      String probe,
      @Schema(description = "When the report arrived.") String at,
      @Schema(enumeration = {"START", "SUCCESS", "FAILURE"}) String kind,
      @Schema(description = "Exit code of the command.") @Nullable Integer exitCode,
      String message,
      @Schema(description = "Duration of the run.") @Nullable Long tookMillis) {}

  /// Lists the reports after a number. If the number is from another ledger, lists all reports.
  @Operation(
      operationId = "listPushReports",
      summary = "Lists the push reports that this process received (docs/format/probes.md)")
  @Exchange({
    "200 [PushReportList] Up to 500 reports in the order of their arrival.",
    "400 A parameter is invalid."
  })
  @GET
  @Needs(Scope.READ)
  public PushReportList get(
      @Parameter(
              description =
                  "Ledger of the number. If it is not the ledger of this process, all reports are listed.")
          @QueryParam("ledger")
          @Nullable String ledgerId,
      @Parameter(description = "Number of the last known report.") @QueryParam("after")
          @Nullable String after) {
    PushLedger.Page page =
        ledger.after(
            ledgerId == null ? "" : ledgerId,
            after == null
                ? 0
                : QueryNumber.of("after", after, 0, Long.MAX_VALUE, "the number of a report"));
    return new PushReportList(
        page.ledger(),
        page.since().toString(),
        page.oldest(),
        page.entries().stream().map(PushReportsResource::line).toList(),
        page.more());
  }

  private static PushReportLine line(PushLedger.Entry entry) {
    var took = entry.report().took();
    return new PushReportLine(
        entry.number(),
        entry.probe(),
        entry.at().toString(),
        entry.report().kind().name(),
        entry.report().exitCode(),
        entry.report().message(),
        took == null ? null : (Long) took.toMillis());
  }
}
