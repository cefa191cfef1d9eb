package io.pharos.cli.query;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ServerAccess;
import io.pharos.cli.command.UsageException;
import io.pharos.model.PromDuration;
import java.io.IOException;
import java.io.PrintStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// `pharos oncall [ROTATION]`: prints who is on call, and where the policies of open episodes are.
/// `pharos oncall override` puts a person on call for a span, `pharos oncall remove` ends that.
public record OnCallCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  private static final String PATH = "/api/pharos/v1/oncall";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm");

  public static final CommandManual MANUAL =
      new CommandManual(
          "oncall",
          "prints who is on call, or puts a person on call for a span",
          "[ROTATION] | override ROTATION PERSON | remove ID",
          """
          Times are printed in the zone of the rotation. An override needs a token with the
          scope silence:write, except on the host of Pharos without a tokens file.
          """,
          List.of(
              ServerAccess.URL,
              ServerAccess.TOKEN_FILE,
              new Flag("at", "", "who is on call at this time, in RFC 3339; empty: now"),
              new Flag("days", "0", "prints the shifts of so many days too, at most 92"),
              new Flag("json", "false", "prints the answer of the API"),
              new Flag("id", "", "override: its id, to replace one; empty: a new one"),
              new Flag("from", "0s", "override: begin, in RFC 3339 or a duration from now on"),
              new Flag("until", "", "override: end, in RFC 3339 or a duration from now on"),
              new Flag("instead-of", "", "override: replaces only this person; empty: all"),
              new Flag("swap", "false", "override: --instead-of also replaces PERSON"),
              new Flag("comment", "", "override: why")),
          List.of(
              "0 printed, stored or removed",
              "1 Pharos refused the request or is unreachable",
              "2 nobody is on call in one of the printed rotations"),
          List.of(
              "pharos oncall backend --days=14",
              "pharos oncall override backend lead --until=4h --comment='deputy is ill'",
              "pharos oncall remove cover-1"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    List<String> arguments = flags.arguments();
    boolean overrides = arguments.size() == 3 && arguments.getFirst().equals("override");
    boolean removes = arguments.size() == 2 && arguments.getFirst().equals("remove");
    if (!overrides && !removes && arguments.size() > 1) {
      throw new UsageException(
          "expected [ROTATION], override ROTATION PERSON or remove ID, found " + arguments);
    }
    String body = overrides ? body(flags, arguments) : "";
    String url = ServerAccess.url(flags);
    try (var client = ServerAccess.open(flags, environment)) {
      if (overrides) {
        return override(client, flags, body);
      }
      return removes
          ? remove(client, arguments.get(1))
          : list(client, flags, arguments.isEmpty() ? "" : arguments.getFirst());
    } catch (IOException e) {
      err.println("pharos oncall: " + url + " is unreachable: " + ApiClient.reason(e));
      return 1;
    } catch (InterruptedException _) { // the user ends the command
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static String body(Flags flags, List<String> arguments) {
    ObjectNode body = JSON.createObjectNode();
    body.put("rotation", arguments.get(1));
    body.put("person", arguments.get(2));
    body.put("from", time(flags, "from").toString());
    body.put("until", time(flags, "until").toString());
    body.put("instead_of", flags.get("instead-of"));
    body.put("swap", flags.isOn("swap"));
    body.put("comment", flags.get("comment"));
    return body.toString();
  }

  private static Instant time(Flags flags, String name) {
    return flags.parsed(
        name,
        text -> {
          if (text.contains("T")) {
            try {
              return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException e) {
              throw new IllegalArgumentException(e.getMessage(), e);
            }
          }
          return Instant.now().plus(PromDuration.parse(text));
        },
        "a time such as 2026-01-31T12:00:00Z, or a duration such as 4h");
  }

  private int override(ApiClient client, Flags flags, String body)
      throws IOException, InterruptedException {
    String id = flags.get("id").isEmpty() ? UUID.randomUUID().toString() : flags.get("id");
    ApiClient.Answer answer =
        client.send("PUT", PATH + "/overrides/" + ApiClient.encoded(id), Map.of(), body, TIMEOUT);
    if (answer.status() != 200) {
      return refused(answer);
    }
    out.println("override " + id + " is stored");
    return 0;
  }

  private int remove(ApiClient client, String id) throws IOException, InterruptedException {
    ApiClient.Answer answer =
        client.send("DELETE", PATH + "/overrides/" + ApiClient.encoded(id), Map.of(), "", TIMEOUT);
    if (answer.status() != 204) {
      return refused(answer);
    }
    out.println("override " + id + " is removed");
    return 0;
  }

  private int refused(ApiClient.Answer answer) {
    err.println("pharos oncall: status " + answer.status() + ": " + answer.reason());
    return 1;
  }

  private int list(ApiClient client, Flags flags, String rotation)
      throws IOException, InterruptedException {
    var query = new ArrayList<String>();
    query.add("days=" + ApiClient.encoded(flags.get("days")));
    if (!flags.get("at").isEmpty()) {
      query.add("at=" + ApiClient.encoded(flags.get("at")));
    }
    if (!rotation.isEmpty()) {
      query.add("rotation=" + ApiClient.encoded(rotation));
    }
    ApiClient.Answer answer = client.get(PATH + "?" + String.join("&", query), TIMEOUT);
    if (answer.status() != 200 || !answer.json().has("rotations")) {
      return refused(answer);
    }
    if (flags.isOn("json")) {
      out.println(answer.json().toPrettyString());
    } else {
      print(answer.json());
      answer.json().path("escalations").forEach(this::escalation);
    }
    for (JsonNode one : answer.json().path("rotations")) {
      if (one.at("/now/person").asText().isEmpty()) {
        return 2;
      }
    }
    return 0;
  }

  private void print(JsonNode answer) {
    if (answer.path("rotations").isEmpty()) {
      err.println("no rotations: notifications/oncall.yml names none");
    }
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ROTATION", "", "PERSON", "FROM", "UNTIL", "BY"));
    for (JsonNode rotation : answer.path("rotations")) {
      ZoneId zone = ZoneId.of(rotation.path("timezone").asText());
      String name = rotation.path("name").asText();
      rows.add(row(name, "now", rotation.path("now"), zone));
      if (rotation.has("next")) {
        rows.add(row(name, "next", rotation.path("next"), zone));
      }
      rotation.path("gaps").forEach(gap -> rows.add(row(name, "gap", gap, zone)));
      rotation.path("shifts").forEach(shift -> rows.add(row(name, "shift", shift, zone)));
    }
    if (rows.size() > 1) {
      DrillCommand.columns(rows).forEach(out::println);
    }
  }

  private void escalation(JsonNode one) {
    var told = new ArrayList<String>();
    one.path("told").forEach(person -> told.add(person.asText()));
    var next = new ArrayList<String>();
    one.at("/next/people").forEach(person -> next.add(person.asText()));
    out.printf(
        "%nepisode %s %s: policy %s, level %s, told %s%s%s%n",
        one.path("episode").asText(),
        one.path("title").asText(),
        one.path("policy").asText(),
        one.path("level").asText(),
        told.isEmpty() ? "nobody" : String.join(", ", told),
        one.path("fallback").asBoolean() ? " and the fallback" : "",
        one.has("next")
            ? "; next: %s at %s unless acknowledged"
                .formatted(
                    next.isEmpty() ? "nobody" : String.join(", ", next),
                    local(one.at("/next/at").asText(), ZoneId.systemDefault()))
            : "");
  }

  private static List<String> row(String name, String kind, JsonNode shift, ZoneId zone) {
    String person = shift.path("person").asText();
    String override = shift.path("override").asText();
    return List.of(
        name,
        kind,
        person.isEmpty() ? "nobody" : person,
        local(shift.path("from").asText(), zone),
        local(shift.path("until").asText(), zone),
        override.isEmpty() ? shift.path("layer").asText() : "override " + override);
  }

  private static String local(String time, ZoneId zone) {
    return TIME.format(Instant.parse(time).atZone(zone));
  }
}
