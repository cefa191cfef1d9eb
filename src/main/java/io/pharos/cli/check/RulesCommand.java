package io.pharos.cli.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.ApiClient.Answer;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.config.yaml.ConfigException;
import io.pharos.promql.engine.cache.SharedParts;
import io.pharos.promql.engine.cache.WindowPlan;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.WindowReading;
import io.pharos.rules.GroupSpec;
import io.pharos.rules.RuleExpression;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `pharos rules explain`: shows for which windows of rules Pharos keeps a state between
/// evaluations, which parts of expressions the rules of a group share, and what each rule costs on
/// a running server.
public record RulesCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  public static final CommandManual MANUAL =
      new CommandManual(
          "rules",
          "shows how rules are evaluated and what each costs",
          "explain [FILE...]",
          """
          Pharos keeps the state of a window, as in rate(x[5m]), between evaluations. It then
          reads only new and expired samples, however long the window is. Where that is
          impossible it reads the whole window; the output has the reason. With files, explain
          analyses the expressions. Without files it shows the last evaluations of a running
          Pharos: the number of samples read and the time. It also lists the parts that rules
          of a group share; they are evaluated once.
          """,
          List.of(ServerAccess.URL, ServerAccess.TOKEN_FILE),
          List.of("0 printed", "1 a rule file is invalid, or the server does not answer"),
          List.of("pharos rules explain", "pharos rules explain alert-rules/*.yml"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    List<String> arguments = flags.arguments();
    if (arguments.isEmpty() || !arguments.getFirst().equals("explain")) {
      throw new UsageException("expected explain, found " + arguments);
    }
    List<Path> files = arguments.stream().skip(1).map(Path::of).toList();
    return files.isEmpty() ? explainRunning(flags) : explain(files);
  }

  private int explain(List<Path> files) {
    try {
      for (RuleFile file : RuleFile.readAll(files, ParserOptions.all())) {
        for (GroupSpec group : file.groups()) {
          out.println(file.name() + ", group " + group.name());
          SharedParts parts = SharedParts.of(group.trees());
          for (RuleSpec rule : group.rules()) {
            switch (rule.expression()) {
              case RuleExpression.OfSamples samples -> {
                print(rule.name(), "", WindowPlan.of(samples.tree()));
                for (String part : parts.in(samples.tree())) {
                  out.println("    evaluated once for several rules: " + part);
                }
              }
              case RuleExpression.OfLines _ ->
                  out.println("  " + rule.name() + ": evaluated by Loki");
            }
          }
        }
      }
      return 0;
    } catch (ConfigException e) {
      e.problems().forEach(err::println);
      return 1;
    }
  }

  private int explainRunning(Flags flags) {
    try (var client = ServerAccess.open(flags, environment)) {
      Answer answer = client.get("/api/v1/rules?stats=all&exclude_alerts=true", TIMEOUT);
      if (answer.status() != 200) {
        err.println("pharos rules: %s: %s".formatted(client.url(), answer.reason()));
        return 1;
      }
      for (JsonNode group : answer.json().path("data").path("groups")) {
        String file = group.path("file").asText();
        out.println(file + ", group " + group.path("name").asText() + ": " + millis(group));
        for (JsonNode rule : group.path("rules")) {
          explain(rule);
        }
      }
      return 0;
    } catch (IOException e) {
      err.println("pharos rules: " + flags.get("url") + " does not answer: " + ApiClient.reason(e));
      return 1;
    } catch (InterruptedException _) { // interrupted: the command ends
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private void explain(JsonNode rule) {
    JsonNode stats = rule.path("stats");
    if (stats.isMissingNode()) {
      out.println("  " + rule.path("name").asText() + ": no figures from the server");
      return;
    }
    List<WindowReading> windows =
        stats
            .path("windows")
            .valueStream()
            .map(
                window ->
                    new WindowReading(
                        window.path("call").asText(), window.path("reason").asText("")))
            .toList();
    String cost = String.format(Locale.ROOT, ", %,d samples, ", stats.path("samples").asLong());
    print(rule.path("name").asText(), cost + millis(rule), windows);
    for (JsonNode part : stats.path("shared")) {
      out.println("    reused from an earlier rule: " + part.asText());
    }
    JsonNode hysteresis = rule.path("hysteresis");
    if (hysteresis.path("of").asInt(1) > 1) {
      out.println(
          "    its condition holds if true in at least %d of the last %d evaluations"
              .formatted(hysteresis.path("atLeast").asInt(), hysteresis.path("of").asInt()));
    }
    if (hysteresis.has("continues")) {
      out.println("    once it fires, it goes on while " + hysteresis.path("continues").asText());
    }
    String error = rule.path("lastError").asText("");
    if (!error.isEmpty()) {
      out.println("    last error: " + error);
    }
    for (JsonNode warning : rule.path("warnings")) {
      out.println("    " + warning.asText());
    }
  }

  private static String millis(JsonNode evaluated) {
    return String.format(
        Locale.ROOT, "%.2f ms", evaluated.path("evaluationTime").asDouble() * 1_000);
  }

  private void print(String name, String cost, List<WindowReading> windows) {
    long kept = windows.stream().filter(WindowReading::isKept).count();
    String summary =
        windows.isEmpty()
            ? "no windows"
            : kept == windows.size() ? "kept" : kept == 0 ? "read in full" : "partly kept";
    out.println("  " + name + ": " + summary + cost);
    for (WindowReading window : windows) {
      if (!window.isKept()) {
        out.println("    " + window.call() + " is read in full: " + window.whole());
      }
    }
  }
}
