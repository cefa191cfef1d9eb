package io.pharos.cli.query;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.config.http.HttpOptions;
import io.pharos.dashboards.ContactSheet;
import io.pharos.dashboards.DashboardReading;
import io.pharos.dashboards.QuerySources;
import io.pharos.dashboards.Translations;
import io.pharos.http.Clients;
import io.pharos.model.BaseUrl;
import io.pharos.promql.remote.RemoteEngine;
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
import java.util.Optional;

/// `pharos dashboards`: draws the dashboards of a folder without Grafana, and translates them.
public record DashboardsCommand(Map<String, String> environment, PrintStream out, PrintStream err) implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "dashboards",
          "draws every dashboard with its data, or translates them all",
          "render | generate",
          """
          render asks a Pharos, or any server with Prometheus' API, what the panels ask,
          with each variable at the value that the dashboard opens with, and writes a page
          for each dashboard and an index.html, which open from disk. A panel that can't be
          drawn says why. generate writes the dashboards in Grafana's schema v2 to the
          folder v2 below --dashboards.dir, and for Perses to the folder perses; what it
          can't translate it refuses, what Perses has no place for it tells.
          """,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("loki", "", "the address of a Loki; without, panels of logs stay undrawn"),
              new Flag("from", "now-1h", "the begin, as now-6h or 2026-01-01T00:00:00Z"),
              new Flag("to", "now", "the end"),
              new Flag("out", "contact-sheet", "the folder of the pages, made where missing"),
              new Flag("dashboards.dir", "dashboards", "the folder of the dashboards"),
              new Flag("scrape-interval", "15s", "how far apart samples are; no step is shorter"),
              new Flag("timeout", "2m", "how long all may take; what is left then is not asked")),
          List.of(
              new CommandManual.Exit(0, "written, whether there is data or not"),
              new CommandManual.Exit(
                  1, "a dashboard can't be read or translated, or a file not be written"),
              new CommandManual.Exit(
                  2, "written, with panels that are not drawn: a line for each")),
          List.of(
              "pharos dashboards render",
              "pharos dashboards generate",
              "pharos dashboards render --url=http://prometheus:9090 --from=now-6h --out=/tmp/sheet"));

  @Override
  public int run(List<String> words) {
    Flags flags = Flags.parse(MANUAL.flags(), words, environment);
    if (flags.arguments().equals(List.of("generate"))) {
      return generate(Path.of(flags.get("dashboards.dir")));
    }
    if (!flags.arguments().equals(List.of("render"))) {
      throw new UsageException("expected render or generate, found " + flags.arguments());
    }
    return render(flags);
  }

  private int generate(Path folder) {
    try {
      Translations.write(folder)
          .forEach(
              (name, translation) -> {
                out.println(folder.resolve(name));
                translation.omitted().forEach(line -> out.println("  " + line));
              });
      return 0;
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      err.println("pharos dashboards: " + e.getMessage());
      return 1;
    }
  }

  private int render(Flags flags) {
    Instant now = Instant.now();
    Instant from = flags.time("from", now);
    Instant to = flags.time("to", now);
    if (!from.isBefore(to)) {
      throw flags.refused("from", "a time before that of --to");
    }
    Duration scrape = flags.duration("scrape-interval");
    if (scrape.compareTo(Duration.ofSeconds(1)) < 0) {
      throw flags.refused("scrape-interval", "a second or more");
    }
    try (var clients = new Clients(InstantSource.system());
        var client = clients.open(ServerAccess.options(flags, environment));
        var plain = clients.open(HttpOptions.DEFAULT)) {
      String url = BaseUrl.of(ServerAccess.url(flags));
      var engine = new RemoteEngine(client, URI.create(url), Duration.ofSeconds(30));
      String loki = flags.get("loki");
      var sources =
          new QuerySources(
              engine, loki.isEmpty() ? Optional.empty() : Optional.of(new LokiClient(plain, loki)));
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
