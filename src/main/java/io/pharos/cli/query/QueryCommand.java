package io.pharos.cli.query;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.http.Clients;
import io.pharos.model.GoFloat;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `pharos query EXPR`: evaluates an expression on a running Pharos, or on any server with
/// Prometheus' API, and prints a line for each series.
public record QueryCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  public static final CommandManual MANUAL =
      new CommandManual(
          "query",
          "evaluates an expression on a running Pharos and prints a line per series",
          "EXPR",
          "",
          List.of(
              ServerAccess.URL,
              new Flag("time", "", "RFC 3339 time of the evaluation; empty: now"),
              ServerAccess.TOKEN_FILE),
          List.of(
              "0 evaluated, also when the result is empty",
              "1 the server is unreachable or refuses the expression"),
          List.of("pharos query 'up == 0'", "pharos query 'sum(up)' --time=2026-01-01T00:00:00Z"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    String expression = flags.argument("expression");
    Instant time =
        flags
            .text("time")
            .map(
                _ ->
                    flags.parsed(
                        "time", Instant::parse, "an RFC 3339 time such as 2026-01-01T00:00:00Z"))
            .orElseGet(Instant::now);
    try (var clients = new Clients(InstantSource.system());
        var client = clients.open(ServerAccess.options(flags, environment))) {
      var engine =
          new RemoteEngine(client, URI.create(ServerAccess.url(flags)), Duration.ofSeconds(30));
      var result = engine.instant(expression, time.toEpochMilli());
      result.warnings().forEach(warning -> err.println("warning: " + warning));
      result.infos().forEach(info -> err.println("info: " + info));
      switch (result.value()) {
        case Scalar scalar -> out.println(GoFloat.plain(scalar.value()));
        case StringValue text -> out.println(text.value());
        case InstantVector vector -> {
          if (vector.size() == 0) {
            err.println("no series");
          }
          for (int i = 0; i < vector.size(); i++) {
            out.println(vector.labels(i) + " " + text(vector.value(i), vector.histogram(i)));
          }
        }
        case RangeMatrix matrix -> {
          for (var series : matrix.series()) {
            for (int i = 0; i < series.size(); i++) {
              out.println(
                  series.labels()
                      + " "
                      + text(series.values()[i], series.histogram(i))
                      + " @"
                      + series.timestamps()[i] / 1000.0);
            }
          }
        }
      }
      return 0;
    } catch (QueryException e) {
      err.println("pharos query: " + e.reason());
      return 1;
    }
  }

  private static String text(double value, @Nullable Histogram histogram) {
    return histogram == null ? GoFloat.plain(value) : histogram.toString();
  }
}
