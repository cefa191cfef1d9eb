package io.pharos.cli.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.config.http.HttpOptions;
import io.pharos.dashboards.ContactSheet;
import io.pharos.dashboards.DashboardReading;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.dashboards.LokiClient;
import io.pharos.http.Clients;
import io.pharos.model.BaseUrl;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// `pharos dashboards render`: draws the dashboards of a folder without Grafana.
public record DashboardsCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  public static final CommandManual MANUAL =
      new CommandManual(
          "dashboards",
          "draws every dashboard with its data, without Grafana",
          "render",
          """
          Runs the queries of all panels on Pharos, or on any server with Prometheus' API,
          with the variables at their default values. Writes a page for each dashboard and
          an index.html; a browser can open them from disk. Instead of a panel that can't
          be drawn, the page shows the reason.
          """,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("loki", "", "address of a Loki; without one, panels of logs are not drawn"),
              new Flag("from", "now-1h", "start of the time range: now-6h or 2026-01-01T00:00:00Z"),
              new Flag("to", "now", "end of the time range"),
              new Flag("out", "contact-sheet", "folder for the pages; created if missing"),
              new Flag("dashboards.dir", "dashboards", "folder with the dashboards"),
              new Flag(
                  "scrape-interval",
                  "15s",
                  "interval between samples, and the shortest step of a query"),
              new Flag(
                  "timeout",
                  "2m",
                  "time limit for all queries together; queries that have not run by then are skipped")),
          List.of(
              "0 all panels are drawn, with or without data",
              "1 a dashboard can't be read, or a page can't be written",
              "2 some panels are not drawn; standard error names them"),
          List.of(
              "pharos dashboards render",
              "pharos dashboards render --url=http://prometheus:9090 --from=now-6h --out=/tmp/sheet"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    if (!flags.arguments().equals(List.of("render"))) {
      throw new UsageException("expected render, found " + flags.arguments());
    }
    Instant now = Instant.now();
    Instant from = flags.time("from", now);
    Instant to = flags.time("to", now);
    if (!from.isBefore(to)) {
      throw flags.refused("from", "a time before --to");
    }
    Duration scrape = flags.duration("scrape-interval");
    if (scrape.compareTo(Duration.ofSeconds(1)) < 0) {
      throw flags.refused("scrape-interval", "a duration of at least 1s");
    }
    try (var notifier = ServerAccess.open(flags, environment);
        var clients = new Clients(InstantSource.system());
        var client = clients.open(ServerAccess.options(flags, environment));
        var plain = clients.open(HttpOptions.DEFAULT)) {
      String url = BaseUrl.of(ServerAccess.url(flags));
      var engine = new RemoteEngine(client, URI.create(url), TIMEOUT);
      var sources =
          new QuerySources(
              engine,
              flags.text("loki").map(loki -> new LokiClient(plain, loki)),
              () -> groups(notifier));
      var reading =
          new DashboardReading(
              sources,
              from.toEpochMilli(),
              to.toEpochMilli(),
              scrape,
              InstantSource.system(),
              flags.duration("timeout"));
      return render(new ContactSheet(reading, url), flags);
    }
  }

  private static JsonNode groups(ApiClient notifier) {
    try {
      ApiClient.Answer answer = notifier.get("/api/v2/alerts/groups", TIMEOUT);
      if (answer.status() != 200 || !answer.json().isArray()) {
        throw new QueryException(
            Kind.UNAVAILABLE,
            "%s/api/v2/alerts/groups answered %d, expected alert groups: is it a Pharos?"
                .formatted(notifier.url(), answer.status()));
      }
      return answer.json();
    } catch (IOException e) {
      throw new QueryException(
          Kind.UNAVAILABLE, notifier.url() + " is unreachable: " + ApiClient.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryException(Kind.CANCELED, "interrupted while asking " + notifier.url(), e);
    }
  }

  private int render(ContactSheet sheet, Flags flags) {
    Path into = Path.of(flags.get("out"));
    int undrawn = 0;
    try {
      for (var dashboard : sheet.write(Path.of(flags.get("dashboards.dir")), into)) {
        out.println(dashboard.file() + ": " + dashboard);
        dashboard.reasons().forEach(reason -> err.println("  " + reason));
        undrawn += dashboard.reasons().size();
      }
      out.println(into.resolve("index.html"));
      return undrawn == 0 ? 0 : 2;
    } catch (IOException | UncheckedIOException e) {
      err.println("pharos dashboards: " + e.getMessage());
      return 1;
    }
  }
}
