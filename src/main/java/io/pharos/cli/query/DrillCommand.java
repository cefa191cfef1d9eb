package io.pharos.cli.query;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `pharos drill POLICY`: starts a fire drill, and prints what becomes of each person on each
/// level.
public record DrillCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  private static final String PATH = "/api/pharos/v1/drills";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofSeconds(1);

  /* As long as a restart of Pharos takes. */
  private static final int MAX_FAILURES = 120;

  public static final CommandManual MANUAL =
      new CommandManual(
          "drill",
          "tells each level of a policy by messages that say they are a drill",
          "POLICY",
          """
          Prints who was told by which way, and who acknowledged how fast. The next level is told
          when everybody on a level has acknowledged, or when its waiting time is over. The drill
          goes on if this command ends. Needs a token with the scope silence:write, except on the
          host of Pharos without a tokens file.
          """,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("wait", "1m", "waiting time of each level, 1s to 1h"),
              new Flag("comment", "", "why; the messages say it"),
              new Flag("json", "false", "prints the answer of the API at the end")),
          List.of(
              "0 somebody on each level has acknowledged",
              "1 Pharos refused the request or is unreachable",
              "2 nobody on some level has acknowledged"),
          List.of("pharos drill backend-pages --wait=5m --comment='quarterly drill'"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    if (flags.arguments().size() != 1) {
      throw new UsageException("expected the name of a policy, found " + flags.arguments());
    }
    String url = ServerAccess.url(flags);
    try (var client = ServerAccess.open(flags, environment)) {
      return drill(client, flags);
    } catch (IOException e) {
      err.println("pharos drill: " + url + " is unreachable: " + ApiClient.reason(e));
      return 1;
    } catch (InterruptedException _) { // the user ends the command
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private int drill(ApiClient client, Flags flags) throws IOException, InterruptedException {
    String body =
        JSON.createObjectNode()
            .put("policy", flags.arguments().getFirst())
            .put("wait", flags.get("wait"))
            .put("comment", flags.get("comment"))
            .toString();
    ApiClient.Answer started = client.send("POST", PATH, Map.of(), body, TIMEOUT);
    if (started.status() != 201) {
      return refused(started);
    }
    String number = started.json().path("number").asText();
    boolean isJson = flags.isOn("json");
    PrintStream news = isJson ? err : out;
    news.println("drill " + number + " of " + flags.arguments().getFirst() + " has started");
    var printed = new HashSet<String>();
    int failures = 0;
    while (true) {
      Thread.sleep(POLL);
      ApiClient.Answer answer;
      try {
        answer = client.get(PATH + "/" + number, TIMEOUT);
      } catch (IOException e) {
        if (++failures > MAX_FAILURES) {
          throw e;
        }
        continue;
      }
      if (answer.status() >= 500 && ++failures <= MAX_FAILURES) {
        continue;
      }
      if (answer.status() != 200) {
        return refused(answer);
      }
      failures = 0;
      news(answer.json(), printed).forEach(news::println);
      if (answer.json().has("endedAt")) {
        return end(answer.json(), isJson);
      }
    }
  }

  private int end(JsonNode drill, boolean isJson) {
    if (isJson) {
      out.println(drill.toPrettyString());
    } else {
      out.println();
      table(drill).forEach(out::println);
    }
    return drill.path("passed").asBoolean() ? 0 : 2;
  }

  private int refused(ApiClient.Answer answer) {
    err.println("pharos drill: status " + answer.status() + ": " + answer.reason());
    return 1;
  }

  /// Returns what was not printed before: each message that was sent or failed, and each
  /// acknowledgement.
  private static List<String> news(JsonNode drill, Set<String> printed) {
    var lines = new ArrayList<String>();
    for (JsonNode level : drill.path("levels")) {
      String name = "level " + level.path("level").asText() + ": ";
      if (level.has("toldAt") && level.path("calls").isEmpty()) {
        lines.add(name + "nobody is on call");
      }
      for (JsonNode call : level.path("calls")) {
        String person = name + call.path("person").asText();
        for (JsonNode way : call.path("ways")) {
          if (!way.path("outcome").asText().equals("pending")) {
            lines.add(
                "%s, by %s (%s): %s"
                    .formatted(
                        person,
                        way.path("receiver").asText(),
                        way.path("channel").asText(),
                        way.path("outcome").asText()));
          }
        }
        if (call.path("state").asText().equals("muted")) {
          lines.add(person + ": muted by a silence or an inhibition");
        }
        if (call.has("acknowledgedBy")) {
          lines.add(person + ": " + acknowledged(call));
        }
      }
    }
    lines.removeIf(line -> !printed.add(line));
    return lines;
  }

  private static String acknowledged(JsonNode call) {
    return "acknowledged by %s after %.1f s"
        .formatted(
            call.path("acknowledgedBy").asText(), call.path("secondsToAcknowledge").asDouble());
  }

  private static List<String> table(JsonNode drill) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("LEVEL", "PERSON", "TOLD BY", "RESULT"));
    for (JsonNode level : drill.path("levels")) {
      String number = level.path("level").asText();
      if (level.path("calls").isEmpty()) {
        rows.add(List.of(number, "nobody", "", level.path("state").asText()));
      }
      for (JsonNode call : level.path("calls")) {
        var ways = new ArrayList<String>();
        call.path("ways")
            .forEach(
                way ->
                    ways.add(way.path("receiver").asText() + " " + way.path("outcome").asText()));
        rows.add(
            List.of(
                number,
                call.path("person").asText(),
                String.join(", ", ways),
                call.has("acknowledgedBy") ? acknowledged(call) : call.path("state").asText()));
      }
    }
    return columns(rows);
  }

  /// Returns rows as lines with aligned columns.
  static List<String> columns(List<List<String>> rows) {
    var lines = new ArrayList<String>();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        int column = i;
        int width = rows.stream().mapToInt(it -> it.get(column).length()).max().orElse(0);
        line.append(row.get(i)).append(" ".repeat(width - row.get(i).length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
