package io.pharos.server.web.incident;

import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.dashboard.DashboardFolder;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The page of the log lines of an incident. The incident's page fetches them after it is shown, so
/// a slow Loki does not delay it.
@Path("/incidents/{id}/logs")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class LogPages {
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  /// Bounds the memory for Loki's answers.
  private static final int MAX_READERS = 4;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance logs(String title, String incident, LogLines logs);
  }

  private final IncidentBoard boards;
  private final DashboardFolder sources;
  private final Semaphore readers = new Semaphore(MAX_READERS);

  LogPages(IncidentBoard boards, DashboardFolder sources) {
    this.boards = boards;
    this.sources = sources;
  }

  /// Shows the lines.
  ///
  /// @param id fingerprint of the group's labels
  @GET
  public TemplateInstance logs(@PathParam("id") String id) {
    Board board = boards.now();
    Incident incident =
        IncidentPages.find(board, id)
            .orElseThrow(
                () -> new NothingFoundException("There is no current incident '" + id + "'"));
    CurrentAlert alert = incident.worst();
    return Templates.logs(
        "Log lines of " + PageText.of(alert.name()),
        PageLinks.incident(incident.groupLabels()),
        sources
            .sources()
            .logs()
            .map(loki -> lines(loki, alert, board))
            .orElse(none("No Loki is configured; --loki.query-url names one.")));
  }

  /* Not on the threads of queries, which must not wait for a Loki that hangs. */
  private LogLines lines(QuerySources.Logs loki, CurrentAlert alert, Board board) {
    if (!readers.tryAcquire()) {
      return none("The log lines are unknown: too many pages ask Loki now.");
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<LogLines> read =
          threads.submit(() -> LogLines.of(loki, alert.labels(), alert.since(), board.at()));
      try {
        return read.get(MAX_WAIT.toSeconds(), TimeUnit.SECONDS);
      } catch (TimeoutException _) {
        read.cancel(true);
        return none(
            "The log lines are unknown: Loki did not answer within %d s."
                .formatted(MAX_WAIT.toSeconds()));
      } catch (InterruptedException _) {
        read.cancel(true);
        Thread.currentThread().interrupt();
        return none("The log lines are unknown: Pharos is stopping.");
      } catch (ExecutionException e) {
        String reason =
            e.getCause() instanceof QueryException refused ? refused.reason() : e.toString();
        return none("The log lines are unknown: " + PageText.of(reason));
      }
    } finally {
      readers.release();
    }
  }

  private static LogLines none(String sentence) {
    return new LogLines(List.of(), "", sentence);
  }
}
